package isolation

import "math"

// Jain is the fairness index of what tenants got, normalised by what they are
// due: (sum x)^2 / (n sum x^2). 1 when all are equal, 1/n when one has everything.
// NaN for none or all zero.
//
// Source: Jain, Chiu & Hawe, DEC TR-301 (1984).
func Jain(x []float64) float64 {
	var total, squares float64
	for _, v := range x {
		total += v
		squares += v * v
	}
	if squares == 0 {
		return math.NaN()
	}
	return total * total / (float64(len(x)) * squares)
}

// Antagonist correlates one tenant's use of a resource with the latency of another, the
// victim. Over the bins of a window, with use u (scaled to sum 1), the victim's metric c
// (e.g. its P95 in the bin) and the threshold above which it suffers, it is
//
//	sum of u (1 - threshold/c) where c > threshold,  u (c/threshold - 1) elsewhere.
//
// In [-1, 1]; 0.35 is the level at which its authors act. It names a suspect, which is no
// proof. NaN for unequal lengths, no use, or c or threshold <= 0.
//
// Source: Zhang et al., CPI2: CPU performance isolation for shared compute
// clusters, EuroSys 2013, section 4.2.
func Antagonist(use, victim []float64, threshold float64) float64 {
	total := sum(use)
	if len(use) != len(victim) || !(total > 0) || !(threshold > 0) {
		return math.NaN()
	}
	score := 0.0
	for i, u := range use {
		switch c := victim[i]; {
		case !(c > 0):
			return math.NaN()
		case c > threshold:
			score += u / total * (1 - threshold/c)
		default:
			score += u / total * (c/threshold - 1)
		}
	}
	return score
}
