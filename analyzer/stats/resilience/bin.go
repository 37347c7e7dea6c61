package resilience

// Arrival is one arrival of the load and whether it was served within the band.
type Arrival struct {
	At     float64 // s, intended start
	Served bool
}

// Bin counts the arrivals of a short stretch of time.
type Bin struct {
	From, Width     float64 // s
	Offered, Served int
}

// Share is the share served of what was offered; 1 when nothing was offered, as
// nothing was lost.
func (b Bin) Share() float64 {
	if b.Offered == 0 {
		return 1
	}
	return float64(b.Served) / float64(b.Offered)
}

const mostBins = 1_000_000

// Cut puts the arrivals of [from, to) into bins of the given width, the first
// beginning at from and the last shorter if need be. Arrivals may come in any
// order. Nil when there is no time or no width, and when the bins would be more than
// a million, which no trial has.
func Cut(arrivals []Arrival, from, to, width float64) []Bin {
	if !(to > from) || !(width > 0) || (to-from)/width > mostBins {
		return nil
	}
	var bins []Bin
	for i := 0; from+float64(i)*width < to; i++ {
		start := from + float64(i)*width
		bins = append(bins, Bin{From: start, Width: min(width, to-start)})
	}
	for _, a := range arrivals {
		if !(a.At >= from && a.At < to) {
			continue
		}
		bin := &bins[min(int((a.At-from)/width), len(bins)-1)]
		bin.Offered++
		if a.Served {
			bin.Served++
		}
	}
	return bins
}

// BinWidth chooses a width in whole seconds, 1 to 10, at which about five
// arrivals are expected a bin: with fewer, one slow arrival is indistinguishable
// from an outage.
func BinWidth(perSecond float64) float64 {
	for width := 1.0; width < 10; width++ {
		if perSecond*width >= 5 {
			return width
		}
	}
	return 10
}
