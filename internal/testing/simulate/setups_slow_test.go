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
	"example.org/odooharness/internal/testing/simulate"
)

// switched is the standard world with eight blocks in place of two windows, and so many
// journeys that share the load.
func switched(seed uint64, journeys int) simulate.World {
	w := simulate.Standard(seed)
	w.Neighbour = simulate.Switchback(2, 42, 8)
	one := w.Journeys[0]
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
// and replicates, and however much runs vary.
func TestFalseSentencesTable(t *testing.T) {
	const rounds = 100
	for _, journeys := range []int{3, 11} {
		for _, sd := range []float64{0.05, 0.1, 0.2} {
			for _, replicates := range []int{1, 2, 3, 6, 10} {
				wrong, rows := 0, 0
				kinds := map[string]int{}
				both(t, rounds, func(i int) simulate.World {
					w := switched(1+7*uint64(i), journeys)
					w.Vary.Run, w.Replicates = sd, replicates
					return w
				}, func(_ int, j *analyzer.Judgement) {
					rows = len(j.Compared)
					found := falseSentences(j)
					for _, id := range found {
						kinds[id]++
					}
					if len(found) > 0 {
						wrong++
					}
				})
				t.Logf("%d rows, runs vary by %.0f %%, %d replicates: %d of %d runs have a false sentence %v", rows, 100*sd, replicates, wrong,
					rounds, kinds)
				if most := 0.05*rounds + 3*math.Sqrt(0.05*0.95*rounds); float64(wrong) > most {
					t.Errorf("%d rows, sd %g, %d replicates: %d of %d", rows, sd, replicates, wrong, rounds)
				}
			}
		}
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

// Power between setups: the share of runs that claim the planted difference, and what the
// interval covers. At least the power of the design that was simulated before it was built.
func TestSetupsPowerTable(t *testing.T) {
	const rounds = 100
	least := map[int]map[float64]float64{1: {1.5: 0.09, 2: 0.39, 3.9: 0.94, 10: 1}, 2: {1.5: 0.28, 2: 0.76, 3.9: 0.99, 10: 1},
		3: {1.5: 0.46, 2: 0.93, 3.9: 1, 10: 1}, 6: {1.5: 0.88, 2: 1, 3.9: 1, 10: 1}}
	for _, rho := range []float64{0.5, 0.8, 0.9} {
		for _, replicates := range []int{1, 2, 3, 6} {
			for _, factor := range []float64{1, 1.5, 2, 3.9, 10} {
				if rho != 0.8 && factor != 1 && factor != 2 {
					continue
				}
				claimed, covered, calm := 0, 0, 0
				both(t, rounds, func(i int) simulate.World {
					w := switched(1+7*uint64(i), 1)
					w.Journeys[0].Service *= rho / 0.8
					w.Setups[1].Slowdown, w.Replicates = factor, replicates
					return w
				}, func(_ int, j *analyzer.Judgement) {
					for _, e := range j.Endpoints {
						if e.Side != 0 && !e.Main {
							calm++
						}
					}
					e := mainOf(t, j)
					if e.Side == 1 || (factor == 1 && e.Side != 0) {
						claimed++
					}
					if lo, hi := finding.RatioBounds(e.Effect); lo <= factor && factor <= hi {
						covered++
					}
				})
				t.Logf("rho %.1f, %d pairs, %gx: claimed %d, covers %d of %d, others claimed %d", rho, replicates, factor, claimed, covered, rounds, calm)
				want := least[replicates][factor]
				if slack := 3 * math.Sqrt(want*(1-want)*rounds); rho == 0.8 && float64(claimed) < want*rounds-slack-1 {
					t.Errorf("%d pairs, %gx: claimed %d of %d, want %.2f", replicates, factor, claimed, rounds, want)
				}
				if float64(covered) < 0.93*rounds-3*math.Sqrt(0.05*0.95*rounds) {
					t.Errorf("rho %.1f, %d pairs, %gx: covers %d of %d", rho, replicates, factor, covered, rounds)
				}
			}
		}
	}
}
