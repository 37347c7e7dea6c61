package run

import (
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// bandFactor limits the latency of an arrival that is served as usual, in multiples of the
// P95 of its journey in the baseline.
const bandFactor = 2

// BandAlpha is the probability under the baseline below which a bin lies outside the band.
// A hundred bins give one false alarm in ten trials.
const BandAlpha = 0.001

// Usual is the service that is usual in a trial.
type Usual struct {
	limit  []uint32        // µs, by journey; Unserved-1 where too few were served: the outcome alone counts
	Median []float64       // µs, by journey; +Inf where too few were served
	Band   resilience.Band // of the share served as usual in a bin
	Share  float64         // served as usual in the baseline
	Rate   float64         // arrivals of abiding tenants a second
	N      int             // arrivals in the baseline
}

// Within reports whether an arrival was served as usual.
func (u *Usual) Within(rec *Record) bool { return rec.Served && rec.Latency <= u.limit[rec.Journey] }

// Usual measures the usual service in the baseline of a trial. A trial without a baseline
// uses its other calm windows.
func (r *Run) Usual(t *Trial) Usual {
	in := func(kind string) bool { return kind == results.WindowBaseline }
	if !slices.ContainsFunc(t.Windows, func(w results.Window) bool { return in(w.Kind) }) {
		in = Calm
	}
	u := Usual{limit: make([]uint32, r.Journeys.Len()), Median: make([]float64, r.Journeys.Len())}
	served := make([][]float64, r.Journeys.Len())
	each := func(f func(rec *Record)) {
		for i := range t.Journeys {
			rec := &t.Journeys[i]
			if rec.Window >= 0 && in(t.Windows[rec.Window].Kind) && r.Abiding[rec.Tenant] {
				f(rec)
			}
		}
	}
	each(func(rec *Record) {
		if rec.Served {
			served[rec.Journey] = append(served[rec.Journey], float64(rec.Latency))
		}
	})
	for j, x := range served {
		u.limit[j], u.Median[j] = Unserved-1, math.Inf(1)
		if len(x) >= 6 {
			slices.Sort(x)
			u.limit[j] = uint32(min(bandFactor*quantile.Type1(x, 0.95), Unserved-1))
			u.Median[j] = quantile.Type1(x, 0.5)
		}
	}
	missed := 0
	each(func(rec *Record) {
		u.N++
		if !u.Within(rec) {
			missed++
		}
	})
	length := 0.0
	for _, w := range t.Windows {
		if in(w.Kind) {
			length += (w.To - w.From).Seconds()
		}
	}
	u.Band = resilience.NewBand(missed, u.N, BandAlpha)
	if u.N > 0 {
		u.Share = 1 - float64(missed)/float64(u.N)
		u.Rate = float64(u.N) / length
	}
	return u
}
