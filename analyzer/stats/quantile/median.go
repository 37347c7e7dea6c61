package quantile

import "slices"

// Median returns the type 1 median of a sample. It is NaN for an empty sample.
func Median(x []float64) float64 {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	return Type1(sorted, 0.5)
}

// Medians returns the median of every bin that is not empty.
func Medians(bins [][]float64) []float64 {
	var out []float64
	for _, x := range bins {
		if len(x) > 0 {
			out = append(out, Median(x))
		}
	}
	return out
}
