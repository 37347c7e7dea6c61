package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"example.org/odooharness/analyzer/stats/resample"
)

// Run is what one run at one rate showed.
type Run struct {
	P95       float64 // s; +Inf when fewer than 95 % were served
	Upper     float64 // s, upper bound of the P95
	Errors    float64 // share
	Delivered float64 // started over planned, share
	Growing   bool    // a queue grew through the run
}

// Rung is one offered rate and its runs.
type Rung struct {
	Rate float64 // 1/s, as planned
	Runs []Run
}

// Promise is what a rate has to keep to count as carried.
type Promise struct {
	P95       float64 // s
	Errors    float64 // share
	Delivered float64 // share, e.g. 0.99
}

// Ladder is a series of rungs, ascending in rate.
type Ladder []Rung

// NewLadder sorts the rungs and joins those of one rate, as from climbing up and
// down.
func NewLadder(rungs []Rung) Ladder {
	l := Ladder(slices.Clone(rungs))
	sort.SliceStable(l, func(i, j int) bool { return l[i].Rate < l[j].Rate })
	var out Ladder
	for _, r := range l {
		if n := len(out); n > 0 && out[n-1].Rate == r.Rate {
			out[n-1].Runs = append(slices.Clone(out[n-1].Runs), r.Runs...)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Within reports whether every run of the rung keeps the promise, and else why not.
func (r Rung) Within(p Promise) (ok bool, why string) {
	if len(r.Runs) == 0 {
		return false, "no run"
	}
	for _, run := range r.Runs {
		switch {
		case math.IsInf(run.P95, 1):
			return false, "no P95: fewer than 95 % served, or too few arrivals"
		case math.IsInf(run.Upper, 1):
			return false, "a P95 without an upper bound"
		case !(run.Upper <= p.P95):
			return false, fmt.Sprintf("P95 up to %.3g s", run.Upper)
		case run.Errors > p.Errors:
			return false, fmt.Sprintf("%.2g %% errors", 100*run.Errors)
		case run.Delivered < p.Delivered:
			return false, fmt.Sprintf("%.3g %% delivered", 100*run.Delivered)
		case run.Growing:
			return false, "a growing queue"
		}
	}
	return true, ""
}

// Within is the largest rate up to which every rung keeps the promise, and what
// stopped the next; 0 when the first does not. Reached is false when every rung
// keeps it: the capacity lies above the ladder.
func (l Ladder) Within(p Promise) (rate float64, why string, reached bool) {
	for _, r := range l {
		ok, because := r.Within(p)
		if !ok {
			return rate, because, true
		}
		rate = r.Rate
	}
	return rate, "", false
}

// Estimate is a capacity with its interval, 1/s.
type Estimate struct {
	Value, Lo, Hi float64
	Censored      bool   // the ladder ended below the capacity: Value is its top
	Why           string // with Censored or NaN
}

// Capacity is the rate at which the mean P95 of the runs, made ascending in the
// rate, crosses the promise, linear between rungs. Its interval comes from resampling
// runs within rungs, rounds times. Rungs at which runs did not keep the other
// promises count as crossed. At least two rungs; below the first it is NaN: nothing
// is known there.
func (l Ladder) Capacity(p Promise, level float64, rounds int, random *rand.Rand) Estimate {
	value := l.cross(p, resample.All)
	e := Estimate{Value: value, Lo: value, Hi: value}
	switch {
	case len(l) < 2:
		return Estimate{Value: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Why: "fewer than two rates were tried"}
	case math.IsNaN(value):
		e.Why = fmt.Sprintf("the lowest rate, %.3g/s, was too much already", l[0].Rate)
		return e
	case value >= l[len(l)-1].Rate:
		e.Censored, e.Why = true, "the highest rate that was tried was carried"
	}
	draws := l.Draws(p, rounds, random)
	if rounds > 0 {
		tail := (1 - level) / 2
		e.Lo = min(value, draws[int(tail*float64(rounds))])
		e.Hi = max(value, draws[min(int((1-tail)*float64(rounds)), rounds-1)])
	}
	return e
}

// Draws are capacities from resampling runs within rungs, ascending; 0 where even the
// lowest rung was crossed.
func (l Ladder) Draws(p Promise, rounds int, random *rand.Rand) []float64 {
	draws := make([]float64, rounds)
	for i := range draws {
		draws[i] = l.cross(p, func(n int) []int { return resample.Draw(n, random) })
		if math.IsNaN(draws[i]) {
			draws[i] = 0
		}
	}
	slices.Sort(draws)
	return draws
}

// CrossingOf is the value of [Ladder.Capacity] on the runs of these numbers in every
// rung, for resampling whole trials over several ladders at once. NaN below the first
// rung.
func (l Ladder) CrossingOf(p Promise, runs []int) float64 {
	return l.cross(p, func(n int) []int {
		there := slices.DeleteFunc(slices.Clone(runs), func(k int) bool { return k >= n })
		if len(there) == 0 {
			return resample.All(n)
		}
		return there
	})
}

// cross inverts the smoothed curve at the promise, on runs picked per rung.
func (l Ladder) cross(p Promise, pick func(n int) []int) float64 {
	y, w := make([]float64, len(l)), make([]float64, len(l))
	for i, r := range l {
		w[i] = float64(max(len(r.Runs), 1))
		picked := pick(len(r.Runs))
		for _, k := range picked {
			run := r.Runs[k]
			v := run.P95
			if run.Errors > p.Errors || run.Delivered < p.Delivered || run.Growing || math.IsInf(v, 1) {
				v = max(2*p.P95, min(v, 1e6*p.P95)) // crossed, however fast the rest was
			}
			y[i] += v / float64(len(picked))
		}
	}
	y = PAVA(y, w)
	for i := range l {
		if y[i] <= p.P95 {
			continue
		}
		if i == 0 {
			return math.NaN()
		}
		share := (p.P95 - y[i-1]) / (y[i] - y[i-1])
		return l[i-1].Rate + share*(l[i].Rate-l[i-1].Rate)
	}
	return l[len(l)-1].Rate
}

// Headroom is capacity over a forecast peak, less one: 0.3 means that 30 % more than
// the peak is carried. NaN for a peak <= 0.
func Headroom(capacity, peak float64) float64 {
	if !(peak > 0) {
		return math.NaN()
	}
	return capacity/peak - 1
}

// DoublingLoad is Odoo's own rule of thumb for a full server: the lowest offered rate
// at which the median latency is twice that of the lowest rate, linear between rungs.
// NaN when it never doubles. medians ascend with rates.
func DoublingLoad(rates, medians []float64) float64 {
	if len(rates) == 0 || len(rates) != len(medians) {
		return math.NaN()
	}
	y := PAVA(medians, nil)
	for i := 1; i < len(y); i++ {
		if y[i] >= 2*y[0] && y[i] > y[i-1] {
			return rates[i-1] + (2*y[0]-y[i-1])/(y[i]-y[i-1])*(rates[i]-rates[i-1])
		}
	}
	return math.NaN()
}
