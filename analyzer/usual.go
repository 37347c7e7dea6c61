package analyzer

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// bandFactor is how many times the calm P95 of its journey an arrival may take and
// still count as served as usual.
const bandFactor = 2

// bandAlpha is the probability, under the baseline, below which a bin counts as
// outside: over a hundred bins one false alarm in ten trials.
const bandAlpha = 0.001

// usual is what is usual in a trial: how long each journey may take, and how often
// the baseline itself misses that.
type usual struct {
	limit  []uint32  // µs, by journey; unserved-1: the outcome alone counts
	median []float64 // µs, by journey; +Inf where too few were served
	band   resilience.Band
	share  float64 // served within the band in the baseline
	rate   float64 // arrivals of abiding tenants a second
	n      int
}

// within reports whether an arrival was served as usual.
func (u *usual) within(r *record) bool { return r.served && r.latency <= u.limit[r.journey] }

// usual takes the band from the baseline of a trial; without one, from its other
// calm windows.
func (d *dataset) usual(t *trialData) usual {
	in := func(kind string) bool { return kind == results.WindowBaseline }
	if !slices.ContainsFunc(t.windows, func(w results.Window) bool { return in(w.Kind) }) {
		in = calm
	}
	u := usual{limit: make([]uint32, d.journeys.len()), median: make([]float64, d.journeys.len())}
	served := make([][]float64, d.journeys.len())
	each := func(f func(r *record)) {
		for i := range t.journeys {
			r := &t.journeys[i]
			if r.window >= 0 && in(t.windows[r.window].Kind) && d.abiding[r.tenant] {
				f(r)
			}
		}
	}
	each(func(r *record) {
		if r.served {
			served[r.journey] = append(served[r.journey], float64(r.latency))
		}
	})
	for j, x := range served {
		u.limit[j], u.median[j] = unserved-1, math.Inf(1)
		if len(x) >= 6 {
			slices.Sort(x)
			u.limit[j] = uint32(min(bandFactor*quantile.Type1(x, 0.95), unserved-1))
			u.median[j] = quantile.Type1(x, 0.5)
		}
	}
	missed := 0
	each(func(r *record) {
		u.n++
		if !u.within(r) {
			missed++
		}
	})
	length := 0.0
	for _, w := range t.windows {
		if in(w.Kind) {
			length += (w.To - w.From).Seconds()
		}
	}
	u.band = resilience.NewBand(missed, u.n, bandAlpha)
	if u.n > 0 {
		u.share = 1 - float64(missed)/float64(u.n)
		u.rate = float64(u.n) / length
	}
	return u
}
