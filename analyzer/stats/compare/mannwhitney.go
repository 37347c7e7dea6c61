package compare

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// exactWhitney bounds n*m of the samples for which the distribution of U is
// counted.
const exactWhitney = 2500

// MannWhitney tests that x and y come from one distribution against a shift. The
// statistic is U = #{x_i > y_j} + #{x_i = y_j}/2; Greater is small when x is larger.
//
// Exact for n*m <= 2500: by counting, over the mid-ranks that were observed, the
// subsets that give each rank sum, which is the permutation distribution also with
// ties. Otherwise the tie-corrected normal approximation with continuity
// correction. NaN are left out. p of an empty sample is 1.
//
// Source: Hollander & Wolfe, Nonparametric Statistical Methods, 4.1.
func MannWhitney(x, y []float64) Test {
	x, y = numbers(x), numbers(y)
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return Test{Statistic: math.NaN(), Greater: 1, Less: 1, Two: 1, Exact: true}
	}
	ranks := MidRanks(slices.Concat(x, y))
	sum := 0.0
	for _, r := range ranks[:n] {
		sum += r
	}
	t := Test{Statistic: sum - float64(n*(n+1))/2}
	if n*m <= exactWhitney {
		t.Exact = true
		t.Greater, t.Less = rankSumTails(ranks, n, sum)
	} else {
		t.Greater, t.Less = whitneyNormal(ranks, n, m, t.Statistic)
	}
	t.Two = min(1, 2*min(t.Greater, t.Less))
	return t
}

// rankSumTails counts the subsets of n ranks: P(sum >= s) and P(sum <= s).
func rankSumTails(ranks []float64, n int, s float64) (greater, less float64) {
	total := 0
	doubled := make([]int, len(ranks))
	for i, r := range ranks {
		doubled[i] = int(math.Round(2 * r))
		total += doubled[i]
	}
	// ways[k][v]: share of subsets of size k among the ranks so far with sum v, built
	// as probabilities of drawing, so that nothing overflows.
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, total+1)
	}
	ways[0][0] = 1
	for i, r := range doubled {
		left := float64(len(doubled) - i)
		for k := min(i, n); k >= 0; k-- {
			take := float64(n-k) / left // chance that this rank is drawn with k drawn so far
			for v := total; v >= 0; v-- {
				p := ways[k][v]
				if p == 0 {
					continue
				}
				if k < n && v+r <= total {
					ways[k+1][v+r] += p * take
				}
				ways[k][v] = p * (1 - take)
			}
		}
	}
	at := int(math.Round(2 * s))
	for v, p := range ways[n] {
		if v >= at {
			greater += p
		}
		if v <= at {
			less += p
		}
	}
	return min(greater, 1), min(less, 1)
}

func whitneyNormal(ranks []float64, n, m int, u float64) (greater, less float64) {
	nf, mf := float64(n), float64(m)
	total := nf + mf
	ties := 0.0
	sorted := slices.Clone(ranks)
	slices.Sort(sorted)
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	sd := math.Sqrt(nf * mf / 12 * (total + 1 - ties/(total*(total-1))))
	if sd == 0 {
		return 1, 1
	}
	mean := nf * mf / 2
	return distuv.UnitNormal.Survival((u - 0.5 - mean) / sd), distuv.UnitNormal.CDF((u + 0.5 - mean) / sd)
}

// UnpairedShift is the Hodges-Lehmann estimate of how far x lies above y, the median of
// all n*m differences, with the interval that inverts the Mann-Whitney test of
// untied samples. NaN are left out.
//
// Source: Hollander & Wolfe, 4.2 and 4.3.
func UnpairedShift(x, y []float64, level float64) Interval {
	x, y = numbers(x), numbers(y)
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return Interval{Value: math.NaN(), Lo: math.Inf(-1), Hi: math.Inf(1), Achieved: 1}
	}
	d := make([]float64, 0, n*m)
	for _, a := range x {
		for _, b := range y {
			d = append(d, a-b)
		}
	}
	slices.Sort(d)
	out := Interval{Value: median(d), Lo: math.Inf(-1), Hi: math.Inf(1), Achieved: 1}
	if n*m > exactWhitney {
		return shiftNormal(d, n, m, level, out)
	}
	below := whitneyBelow(n, m)
	c := 0
	for c < len(d)/2 && 2*below[c] <= 1-level {
		c++
	}
	if c >= 1 {
		out.Lo, out.Hi, out.Achieved = d[c-1], d[len(d)-c], 1-2*below[c-1]
	}
	return out
}

func shiftNormal(d []float64, n, m int, level float64, out Interval) Interval {
	sd := math.Sqrt(float64(n) * float64(m) * float64(n+m+1) / 12)
	c := int(math.Floor(float64(n*m)/2 - distuv.UnitNormal.Quantile((1+level)/2)*sd))
	if c >= 1 {
		out.Lo, out.Hi, out.Achieved = d[c-1], d[len(d)-c], level
	}
	return out
}

// whitneyBelow returns P(U <= u) for u in 0..n*m without ties, by the recursion
// over whether the largest value is an x or a y, in probabilities.
func whitneyBelow(n, m int) []float64 {
	row := make([][]float64, m+1) // row[j][u]: P of i values of x and j of y
	for j := range row {
		row[j] = make([]float64, n*m+1)
		row[j][0] = 1
	}
	for i := 1; i <= n; i++ {
		next := make([][]float64, m+1)
		next[0] = make([]float64, n*m+1)
		next[0][0] = 1
		for j := 1; j <= m; j++ {
			next[j] = make([]float64, n*m+1)
			px := float64(i) / float64(i+j)
			for u := 0; u <= i*j; u++ {
				if u >= j {
					next[j][u] += px * row[j][u-j]
				}
				next[j][u] += (1 - px) * next[j-1][u]
			}
		}
		row = next
	}
	total := 0.0
	out := row[m]
	for u := range out {
		total += out[u]
		out[u] = total
	}
	return out
}
