package attribution

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// clipped bounds values to five standard deviations about the median, by the median absolute
// deviation: a single event weighs no more than several. A series that is mostly still stays
// as it is.
func clipped(x []float64) []float64 {
	const most = 5 * 1.4826
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	middle := sorted[len(sorted)/2]
	for i := range sorted {
		sorted[i] = math.Abs(sorted[i] - middle)
	}
	slices.Sort(sorted)
	reach := most * sorted[len(sorted)/2]
	if !(reach > 1e-9*sorted[len(sorted)-1]) {
		return x
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = min(max(v, middle-reach), middle+reach)
	}
	return out
}

// Detrended are what is left of y after the load and a parabola in time are taken out by
// least squares: a common trend must not pass for a link. A load that does not change is
// left out.
func Detrended(load, y []float64) []float64 {
	n := len(y)
	columns := 3
	if stat.Variance(load, nil) > 0 {
		columns = 4
	}
	if n <= columns {
		return Residuals(load, y)
	}
	design := mat.NewDense(n, columns, nil)
	for i := range n {
		t := 2*float64(i)/float64(n-1) - 1
		design.SetRow(i, []float64{1, t, t * t, load[i]}[:columns])
	}
	var beta, fit mat.VecDense
	if err := beta.SolveVec(design, mat.NewVecDense(n, slices.Clone(y))); err != nil {
		return Residuals(load, y) // the load is a parabola itself
	}
	fit.MulVec(design, &beta)
	out := make([]float64, n)
	for i := range out {
		out[i] = y[i] - fit.AtVec(i)
	}
	return out
}

// mostShifts bounds the circular shifts that are tried.
const mostShifts = 1000

// shifted is the largest correlation that circular shifts of y against x show, in size.
// Shifts of up to 2k bins are left out: they contain the lags that are looked at. At most a
// thousand are tried, evenly spread.
func shifted(x, y []float64, k int) float64 {
	n := len(x)
	mx, my := stat.Mean(x, nil), stat.Mean(y, nil)
	scale := math.Sqrt(stat.Variance(x, nil)*stat.Variance(y, nil)) * float64(n-1)
	if !(scale > 0) {
		return 0
	}
	most := 0.0
	step := max(1, (n-4*k)/mostShifts)
	for s := 2*k + 1; s < n-2*k; s += step {
		sum := 0.0
		for t := range x {
			at := t + s
			if at >= n {
				at -= n
			}
			sum += (x[t] - mx) * (y[at] - my)
		}
		most = max(most, math.Abs(sum/scale))
	}
	return most
}

// restsOnOneEvent reports whether less than half of a correlation at a lag is left without
// the stretch that adds most to it, 2k bins or a tenth of the series long.
func restsOnOneEvent(x, y []float64, lag, k int) bool {
	n := len(x)
	mx, my := stat.Mean(x, nil), stat.Mean(y, nil)
	var products []float64
	total := 0.0
	for t := max(0, -lag); t < min(n, n-lag); t++ {
		p := (x[t] - mx) * (y[t+lag] - my)
		products, total = append(products, p), total+p
	}
	length := min(max(2*k, n/10), len(products))
	sum := 0.0
	most := 0.0 // in the direction of the total
	for i, p := range products {
		sum += p
		if i >= length {
			sum -= products[i-length]
		}
		if i >= length-1 {
			most = max(most, math.Copysign(1, total)*sum)
		}
	}
	return math.Abs(total)-most < math.Abs(total)/2
}
