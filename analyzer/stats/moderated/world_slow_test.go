//go:build slow

package moderated_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
	"example.org/odooharness/analyzer/stats/sequential"
	"example.org/odooharness/internal/testing/simulate"
)

// conditions of a trial: its calm blocks and those under the neighbour.
func conditions(w simulate.World, t simulate.Trial) (calm, loud []effect.Condition) {
	for _, b := range t.Blocks(w) {
		c := effect.Condition{Journey: b.Journey, Latency: b.Latency}
		if b.Loud {
			loud = append(loud, c)
		} else {
			calm = append(calm, c)
		}
	}
	return calm, loud
}

// switched is the standard world with eight blocks in place of two windows.
func switched(seed uint64) simulate.World {
	w := simulate.Standard(seed)
	w.Neighbour = simulate.Switchback(2, 42, 8)
	return w
}

// slowdowns are the effects of the neighbour in so many trials of one setup.
func slowdowns(w simulate.World, trials int) []effect.Effect {
	w.Setups, w.Replicates = w.Setups[:1], trials
	var out []effect.Effect
	for _, t := range w.Record().Trials {
		calm, loud := conditions(w, t)
		out = append(out, effect.OfBlocks(calm, loud, []float64{1}, 0.95))
	}
	return out
}

// pairs are the effects of the second setup against the first under the neighbour, with
// the calm blocks as covariate unless these decide by themselves that setups differ.
func pairs(w simulate.World, replicates int) (y, x []effect.Effect) {
	w.Replicates = replicates
	trials := w.Record().Trials
	calm, loud := map[string][]effect.Condition{}, map[string][]effect.Condition{}
	for _, t := range trials {
		key := fmt.Sprint(t.Setup, t.Replicate)
		calm[key], loud[key] = conditions(w, t)
	}
	for r := 1; r <= replicates; r++ {
		a, b := fmt.Sprint(w.Setups[0].Name, r), fmt.Sprint(w.Setups[1].Name, r)
		y = append(y, effect.Across(loud[a], loud[b], []float64{1}, 0.95))
		x = append(x, effect.Across(calm[a], calm[b], []float64{1}, 0.95))
	}
	return y, x
}

// slower plants a factor on all latencies of the second setup under the neighbour. It adds its
// logarithm to each effect, so that one simulation serves all factors.
func slower(y []effect.Effect, factor float64) []effect.Effect {
	y = slices.Clone(y)
	for i := range y {
		y[i].Log += math.Log(factor)
	}
	return y
}

// compared is the ratio of setups after n pairs.
func compared(y, x []effect.Effect, n int, level float64) moderated.Estimate {
	prior := moderated.Default()
	theta := effect.Theta(x[:n], prior.Tau*prior.Tau)
	if moderated.Of(x[:n], prior).Compare(1, level) != moderated.Undecided {
		theta = 0
	}
	return moderated.Of(effect.Covariate(y[:n], x[:n], theta), prior)
}

func within(t *testing.T, what string, got, least, most float64, rounds int) {
	t.Helper()
	slack := 3 * math.Sqrt(0.05*0.95/float64(rounds))
	if got < least-slack || got > most+slack {
		t.Errorf("%s: %.3f, want %.2f to %.2f", what, got, least, most)
	}
}

// Slowdown by the neighbour, 180 arrivals a condition, against a limit of 2: coverage, width
// (hi/lo) and the share decided rightly at 1.2, 3.9 and 10. A planted factor multiplies all
// latencies, so that one simulation serves all three.
func TestSlowdownTable(t *testing.T) {
	const rounds = 300
	for _, c := range []struct {
		name  string
		rho   float64
		drift float64
		world func(uint64) simulate.World
		prior moderated.Prior
		cover float64
	}{
		{"windows", 0.5, 0, simulate.Standard, moderated.Default(), 0.93},
		{"windows", 0.8, 0, simulate.Standard, moderated.Default(), 0.93},
		{"windows", 0.9, 0, simulate.Standard, moderated.Default(), 0.91},
		{"windows", 0.8, 0.01, simulate.Standard, moderated.Default(), 0},
		{"blocks", 0.5, 0, switched, moderated.Switchback(), 0.95},
		{"blocks", 0.8, 0, switched, moderated.Switchback(), 0.95},
		{"blocks", 0.9, 0, switched, moderated.Switchback(), 0.95},
		{"blocks", 0.8, 0.01, switched, moderated.Switchback(), 0.95},
	} {
		var cover, width [7]float64
		var right [7][3]float64
		for seed := range uint64(rounds) {
			w := c.world(1 + 7*seed)
			w.Journeys[0].Service *= c.rho / 0.8
			w.Drift = c.drift
			effects := slowdowns(w, 6)
			for _, n := range []int{1, 2, 3, 6} {
				e := moderated.Of(effects[:n], c.prior)
				lo, hi := e.Interval(0.95)
				if lo <= 1 && 1 <= hi {
					cover[n] += 1.0 / rounds
				}
				width[n] += math.Log(hi/lo) / rounds
				for i, factor := range []float64{1.2, 3.9, 10} {
					if (factor > 2 && lo*factor > 2) || (factor < 2 && hi*factor < 2) {
						right[n][i] += 1.0 / rounds
					}
				}
			}
		}
		for _, n := range []int{1, 2, 3, 6} {
			t.Logf("%s, rho %.1f, drift %g: n %d covers %.3f, width %.2f, right at 1.2 %.2f, 3.9 %.2f, 10 %.2f", c.name, c.rho, c.drift, n,
				cover[n], math.Exp(width[n]), right[n][0], right[n][1], right[n][2])
			within(t, fmt.Sprintf("%s, rho %.1f, drift %g, n %d: coverage", c.name, c.rho, c.drift, n), cover[n], c.cover, 1, rounds)
		}
		if c.name == "blocks" && c.rho == 0.8 && c.drift == 0 { // at least the power of the design
			for n, least := range map[int][3]float64{1: {0.38, 0.65, 1}, 2: {0.76, 0.96, 1}, 3: {0.94, 0.99, 1}, 6: {1, 1, 1}} {
				for i := range least {
					within(t, fmt.Sprintf("power, n %d, effect %d", n, i), right[n][i], least[i], 1, rounds/3)
				}
			}
		}
	}
}

