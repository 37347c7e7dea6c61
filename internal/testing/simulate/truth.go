package simulate

import (
	"math"
	"slices"
)

// Percentile is the true p-percentile of a journey's latency in a setup, calm or under
// the neighbour: that of so many independent trials without variation between runs or
// windows. It is exact up to their number; with planted factors alone use these.
func (w World) Percentile(setup, journey string, loud bool, p float64, trials int) float64 {
	w.Vary, w.Drift = Variation{}, 0
	w.Seed += 1 << 40
	var all []float64
	for replicate := range trials {
		for _, a := range w.trial(w.setup(setup), replicate) {
			if a.journey < 0 || w.Journeys[a.journey].Name != journey || a.loud != loud || a.at < w.Warmup || w.washed(a.at) {
				continue
			}
			latency := a.ended - a.at
			if a.refused {
				latency = math.Inf(1)
			}
			all = append(all, latency)
		}
	}
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return all[min(int(p*float64(len(all))), len(all)-1)]
}

// washed reports whether a time lies within the wash-out after an edge of a block.
func (w World) washed(at float64) bool {
	for _, s := range w.Neighbour {
		if (at >= s.From && at < s.From+w.Washout) || (at >= s.To && at < s.To+w.Washout) {
			return true
		}
	}
	return false
}
