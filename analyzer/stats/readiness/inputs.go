package readiness

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/capacity"
)

// groups is the number of equal groups of draws, by an input, over which means are taken.
const groups = 20

// inputs returns what each uncertain figure explains and decides.
func (p Plan) inputs(peaks []drawn, margins []float64) []Input {
	figure := func(of func(drawn) float64) []float64 {
		x := make([]float64, len(peaks))
		for i, d := range peaks {
			x[i] = of(d)
		}
		return x
	}
	var all []Input
	add := func(kind Kind, fault string, sign float64, of func(drawn) float64) {
		x := figure(func(d drawn) float64 { return sign * of(d) })
		if lo, hi := slices.Min(x), slices.Max(x); lo == hi {
			return
		}
		in := Input{Kind: kind, Fault: fault, Share: share(x, margins)}
		in.Changes, in.Value = p.known(x, margins)
		all = append(all, in)
	}
	add(OfForecast, "", -1, func(d drawn) float64 { return d.forecast })
	add(OfCapacity, "", 1, func(d drawn) float64 { return d.capacity })
	add(OfTransfer, "", 1, func(d drawn) float64 { return d.transfer })
	for k, f := range p.Faults {
		add(OfLeft, f.Name, 1, func(d drawn) float64 { return d.left[k] })
		add(OfChance, f.Name, -1, func(d drawn) float64 { return d.lasted[k] })
	}
	slices.SortStableFunc(all, func(a, b Input) int { return cmp.Compare(b.Share, a.Share) })
	return all
}

// poorMargin is the least margin that the variance distinguishes: a peak that does not ship at a
// quarter of its load counts as that.
const poorMargin = 0.25

// share is the first-order share of the variance of the logarithm of the margin: that of the
// means of groups of draws with about the same input, less what chance explains.
func share(x, margins []float64) float64 {
	y := make([]float64, len(margins))
	for i, m := range margins {
		y[i] = math.Log(max(m, poorMargin))
	}
	mean, variance := stat.MeanVariance(y, nil)
	if !(variance > 0) {
		return 0
	}
	between := 0.0
	parts := split(x)
	for _, part := range parts {
		sum := 0.0
		for _, i := range part {
			sum += y[i]
		}
		n := float64(len(part))
		apart := sum/n - mean
		between += n * apart * apart
	}
	n, k := float64(len(y)), float64(len(parts))
	within := (n-1)*variance - between
	return min(max((between-(k-1)*within/(n-k))/((n-1)*variance), 0), 1)
}

// known returns the chance that knowing an input exactly changes the decision, and the expected
// loss that it saves. More of the input never ships less: the shares are made ascending.
func (p Plan) known(x, margins []float64) (changed, saved float64) {
	var success, weights []float64
	for _, part := range split(x) {
		n := 0
		for _, i := range part {
			if margins[i] >= 1 {
				n++
			}
		}
		success = append(success, float64(n)/float64(len(part)))
		weights = append(weights, float64(len(part)))
	}
	now := stat.Mean(success, weights)
	loss := 0.0
	for i, s := range capacity.PAVA(success, weights) {
		w := weights[i] / float64(len(x))
		loss += w * p.least(s)
		if (s >= p.Threshold) != (now >= p.Threshold) {
			changed += w
		}
	}
	return changed, max(p.least(now)-loss, 0)
}

// split returns the numbers of the draws in groups of about the same input, ascending. Equal
// inputs are in one group: most draws have no fault at all, and the few that do are not mixed
// with them.
func split(x []float64) [][]int {
	order := byValue(x)
	size := (len(order) + groups - 1) / groups
	var parts [][]int
	for from := 0; from < len(order); {
		to := min(from+size, len(order))
		if to < len(order) && x[order[to]] == x[order[to-1]] {
			first := to - 1
			for first > from && x[order[first-1]] == x[order[to]] {
				first--
			}
			if to = first; first == from { // the equal ones alone
				for to < len(order) && x[order[to]] == x[order[from]] {
					to++
				}
			}
		}
		parts = append(parts, order[from:to])
		from = to
	}
	return parts
}
