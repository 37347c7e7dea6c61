package effect

import (
	"math"
	"slices"
)

// large is the number of latencies from which on selecting is faster than sorting.
const large = 4096

// arrange puts the order statistics around the p-percentile in their places: those from
// one standard deviation of ranks below n p to one above, and a few more. Smaller values
// are before them, larger ones behind, in no order. So a percentile of n latencies needs
// a number of steps in proportion to n.
func arrange(x []float64, p float64) {
	if len(x) < large {
		slices.Sort(x)
		return
	}
	n := float64(len(x))
	ranks := math.Sqrt(n * p * (1 - p))
	from := max(int(n*p-ranks)-3, 0)
	to := min(int(n*p+ranks)+4, len(x))
	split(x, from)
	split(x[from:], to-from)
	slices.Sort(x[from:to])
}

// split puts the k smallest values first. Hoare's selection with the median of three as
// pivot, in three parts, so that equal values end it sooner.
func split(x []float64, k int) {
	for len(x) > 16 && k > 0 && k < len(x) {
		a, b, c := x[0], x[len(x)/2], x[len(x)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		less, i, greater := 0, 0, len(x)
		for i < greater {
			switch v := x[i]; {
			case v < pivot:
				x[i], x[less] = x[less], v
				less++
				i++
			case v > pivot:
				greater--
				x[i], x[greater] = x[greater], v
			default:
				i++
			}
		}
		switch {
		case k < less:
			x = x[:less]
		case k > greater:
			x, k = x[greater:], k-greater
		default:
			return
		}
	}
	if k > 0 && k < len(x) {
		slices.Sort(x)
	}
}
