package isolation

import (
	"math"

	"example.org/odooharness/analyzer/stats/compare"
)

// Slowdown is how many times longer an abiding tenant waits: latency in the
// disruptive window over latency in the reference window, each a percentile with
// its interval. The interval of the ratio is [compare.Mover]'s.
//
// 1 is perfect isolation. +Inf when the tenant was no longer served (the
// disruptive percentile is +Inf): then Lo is what is known, the largest latency
// seen over the reference.
func Slowdown(ref, disr compare.Bounded) compare.Bounded {
	if math.IsInf(disr.Value, 1) && ref.Value > 0 && !math.IsInf(ref.Value, 1) {
		return compare.Bounded{Value: math.Inf(1), Lo: max(disr.Lo, 0) / ref.Value, Hi: math.Inf(1)}
	}
	return compare.Mover(ref, disr)
}

// BlastRadius is the share of abiding tenants whose slowdown certainly exceeds the
// limit: the lower bound of its interval does. NaN without tenants.
func BlastRadius(slowdowns []compare.Bounded, limit float64) float64 {
	if len(slowdowns) == 0 {
		return math.NaN()
	}
	hit := 0
	for _, s := range slowdowns {
		if s.Lo > limit {
			hit++
		}
	}
	return float64(hit) / float64(len(slowdowns))
}
