package power

import (
	"math"
	"sort"

	"example.org/odooharness/analyzer/stats/moderated"
)

// mostArrivals is the largest factor on the arrivals that Needed looks at.
const mostArrivals = 1000

// Needed is what would decide an undecided estimate with the power, if the effect is the one
// seen and trials vary as they did: the least number of replicates up to most, or the
// smallest factor on the arrivals of the replicates at hand. Either is 0 when it cannot: more
// arrivals do not make trials vary less.
func Needed(e moderated.Estimate, limit, level, power float64, most int) (replicates int, arrivals float64) {
	if !e.Known() || math.IsInf(e.Log, 0) || e.N < 1 {
		return 0, 0
	}
	pooled := e.SE * e.SE * float64(e.N)
	between := max(pooled-e.Within, 0)
	design := func(within float64) Design {
		return Design{Within: within, Prior: moderated.Prior{Tau: math.Sqrt(between), DF: e.Prior.DF}}
	}
	within := min(e.Within, pooled)
	for n := e.N + 1; n <= most && replicates == 0; n++ {
		if design(within).Power(e.Ratio(), limit, level, n) >= power {
			replicates = n
		}
	}
	// Factors in steps of 5 %.
	const step = 1.05
	steps := int(math.Log(mostArrivals) / math.Log(step))
	i := sort.Search(steps, func(i int) bool {
		return design(within/math.Pow(step, float64(i+1))).Power(e.Ratio(), limit, level, e.N) >= power
	})
	if i < steps {
		arrivals = math.Pow(step, float64(i+1))
	}
	return replicates, arrivals
}
