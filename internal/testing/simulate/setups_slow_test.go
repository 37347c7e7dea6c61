//go:build slow

package simulate_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/results"
)

// switched is the standard world with eight blocks in place of two windows, and so many
// journeys that share the load.
func switched(seed uint64, journeys int) simulate.World {
	w := simulate.Standard(seed)
	w.Neighbour = simulate.Switchback(2, 42, 8)
	one := w.Journeys[0]
	one.Op, w.Audited = "", false // no writes: half of the time is reading them
	one.Rate /= float64(journeys)
	w.Journeys = nil
	for i := range journeys {
		one.Name = fmt.Sprintf("j%02d", i+1)
		w.Journeys = append(w.Journeys, one)
	}
	return w
}

// both judges worlds on two processors.
func both(t *testing.T, n int, world func(i int) simulate.World, see func(i int, j *analyzer.Judgement)) {
	t.Helper()
	var wait sync.WaitGroup
	var lock sync.Mutex
	for part := range 2 {
		wait.Go(func() {
			for i := part; i < n; i += 2 {
				j := judged(t, world(i))
				lock.Lock()
				see(i, j)
				lock.Unlock()
			}
		})
	}
	wait.Wait()
}

// falseSentences are what a report states of a difference, a slowdown or a cause where nothing
// was planted.
func falseSentences(j *analyzer.Judgement) []string {
	var all []string
	for _, e := range j.Endpoints {
		if e.Side != 0 {
			all = append(all, e.ID)
		}
	}
	for _, f := range j.Findings {
		switch {
		case f.Verdict == finding.Fail, f.Verdict == finding.Invalid:
			all = append(all, f.ID)
		case f.ID == "ISO-002" && !strings.HasPrefix(f.Because[0], "No abiding tenant"):
			all = append(all, f.ID)
		case f.ID == "ATT-001" && len(j.Links) > 0:
			all = append(all, f.ID)
		}
	}
	return all
}

// Identical setups: at most 5 % of runs print a false sentence, whatever the number of rows
// and replicates, and however much runs vary. Each cell is held to it, and all together.
func TestFalseSentencesTable(t *testing.T) {
	const rounds = 60
	all, seed := 0, uint64(0)
	cells := 0
	for _, journeys := range []int{3, 11} {
		for _, sd := range []float64{0.05, 0.1, 0.2} {
			line := fmt.Sprintf("| %d | %.0f %% |", 4*journeys, 100*sd)
			kinds := map[string]int{}
			for _, replicates := range []int{1, 2, 3, 6, 10} {
				wrong := 0
				both(t, rounds, func(i int) simulate.World {
					w := switched(seed+7*uint64(i), journeys)
					w.Vary.Run, w.Replicates = sd, replicates
					return w
				}, func(_ int, j *analyzer.Judgement) {
					if len(j.Compared) != 4*journeys {
						t.Errorf("%d rows, want %d", len(j.Compared), 4*journeys)
					}
					found := falseSentences(j)
					for _, id := range found {
						kinds[id]++
					}
					wrong += min(1, len(found))
				})
				seed += 10_000
				cells++
				all += wrong
				line += fmt.Sprintf(" %d |", wrong)
				if most := 0.05*rounds + 3*math.Sqrt(0.05*0.95*rounds); float64(wrong) > most {
					t.Errorf("%d journeys, sd %g, %d replicates: %d of %d runs have a false sentence", journeys, sd, replicates, wrong, rounds)
				}
			}
			t.Log(line, kinds)
		}
	}
	n := float64(cells * rounds)
	t.Logf("%d of %.0f runs have a false sentence: %.1f %%", all, n, 100*float64(all)/n)
	if float64(all) > 0.05*n+3*math.Sqrt(0.05*0.95*n) {
		t.Errorf("%d of %.0f runs have a false sentence", all, n)
	}
}

// mainOf is the main endpoint of a judgement.
func mainOf(t *testing.T, j *analyzer.Judgement) setups.Endpoint {
	t.Helper()
	for _, e := range j.Endpoints {
		if e.Main {
			return e
		}
	}
	t.Error("no main endpoint")
	return setups.Endpoint{}
}

