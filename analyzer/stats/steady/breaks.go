package steady

import (
	"math"
	"math/rand/v2"
	"slices"
)

// nullRounds is how many series without a break the level of [Breaks] comes from.
const nullRounds = 500

// Breaks are the changes of [PELT] that chance does not explain: in at most 1-level of
// independent normal series of this length there is one. PELT alone finds one in 8 to 10 %
// of series of 6 to 30 values, since it estimates the noise from few differences.
//
// A break has Student's t of the segments on both sides of it, up to the next ones. It is
// kept when this is larger than the quantile at the level of the largest one that PELT finds
// in simulated series. The simulation has a fixed seed.
func Breaks(x []float64, minSegment int, level float64) []int {
	cuts := PELT(x, 0, minSegment)
	if len(cuts) == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(uint64(len(x)), uint64(minSegment)))
	largest := make([]float64, nullRounds)
	null := make([]float64, len(x))
	for i := range largest {
		for k := range null {
			null[k] = random.NormFloat64()
		}
		chance := PELT(null, 0, minSegment)
		for k := range chance {
			largest[i] = max(largest[i], separation(null, chance, k))
		}
	}
	slices.Sort(largest)
	least := largest[min(int(level*nullRounds), nullRounds-1)]
	var kept []int
	for k, cut := range cuts {
		if separation(x, cuts, k) > least {
			kept = append(kept, cut)
		}
	}
	return kept
}

// separation is Student's t, in size, of the two segments around a cut; +Inf when neither
// varies.
func separation(x []float64, cuts []int, k int) float64 {
	from, to := 0, len(x)
	if k > 0 {
		from = cuts[k-1]
	}
	if k+1 < len(cuts) {
		to = cuts[k+1]
	}
	a, b := x[from:cuts[k]], x[cuts[k]:to]
	meanA, squaresA := about(a)
	meanB, squaresB := about(b)
	n, m := float64(len(a)), float64(len(b))
	return math.Abs(meanA-meanB) / math.Sqrt((squaresA+squaresB)/(n+m-2)*(1/n+1/m))
}

// about is the mean of a segment and the squares about it.
func about(x []float64) (mean, squares float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, squares
}
