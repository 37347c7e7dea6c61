package resilience

import "math"

// AreaLost is Bruneau's loss of resilience: the integral over the bins of what is
// missing to the usual share,
//
//	sum over bins of (usual - share) * width,
//
// in share-seconds. Seconds better than usual count against it, so that noise
// about the usual share adds up to nothing; the total is at least 0. Ten seconds
// of complete outage are 10.
//
// Source: Bruneau et al. (2003), eq. 1, with the share served as quality Q/100.
func AreaLost(bins []Bin, usual float64) float64 {
	lost := 0.0
	for _, bin := range bins {
		if bin.Offered > 0 {
			lost += (usual - bin.Share()) * bin.Width
		}
	}
	return max(0, lost)
}

// Robustness is the share that was still served in the worst bin; NaN without
// arrivals.
func Robustness(bins []Bin) float64 {
	worst := math.NaN()
	for _, bin := range bins {
		if bin.Offered > 0 && !(worst <= bin.Share()) {
			worst = bin.Share()
		}
	}
	return worst
}

// Rapidity is the pace of the recovery in share per second: from the worst bin to
// the first bin after it that reaches the usual share. NaN when that never comes,
// 0 when the worst bin is as good as usual.
func Rapidity(bins []Bin, usual float64) float64 {
	worst := Robustness(bins)
	if math.IsNaN(worst) || worst >= usual {
		return 0
	}
	from := -1
	for i, bin := range bins {
		switch {
		case bin.Offered == 0:
		case bin.Share() == worst:
			from = i
		case from >= 0 && bin.Share() >= usual:
			return (bin.Share() - worst) / (bin.From - bins[from].From)
		}
	}
	return math.NaN()
}