// Power between setups: the share of runs that claim the planted difference. At least that of
// the design that was simulated before it was built.
func TestSetupsPowerTable(t *testing.T) {
	const rounds = 80
	least := map[int]map[float64]float64{1: {1.5: 0.09, 2: 0.39, 3.9: 0.94, 10: 1}, 2: {1.5: 0.28, 2: 0.76, 3.9: 0.99, 10: 1},
		3: {1.5: 0.46, 2: 0.93, 3.9: 1, 10: 1}, 6: {1.5: 0.88, 2: 1, 3.9: 1, 10: 1}}
	for _, replicates := range []int{1, 2, 3, 6} {
		line := fmt.Sprintf("| %d |", replicates)
		for _, factor := range []float64{1.5, 2, 3.9, 10} {
			claimed := 0
			both(t, rounds, func(i int) simulate.World {
				w := switched(1+7*uint64(i), 1)
				w.Setups[1].Slowdown, w.Replicates = factor, replicates
				return w
			}, func(_ int, j *analyzer.Judgement) {
				if mainOf(t, j).Side == 1 {
					claimed++
				}
			})
			line += fmt.Sprintf(" .%02d |", min(99, 100*claimed/rounds))
			want := least[replicates][factor]
			if slack := 3 * math.Sqrt(want*(1-want)*rounds); float64(claimed) < want*rounds-slack-1 {
				t.Errorf("%d pairs, %gx: claimed %d of %d, want %.2f", replicates, factor, claimed, rounds, want)
			}
		}
		t.Log(line)
	}
}

// covered counts intervals by kind, and those that contain the truth.
type covered map[string][2]float64

func (c covered) see(kind string, q finding.Quantity, truth float64) {
	if q.Missing || q.Lo == nil || q.Hi == nil {
		return
	}
	k := c[kind]
	k[0]++
	if *q.Lo <= truth && truth <= *q.Hi {
		k[1]++
	}
	c[kind] = k
}

// seeWindows looks at the percentiles inside windows, of each tenant and of all abiding ones:
// those of M/M/8 at a utilisation, twice as large on the second setup under the neighbour.
func (c covered) seeWindows(j *analyzer.Judgement, rho float64) {
	service := simulate.Standard(1).Journeys[0].Service * rho / 0.8
	pool := queueing.MMC{C: 8, Lambda: 8 * rho / service, Mu: 1 / service}
	for _, row := range j.Windows {
		factor := 1.0
		switch {
		case row.Kind == results.WindowWarmup || row.Tenant == "n1":
			continue
		case row.Kind == results.WindowNeighbor && row.Setup == "hybrid":
			factor = 2
		}
		for p, q := range map[float64]finding.Quantity{0.5: row.Latency.P50, 0.9: row.Latency.P90, 0.95: row.Latency.P95, 0.99: row.Latency.P99} {
			c.see(fmt.Sprintf("window p%g", 100*p), q, factor*pool.Quantile(p))
		}
	}
}

