package simulate

import (
	"fmt"
	"math/rand/v2"
	"sort"
)

// arrival is a job with what the pools make of it.
type arrival struct {
	at      float64
	tenant  string
	journey int // -1: the neighbour's
	loud    bool
	ended   float64
	refused bool
}

// arrivals draws the arrivals of a replicate, in the order of time, the same for all
// setups. Rates change with the time, so candidates at the highest rate are thinned.
func (w World) arrivals(random *rand.Rand) []arrival {
	highest := 1.0
	for _, s := range w.Swings {
		highest = max(highest, s.Factor)
	}
	for _, s := range w.Ladder {
		highest = max(highest, s.Level)
	}
	var all []arrival
	for t := range w.Abiding {
		for j, journey := range w.Journeys {
			top := highest * max(journey.Rate, journey.Loud)
			if !(top > 0) {
				continue
			}
			for at := random.ExpFloat64() / top; at < w.Length; at += random.ExpFloat64() / top {
				loud := w.loud(at)
				rate := journey.Rate
				if loud {
					rate = or(journey.Loud, journey.Rate)
				}
				if random.Float64()*top < rate*w.load(at) {
					all = append(all, arrival{at: at, tenant: fmt.Sprintf("t%d", t+1), journey: j, loud: loud})
				}
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].at < all[j].at })
	return all
}

// noise draws the neighbour's arrivals: one a second at all times, so that it exists, and
// what a setup adds.
func (w World) noise(random *rand.Rand, rate float64) []arrival {
	var all []arrival
	for t := range w.Disruptive {
		for at := random.ExpFloat64(); at < w.Length; {
			all = append(all, arrival{at: at, tenant: fmt.Sprintf("n%d", t+1), journey: -1, loud: w.loud(at)})
			pace := 1.0
			if w.loud(at) {
				pace = max(1, rate/float64(w.Disruptive))
			}
			at += random.ExpFloat64() / pace
		}
	}
	return all
}
