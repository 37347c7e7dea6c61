package resilience

import "math"

// Availability by requests is the share served of all offered; NaN without any.
func Availability(bins []Bin) float64 {
	offered, served := 0, 0
	for _, b := range bins {
		offered += b.Offered
		served += b.Served
	}
	if offered == 0 {
		return math.NaN()
	}
	return float64(served) / float64(offered)
}

// Uptime is the share of time in bins whose share is at least the threshold; bins
// without arrivals are left out, and NaN without any other. Averaged over tenants
// it is the windowed user-uptime: a busy tenant weighs no more than a quiet one.
//
// Source: Hauer et al. (2020).
func Uptime(bins []Bin, threshold float64) float64 {
	var up, all float64
	for _, b := range bins {
		if b.Offered == 0 {
			continue
		}
		all += b.Width
		if b.Share() >= threshold {
			up += b.Width
		}
	}
	if all == 0 {
		return math.NaN()
	}
	return up / all
}
