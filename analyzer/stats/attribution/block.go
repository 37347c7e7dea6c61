package attribution

import (
	"math"
	"math/rand/v2"
)

// Blocks are the block lengths for the two bootstraps of a series.
type Blocks struct{ Stationary, Circular float64 }

// blocksOf is the optimal length from G = sum |k| R(k) and the long-run variance
// g = sum R(k):
//
//	stationary (G^2/g^2)^(1/3) n^(1/3),  circular (3 G^2 / (2 g^2))^(1/3) n^(1/3).
//
// For an AR(1) G/g = 2 phi / (1 - phi^2).
func blocksOf(ratio float64, n int) Blocks {
	c := math.Cbrt(float64(n))
	return Blocks{Stationary: math.Cbrt(ratio*ratio) * c, Circular: math.Cbrt(1.5*ratio*ratio) * c}
}

// BlockLength estimates the block lengths of a series with the flat-top lag window: the
// window reaches twice as far as the last lag after which max(5, sqrt(log10 n)) autocorrelations
// in a row stay within 2 sqrt(log10(n)/n). At least 1, at most n/3 and 3 sqrt(n).
//
// Sources: Politis & White (2004), Patton, Politis & White (2009).
func BlockLength(x []float64) Blocks {
	n := len(x)
	if n < 10 {
		return Blocks{1, 1}
	}
	run := max(5, int(math.Sqrt(math.Log10(float64(n)))))
	most := min(int(math.Ceil(math.Sqrt(float64(n))))+run, n-1)
	r := autocovariance(x, most)
	if r[0] == 0 {
		return Blocks{1, 1}
	}
	limit := 2 * math.Sqrt(math.Log10(float64(n))/float64(n))
	m := most
	for lag := 1; lag+run-1 <= most; lag++ {
		small := true
		for k := lag; k < lag+run; k++ {
			small = small && math.Abs(r[k]/r[0]) < limit
		}
		if small {
			m = lag - 1
			break
		}
	}
	window := min(max(2*m, 1), most)
	var G, g float64
	for k := -window; k <= window; k++ {
		t := math.Abs(float64(k)) / float64(window)
		weight := 1.0
		if t > 0.5 {
			weight = 2 * (1 - t)
		}
		G += weight * math.Abs(float64(k)) * r[abs(k)]
		g += weight * r[abs(k)]
	}
	b := Blocks{1, 1}
	if g > 0 {
		b = blocksOf(G/g, n)
	}
	top := math.Ceil(min(3*math.Sqrt(float64(n)), float64(n)/3))
	b.Stationary, b.Circular = min(max(b.Stationary, 1), top), min(max(b.Circular, 1), top)
	return b
}

func abs(k int) int { return max(k, -k) }

// StationaryBootstrap draws indices 0..n-1 in blocks of geometric length with the given
// mean, wrapping round the end.
//
// Source: Politis & Romano (1994).
func StationaryBootstrap(n int, mean float64, random *rand.Rand) []int {
	out := make([]int, n)
	at := 0
	for i := range out {
		if i == 0 || random.Float64() < 1/mean {
			at = random.IntN(n)
		} else {
			at = (at + 1) % n
		}
		out[i] = at
	}
	return out
}
