package effect

import "math"

// fisher is the two-sided p-value of Fisher's exact test of ka of na against kb of
// nb: twice the smaller tail of the hypergeometric distribution, at most 1.
func fisher(ka, na, kb, nb int) float64 {
	k := ka + kb
	ways := func(n, k int) float64 { // ln of n over k
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	all := ways(na+nb, k)
	var lower, upper float64
	for x := max(0, k-na); x <= min(k, nb); x++ {
		p := math.Exp(ways(nb, x) + ways(na, k-x) - all)
		if x <= kb {
			lower += p
		}
		if x >= kb {
			upper += p
		}
	}
	return min(1, 2*min(lower, upper))
}