// Coverage of every interval between setups and inside windows in the standard world, whatever the load and the
// number of arrivals, each at the level that is printed with it.
func TestSetupsCoverageTable(t *testing.T) {
	const rounds = 40
	seed := uint64(500_000)
	kinds := []string{"neighbour", "calm", "row p50", "row p95", "slowdown", "window p50", "window p90", "window p95", "window p99"}
	all := covered{}
	for _, rho := range []float64{0.5, 0.8, 0.9} {
		for _, arrivals := range []float64{60, 180, 600, 4000} {
			line := fmt.Sprintf("| %.1f | %.0f |", rho, arrivals)
			for _, replicates := range []int{1, 3, 6} {
				if arrivals > 1000 && replicates > 1 {
					continue
				}
				c := covered{}
				both(t, rounds, func(i int) simulate.World {
					w := switched(seed+7*uint64(i), 1)
					w.Length = 2 + 2*arrivals/9
					w.Neighbour = simulate.Switchback(2, w.Length, 8)
					w.Journeys[0].Service *= rho / 0.8
					w.Setups[1].Slowdown, w.Replicates = 2, replicates
					return w
				}, func(_ int, j *analyzer.Judgement) {
					for _, e := range j.Endpoints {
						if e.Measure == setups.MeasureLatency {
							c.see(e.Family, e.Effect, map[string]float64{"calm": 1, "neighbour": 2}[e.Family])
						}
					}
					for _, row := range j.Compared {
						c.see("row "+row.Quantile, row.Ratio, map[string]float64{"baseline": 1, "neighbour": 2}[row.Window])
					}
					for _, row := range j.Isolation {
						if row.Tenant == finding.Everyone && row.Setup == "hybrid" {
							c.see("slowdown", row.Slowdown, 2)
						}
					}
					c.seeWindows(j, rho)
				})
				seed += 10_000
				for _, kind := range kinds {
					if c[kind][0] == 0 {
						line += " none |"
						continue
					}
					line += fmt.Sprintf(" %.0f %% |", 100*c[kind][1]/c[kind][0])
					if least := 0.93 - 3*math.Sqrt(0.93*0.07/rounds); strings.HasPrefix(kind, "window") && c[kind][1] < least*c[kind][0] {
						t.Errorf("rho %.1f, %.0f arrivals, %d replicates, %s: %.0f of %.0f cover", rho, arrivals, replicates, kind,
							c[kind][1], c[kind][0])
					}
					sum := all[kind]
					all[kind] = [2]float64{sum[0] + c[kind][0], sum[1] + c[kind][1]}
				}
			}
			t.Log(line)
		}
	}
	for _, kind := range kinds {
		n, k := all[kind][0], all[kind][1]
		t.Logf("%s: %.0f of %.0f cover, %.1f %%", kind, k, n, 100*k/n)
		if k < 0.93*n-3*math.Sqrt(0.05*0.95*n) {
			t.Errorf("%s: %.0f of %.0f cover", kind, k, n)
		}
	}
}

// Replicates until decided, over the public path: a look after each replicate at the level
// that pays for the looks. The run on disk states how many looks were planned.
func TestStoppingTable(t *testing.T) {
	const most = 10
	for _, c := range []struct {
		factor, mean float64
		rounds       int
	}{{10, 1.5, 30}, {3.9, 2, 30}, {2, 4, 30}, {1, most, 12}} {
		used, decided := 0, 0
		var wait sync.WaitGroup
		var lock sync.Mutex
		for part := range 2 {
			wait.Go(func() {
				for i := part; i < c.rounds; i += 2 {
					w := switched(3+7*uint64(i), 1)
					w.Setups[1].Slowdown, w.Replicates = c.factor, most
					n, side := looks(t, w)
					lock.Lock()
					used += n
					decided += side * side
					lock.Unlock()
				}
			})
		}
		wait.Wait()
		rounds := float64(c.rounds)
		mean := float64(used) / rounds
		t.Logf("| %gx | %.0f %% | %.1f |", c.factor, 100*float64(decided)/rounds, mean)
		if mean > c.mean {
			t.Errorf("%gx: %.2f replicates on average, want at most %g", c.factor, mean, c.mean)
		}
		if c.factor == 1 && float64(decided) > 0.05*rounds+3*math.Sqrt(0.05*0.95*rounds) {
			t.Errorf("%d of %g series of identical setups claim a difference", decided, rounds)
		}
	}
}

// looks judges a run after each replicate until its main question is decided: after how many,
// and for which side.
func looks(t *testing.T, w simulate.World) (n, side int) {
	recorded := w.Record()
	recorded.Manifest.Stopping = &results.Stopping{AtLeast: 1, AtMost: w.Replicates, Alpha: 0.05}
	for n = 1; n < w.Replicates; n++ {
		part := recorded
		part.Trials = recorded.Trials[:2*n]
		if side = mainOf(t, judgedRun(t, part)).Side; side != 0 {
			return n, side
		}
	}
	return n, mainOf(t, judgedRun(t, recorded)).Side
}
