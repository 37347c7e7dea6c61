package run

import (
	"math"
	"time"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/results"
)

// Conditions are the arrivals of a trial without and with the neighbour: blocks in the
// order of time, latencies in s from the intended start, unserved ones +Inf.
//
// A trial with switchback blocks gives those of the plan and nothing else, so that a drift
// cancels. Any other trial gives its baseline, and the stretches under the neighbour.
// Windows of faults, drills and warm-up, and what follows a neighbour or a fault, are
// neither.
type Conditions struct {
	Calm, Neighbour         []effect.Condition
	Levels                  []float64 // of each block of Neighbour: the scale of the step that it is, else 0
	CalmTime, NeighbourTime float64   // s, length of the blocks
	Switchback              bool      // the conditions alternate in planned blocks
}

// The wash-out of a burst without planned blocks. After its first moment, the queue that it
// builds needs some time, and the latencies of that time belong to neither condition. A
// journey that starts just before a burst or a fault runs into it.
const (
	washout      = results.Offset(2 * time.Second)
	washoutShare = 10 // at most a tenth of the burst, so that short bursts keep their arrivals
	lead         = results.Offset(time.Second)
	leadShare    = 20 // at most a twentieth of the window
)

// Conditions returns the arrivals of a tenant in a trial by condition, [Everyone] for all
// abiding tenants together.
func (r *Run) Conditions(t *Trial, tenant int) Conditions {
	var c Conditions
	for _, w := range t.Windows {
		c.Switchback = c.Switchback || w.Block > 0
	}
	for i, w := range t.Windows {
		if c.Switchback && w.Block == 0 {
			continue
		}
		from, to := clean(t.Windows, i)
		switch w.Kind {
		case results.WindowBaseline:
			c.Calm = append(c.Calm, r.block(t, tenant, from, to))
			c.CalmTime += (to - from).Seconds()
		case results.WindowNeighbor:
			c.Neighbour = append(c.Neighbour, r.block(t, tenant, from, to))
			c.NeighbourTime += (to - from).Seconds()
			level := 0.0
			if w.Step != nil {
				level = w.Step.Level
			}
			c.Levels = append(c.Levels, level)
		}
	}
	return c
}

// Paired reports whether the trial was seen under both conditions.
func (c Conditions) Paired() bool { return len(c.Calm) > 0 && len(c.Neighbour) > 0 }

// Arrivals counts the arrivals under each condition.
func (c Conditions) Arrivals() (calm, neighbour int) {
	for _, b := range c.Calm {
		calm += len(b.Latency)
	}
	for _, b := range c.Neighbour {
		neighbour += len(b.Latency)
	}
	return calm, neighbour
}

// block collects the journeys of a tenant between two times.
func (r *Run) block(t *Trial, tenant int, from, to results.Offset) effect.Condition {
	var b effect.Condition
	for rec := range r.journeysFrom(t, tenant, from) {
		if rec.At >= to {
			break
		}
		b.Journey = append(b.Journey, int32(rec.Journey))
		b.Latency = append(b.Latency, rec.Seconds())
	}
	return b
}

// clean returns the part of a window whose arrivals belong to its condition alone. The plan
// of switchback blocks has left the rest out already.
func clean(windows []results.Window, i int) (from, to results.Offset) {
	w := windows[i]
	from, to = w.From, w.To
	if w.Block > 0 {
		return from, to
	}
	length := to - from
	if w.Kind == results.WindowNeighbor {
		from += min(washout, length/washoutShare)
	}
	if i+1 < len(windows) && windows[i+1].IsEvent() {
		to -= min(lead, length/leadShare)
	}
	return from, to
}

// Strata are how effects are stratified: one percentile, and the weight of each journey, for
// every trial that is compared.
type Strata struct {
	P       float64   // 0.95, 0.90 or 0.50; NaN when no journey has enough arrivals
	Lowest  float64   // the percentile that needs the fewest arrivals, of those that could be chosen
	Weights []float64 // by journey number, their sum is 1
	Left    []int     // journeys with too few arrivals
	Share   float64   // of the calm arrivals that belong to journeys with weight
}

// Known reports whether a journey has enough arrivals.
func (s Strata) Known() bool { return s.P > 0 }

// The least share of the calm arrivals whose journeys must have enough arrivals: a higher
// percentile is not worth leaving more out. Where no percentile reaches the first, the
// second holds.
const (
	mostArrivals = 0.75
	anyArrivals  = 1e-9
)

// Strata chooses the percentile and the weights for the trials of a comparison, e.g. all
// trials of all setups. Trials without a block of the neighbour have only calm arrivals.
// The weights are the shares of the calm arrivals: a mix of journeys that shifts under the
// neighbour is not slowdown.
func (r *Run) Strata(trials []Conditions) Strata {
	n := r.Journeys.Len()
	calm, least := make([]int, n), make([]int, n)
	for j := range least {
		least[j] = math.MaxInt
	}
	count := func(blocks []effect.Condition, total []int) {
		if len(blocks) == 0 {
			return
		}
		counts := make([]int, n)
		for _, b := range blocks {
			for j, k := range b.Counts(n) {
				counts[j] += k
			}
		}
		for j, k := range counts {
			least[j] = min(least[j], k)
			if total != nil {
				total[j] += k
			}
		}
	}
	for _, t := range trials {
		count(t.Calm, calm)
		count(t.Neighbour, nil)
	}
	percentiles, lowest := effect.Percentiles(r.Options.Percentile), effect.Lowest(r.Options.Percentile)
	for _, share := range []float64{mostArrivals, anyArrivals} {
		p, weights, left, ok := effect.Choose(calm, least, share, percentiles)
		if ok {
			return Strata{P: p, Lowest: lowest, Weights: weights, Left: left, Share: shareOf(calm, weights)}
		}
	}
	return Strata{P: math.NaN(), Lowest: lowest}
}

// shareOf is the share of the counted arrivals whose journey has weight.
func shareOf(counts []int, weights []float64) float64 {
	with, all := 0, 0
	for j, n := range counts {
		all += n
		if weights[j] > 0 {
			with += n
		}
	}
	return float64(with) / float64(all)
}
