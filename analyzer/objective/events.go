package objective

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// tally counts the events of a trial by window, as results.Trial.Windows numbers them.
type tally struct{ good, offered []int }

// spread is the variance of the number of good events of a trial, if those of one window
// are independent: a fault lowers the share of its own window by design, not by chance.
func (c tally) spread() float64 {
	sum := 0.0
	for i, n := range c.offered {
		if n > 0 {
			p := float64(c.good[i]) / float64(n)
			sum += float64(n) * p * (1 - p)
		}
	}
	return sum
}

// odds is p (1-p) of a share, never quite 0.
func odds(good, offered int) float64 {
	p := (float64(good) + 0.5) / (float64(offered) + 1)
	return p * (1 - p)
}

// events are those of one objective for one tenant, or for all abiding ones.
type events struct {
	trials []*run.Trial
	counts []tally // by trial
	time   float64 // correlation time, in events
}

// far is the share of the threshold below which all latencies are far from it.
const far = 0.5

// eventsOf counts the events of the windows that count; all of them for nil. Dependence is
// measured on the latencies in calm windows, of all trials one after another.
func eventsOf(r *run.Run, setup string, o results.Objective, tenant int, counts func(results.Window) bool) events {
	e := events{trials: r.TrialsOf(setup)}
	calm, all := waits{}, waits{}
	longest := 0.0 // s, +Inf after an event that is not good
	for _, t := range e.trials {
		c := tally{make([]int, len(t.Windows)), make([]int, len(t.Windows))}
		use, still := make([]bool, len(t.Windows)), make([]bool, len(t.Windows))
		for i, w := range t.Windows {
			use[i], still[i] = counts == nil || counts(w), run.Calm(w.Kind)
		}
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			waited := rec.Seconds()
			switch {
			case still[rec.Window]:
				calm.add(t.Windows[rec.Window].Name, waited)
			case use[rec.Window] && len(calm.seconds) == 0:
				all.add(t.Windows[rec.Window].Name, waited)
			}
			if !use[rec.Window] {
				return
			}
			c.offered[rec.Window]++
			if good(rec, o) {
				c.good[rec.Window]++
			} else {
				waited = math.Inf(1)
			}
			longest = max(longest, waited)
		})
		e.counts = append(e.counts, c)
	}
	if len(calm.seconds) == 0 {
		calm = all
	}
	e.time = quantile.CorrelationTime(calm.level())
	if longest <= far*o.Threshold {
		e.time = 1 // no queue came near the threshold: its level cannot have spoiled several events at once
	}
	return e
}

// mostWaits bounds the latencies from which dependence is measured.
const mostWaits = 1 << 20

// waits are latencies in the order of time, with the window of each.
type waits struct {
	seconds []float64
	windows []string
}

func (w *waits) add(window string, seconds float64) {
	if len(w.seconds) < mostWaits {
		w.seconds, w.windows = append(w.seconds, seconds), append(w.windows, window)
	}
}

// level divides the latencies of each window by their geometric mean over the trials.
// Windows differ by design, e.g. after a neighbour. That is no dependence.
func (w *waits) level() []float64 {
	type mean struct {
		sum float64
		n   int
	}
	means := map[string]mean{}
	for i, s := range w.seconds {
		if l := math.Log(s); !math.IsInf(l, 0) {
			m := means[w.windows[i]]
			means[w.windows[i]] = mean{m.sum + l, m.n + 1}
		}
	}
	out := make([]float64, len(w.seconds))
	for i, s := range w.seconds {
		out[i] = s
		if m := means[w.windows[i]]; m.n > 0 {
			out[i] = s * math.Exp(-m.sum/float64(m.n))
		}
	}
	return out
}

// total returns the good events and all events.
func (e events) total() (good, offered int) {
	for _, c := range e.counts {
		good, offered = good+sum(c.good), offered+sum(c.offered)
	}
	return good, offered
}

func sum(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// share puts the trials together. Package level assumes how much the odds of a share vary,
// from chance and from trial to trial. That holds within each window. Over windows whose
// shares differ by design, the share as a whole varies less, by this ratio of variances:
//
//	sum over windows of n p (1-p), over n p (1-p) of all
func (e events) share() level.Share {
	good, offered := e.total()
	within := 0.5 // as odds has it for a share of 0 or 1
	for _, c := range e.counts {
		within += c.spread()
	}
	ratio := 1.0
	if offered > 0 {
		ratio = min(1, within/(float64(offered)*odds(good, offered)))
	}
	inflation := max(1, level.Inflation(e.time)*ratio)
	var counted []level.Counted
	for _, c := range e.counts {
		counted = append(counted, level.Counted{Good: sum(c.good), Offered: sum(c.offered), Time: level.Time(inflation)})
	}
	prior := level.DefaultShare()
	prior.Tau *= ratio
	return level.ShareOf(counted, prior)
}

// slicesOf counts the time slices of an objective by trial. A slice is good when at least
// the share SliceGood of its events is. One without events does not count. Adjacent slices
// depend on each other as far as the correlation time of the events reaches.
func slicesOf(r *run.Run, setup string, o results.Objective, tenant int) []level.Counted {
	e := eventsOf(r, setup, o, tenant, nil)
	var counted []level.Counted
	for _, t := range e.trials {
		var arrivals []resilience.Arrival
		eachEvent(r, t, o, tenant, func(rec *run.Record) {
			arrivals = append(arrivals, resilience.Arrival{At: rec.At.Seconds(), Served: good(rec, o)})
		})
		c := level.Counted{Time: 1}
		for _, bin := range resilience.Cut(arrivals, t.Warmup.Seconds(), t.End.Seconds(), o.Timeslice) {
			if bin.Offered > 0 {
				c.Offered++
				if bin.Share() >= o.SliceGood {
					c.Good++
				}
			}
		}
		if len(arrivals) > 0 {
			c.Time = max(1, e.time*float64(c.Offered)/float64(len(arrivals)))
		}
		counted = append(counted, c)
	}
	return counted
}

// good reports whether an event was served within the threshold.
func good(rec *run.Record, o results.Objective) bool {
	return rec.Served && (o.Threshold <= 0 || rec.Seconds() <= o.Threshold)
}

// eachEvent visits the events of an objective: of one tenant or all abiding ones, after the
// warm-up.
func eachEvent(r *run.Run, t *run.Trial, o results.Objective, tenant int, visit func(*run.Record)) {
	counts := make([]bool, r.Journeys.Len())
	for i, name := range r.Journeys.List {
		counts[i] = len(o.Journeys) == 0 || slices.Contains(o.Journeys, name)
	}
	steps := make([]bool, r.Steps.Len())
	for i, name := range r.Steps.List {
		steps[i] = slices.Contains(o.Steps, name)
	}
	script := r.Outcomes.Index[string(results.ScriptError)]
	records := r.JourneysOf(t, tenant)
	if len(o.Steps) > 0 {
		records = r.StepsOf(t, tenant)
	}
	for rec := range records {
		switch {
		case uint16(rec.Outcome) == script: // not an answer of the target; VAL-009 counts it
		case rec.Window < 0 || t.Windows[rec.Window].Kind == results.WindowWarmup:
		case !counts[rec.Journey]:
		case len(o.Steps) > 0 && !steps[rec.Step]:
		default:
			visit(rec)
		}
	}
}