// Three journeys, a third of whose arrivals are orders while calm and half of them under the
// neighbour: stratified by journey at P90, no slowdown is claimed and a true one covers.
func TestMixShiftTable(t *testing.T) {
	const rounds = 200
	for _, prior := range []moderated.Prior{moderated.Default(), moderated.Switchback()} {
		var cover, pooled [7]float64
		for seed := range uint64(rounds) {
			w := switched(1 + 7*seed)
			unit := 0.8 * 8 / 9
			w.Journeys = []simulate.Journey{{Name: "orders", Rate: 1, Loud: 1.5, Service: 1.5 * unit},
				{Name: "shipping", Rate: 1, Loud: 1, Service: unit}, {Name: "tracking", Rate: 1, Loud: 0.5, Service: 0.1 * unit}}
			w.Setups, w.Replicates = w.Setups[:1], 6
			var trials [][2][]effect.Condition
			var mixed []effect.Effect
			calmCounts, least := make([]int, 3), []int{1 << 30, 1 << 30, 1 << 30}
			for _, trial := range w.Record().Trials {
				calm, loud := conditions(w, trial)
				trials = append(trials, [2][]effect.Condition{calm, loud})
				sums := [2][]int{make([]int, 3), make([]int, 3)}
				var all [2][]float64
				for side, blocks := range [2][]effect.Condition{calm, loud} {
					for _, b := range blocks {
						all[side] = append(all[side], b.Latency...)
						for j, n := range b.Counts(3) {
							sums[side][j] += n
						}
					}
				}
				for j := range least {
					calmCounts[j] += sums[0][j]
					least[j] = min(least[j], sums[0][j], sums[1][j])
				}
				mixed = append(mixed, effect.Between(all[0], all[1], 0.9))
			}
			p, weights, _, ok := effect.Choose(calmCounts, least, 0.6, effect.Percentiles(0))
			if !ok {
				t.Fatal("no percentile")
			}
			var effects []effect.Effect
			for _, c := range trials {
				effects = append(effects, effect.OfBlocks(c[0], c[1], weights, p))
			}
			for _, n := range []int{1, 2, 3, 6} {
				if moderated.Of(effects[:n], prior).Compare(1, 0.95) == moderated.Undecided {
					cover[n] += 1.0 / rounds
				}
				if moderated.Of(mixed[:n], prior).Compare(1, 0.95) == moderated.Undecided {
					pooled[n] += 1.0 / rounds
				}
			}
		}
		t.Logf("d0 %g: stratified covers after 1, 2, 3, 6 trials %.3f %.3f %.3f %.3f; pooled %.3f %.3f %.3f %.3f", prior.DF, cover[1], cover[2],
			cover[3], cover[6], pooled[1], pooled[2], pooled[3], pooled[6])
		for _, n := range []int{1, 2, 3, 6} {
			within(t, fmt.Sprintf("d0 %g, n %d: stratified coverage", prior.DF, n), cover[n], 0.93, 1, rounds)
		}
	}
}

