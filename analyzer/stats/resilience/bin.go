package resilience

import "math"

// Arrival is one arrival of the load and whether it was served within the band.
type Arrival struct {
	At     float64 // s, intended start
	Served bool
}

// Bin counts the arrivals of a short stretch of time.
type Bin struct {
	From, Width     float64 // s
	Offered, Served int
	LastMiss        float64 // s, of the last arrival that was not served; 0 when all were
	LeadMiss        float64 // s, of the last of the misses with which the bin begins; 0 when it begins with one served
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
	served := make([]float64, len(bins)) // of the first one
	for i := range served {
		served[i] = math.Inf(1)
	}
	for _, a := range arrivals {
		if !(a.At >= from && a.At < to) {
			continue
		}
		i := min(int((a.At-from)/width), len(bins)-1)
		bin := &bins[i]
		bin.Offered++
		if a.Served {
			bin.Served++
			served[i] = min(served[i], a.At)
		} else {
			bin.LastMiss = max(bin.LastMiss, a.At)
		}
	}
	for _, a := range arrivals {
		if !a.Served && a.At >= from && a.At < to {
			if i := min(int((a.At-from)/width), len(bins)-1); a.At < served[i] {
				bins[i].LeadMiss = max(bins[i].LeadMiss, a.At)
			}
		}
	}
	return bins
}

// Merge joins adjacent bins until each has at least so many arrivals. What is left at the
// end joins the last one. Nil when all of them together have fewer.
func Merge(bins []Bin, least int) []Bin {
	var merged []Bin
	open := false // the last one has too few
	for _, b := range bins {
		if open {
			merged[len(merged)-1] = merged[len(merged)-1].join(b)
		} else {
			merged = append(merged, b)
		}
		open = merged[len(merged)-1].Offered < least
	}
	if !open {
		return merged
	}
	if len(merged) < 2 {
		return nil
	}
	rest := merged[len(merged)-1]
	merged = merged[:len(merged)-1]
	merged[len(merged)-1] = merged[len(merged)-1].join(rest)
	return merged
}

// join is the bin with the one that follows it.
func (b Bin) join(next Bin) Bin {
	if b.Served == 0 && next.LeadMiss > 0 {
		b.LeadMiss = next.LeadMiss
	}
	b.Width, b.LastMiss = next.From+next.Width-b.From, max(b.LastMiss, next.LastMiss)
	b.Offered, b.Served = b.Offered+next.Offered, b.Served+next.Served
	return b
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
