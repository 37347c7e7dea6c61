package resilience

import (
	"math"

	"example.org/odooharness/analyzer/stats/quantile"

	"gonum.org/v1/gonum/stat/distuv"
)

// Share is the share of good events with its interval.
type Share struct {
	Value, Lo, Hi float64
	N             int
	Effective     float64 // independent events that they are worth
	Level         float64
}

// ShareOf is the share of good events over strata, one for each window of each
// trial, each in the order of time. A fault lowers the share of its own window by
// design, not by chance: so only the variation within strata counts,
//
//	Var = sum over strata of n p (1-p) V / N^2,
//
// V the variance inflation of the stratum by batch means ([quantile.Inflation]),
// and the interval is Wilson's with the effective number p(1-p)/Var, at most N.
// NaN and [0, 1] without events.
//
// Sources: Wilson, JASA 22 (1927) 209-212; Cochran, Sampling Techniques, 3rd ed.,
// 5.3 for strata.
func ShareOf(strata [][]bool, level float64) Share {
	n, good := 0, 0
	var spread float64
	for _, s := range strata {
		x := make([]float64, len(s))
		hits := 0
		for i, ok := range s {
			if !ok {
				x[i] = 1
				continue
			}
			hits++
		}
		n += len(s)
		good += hits
		if p := float64(hits) / float64(max(len(s), 1)); p > 0 && p < 1 {
			spread += float64(len(s)) * p * (1 - p) * quantile.Inflation(x, 0, p).Inflation
		}
	}
	if n == 0 {
		return Share{Value: math.NaN(), Lo: 0, Hi: 1, Level: level}
	}
	s := Share{Value: float64(good) / float64(n), N: n, Level: level, Effective: float64(n)}
	if spread > 0 {
		s.Effective = min(float64(n), s.Value*(1-s.Value)*float64(n)*float64(n)/spread)
	}
	s.Lo, s.Hi = Wilson(s.Value, s.Effective, level)
	return s
}

// Wilson is the score interval of a share p of n events; n need not be whole.
//
// Source: Wilson (1927).
func Wilson(p, n, level float64) (lo, hi float64) {
	if !(n > 0) {
		return 0, 1
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	lo, hi = max(0, centre-half), min(1, centre+half)
	// Exact at the ends, where rounding would leave a sliver.
	if p >= 1 {
		hi = 1
	}
	if p <= 0 {
		lo = 0
	}
	return lo, hi
}