// Between setups: the share claimed rightly, and falsely at 1x, after n pairs.
func TestSetupsTable(t *testing.T) {
	const rounds = 200
	for _, rho := range []float64{0.8, 0.9} {
		y, x := make([][]effect.Effect, rounds), make([][]effect.Effect, rounds)
		for seed := range rounds {
			w := switched(1 + 7*uint64(seed))
			w.Journeys[0].Service *= rho / 0.8
			y[seed], x[seed] = pairs(w, 6)
		}
		for _, factor := range []float64{1, 1.5, 2, 3.9, 10} {
			var claimed [7]float64
			for seed := range rounds {
				for _, n := range []int{1, 2, 3, 6} {
					side := compared(slower(y[seed], factor), x[seed], n, 0.95).Compare(1, 0.95)
					if side == moderated.Above || (factor == 1 && side != moderated.Undecided) {
						claimed[n] += 1.0 / rounds
					}
				}
			}
			t.Logf("rho %.1f, %gx: claimed after 1, 2, 3, 6 pairs %.3f %.3f %.3f %.3f", rho, factor, claimed[1], claimed[2], claimed[3], claimed[6])
			for n, least := range map[int]map[float64]float64{1: {1.5: 0.09, 2: 0.39, 3.9: 0.94, 10: 1}, 2: {1.5: 0.28, 2: 0.76, 3.9: 0.99, 10: 1},
				3: {1.5: 0.46, 2: 0.93, 3.9: 1, 10: 1}, 6: {1.5: 0.88, 2: 1, 3.9: 1, 10: 1}} {
				if rho == 0.8 && factor > 1 {
					within(t, fmt.Sprintf("power, %d pairs, %gx", n, factor), claimed[n], least[factor], 1, rounds/3)
				}
				if factor == 1 {
					most := 0.05
					if rho > 0.8 {
						most = 0.07
					}
					within(t, fmt.Sprintf("false claims, %d pairs, rho %.1f", n, rho), claimed[n], 0, most, rounds)
				}
			}
		}
	}
}

// A look after each of at most ten pairs: mean number until decided, and false claims over
// all looks between identical setups, with runs that vary as assumed and twice as much.
func TestStoppingTable(t *testing.T) {
	const rounds, most = 150, 10
	level := sequential.Level(most, 0.05)
	for _, sd := range []float64{0.05, 0.1, 0.2} {
		y, x := make([][]effect.Effect, rounds), make([][]effect.Effect, rounds)
		for seed := range rounds {
			w := switched(1 + 7*uint64(seed))
			w.Vary.Run = sd
			y[seed], x[seed] = pairs(w, most)
		}
		for _, factor := range []float64{1, 1.2, 1.5, 2, 3.9, 10} {
			if sd != 0.1 && factor != 1 {
				continue
			}
			var mean, decided float64
			for seed := range rounds {
				planted := slower(y[seed], factor)
				n, side := 1, moderated.Undecided
				for ; n <= most && side == moderated.Undecided; n++ {
					side = compared(planted, x[seed], n, level).Compare(1, level)
				}
				mean += float64(n-1) / rounds
				if side != moderated.Undecided {
					decided += 1.0 / rounds
				}
			}
			t.Logf("runs vary by %g, %gx: decided %.3f, mean replicates %.2f", sd, factor, decided, mean)
			for f, limit := range map[float64]float64{10: 1.5, 3.9: 2, 2: 4} {
				if factor == f && mean > limit {
					t.Errorf("%gx: %.2f replicates on average, want at most %g", factor, mean, limit)
				}
			}
			if factor == 1 {
				within(t, fmt.Sprintf("false claims over all looks, sd %g", sd), decided, 0, 0.05, rounds)
			}
		}
	}
}

// The power that a plan predicts from the history of the lab is met by the experiments that follow:
// the power at the effect that Detect returns, limit 1, for 80 % and 95 %.
func TestPredictedPowerIsMet(t *testing.T) {
	const rounds, most = 200, 6
	var runs [][]effect.Effect
	var variance, n float64
	for run := range uint64(20) {
		effects := slowdowns(switched(900_000+100*run), 4)
		runs = append(runs, effects)
		for _, e := range effects {
			variance, n = variance+e.Var, n+1
		}
	}
	prior := moderated.FromHistory(runs, moderated.Switchback())
	d := power.Design{Within: variance / n, Prior: prior, AtMost: most}
	t.Logf("history: %s, %.1f degrees of freedom, variance within trials %.4f", prior, prior.DF, d.Within)
	followed := make([][]effect.Effect, rounds)
	for seed := range followed {
		followed[seed] = slowdowns(switched(1+7*uint64(seed)), most)
	}
	for _, predicted := range []float64{0.8, 0.95} {
		factor := d.Detect(1, predicted)
		met, mean := 0.0, 0.0
		for seed := range followed {
			effects := slower(followed[seed], factor)
			for k := 1; k <= most; k++ {
				if side := moderated.Of(effects[:k], prior).Compare(1, d.Level()); side != moderated.Undecided || k == most {
					mean += float64(k) / rounds
					if side == moderated.Above {
						met += 1.0 / rounds
					}
					break
				}
			}
		}
		t.Logf("power %.2f predicted at %.2fx: met %.3f; replicates %.2f predicted, %.2f needed", predicted, factor, met,
			d.Course(factor, 1).Mean, mean)
		if slack := 3 * math.Sqrt(predicted*(1-predicted)/rounds); math.Abs(met-predicted) > slack+0.05 {
			t.Errorf("power %.2f predicted at %.2fx, met %.3f", predicted, factor, met)
		}
	}
}
