package resilience

import "math"

// Mark is a time between two events, in seconds. Its resolution is the width of
// a bin.
type Mark struct {
	Seconds  float64
	Censored bool // not seen before the data ended: the true value is larger than Seconds
	Never    bool // the band was never left: there is nothing to detect
	Relapses int  // bins outside after the mark, not two in a row
}

// Judge marks which bins have more misses than usual: a [Band], or one that moves with the
// load.
type Judge interface{ Outside(Bin) bool }

// Detect is the time from the first bin's beginning, the fault in effect, to the
// end of the first bin outside the band: that is when an observer of the same bins
// could have known. Never when no bin is outside.
func Detect(bins []Bin, band Judge) Mark {
	for _, bin := range bins {
		if band.Outside(bin) {
			return Mark{Seconds: bin.From + bin.Width - bins[0].From}
		}
	}
	return Mark{Never: true}
}

// Holds is the number of bins in a row inside the band that make a recovery.
const Holds = 3

// Recover is the time from the first bin's beginning, the fault removed, to the
// beginning of the first bin from which the service stays inside the band: at least
// three bins with arrivals follow, and no two bins in a row are outside afterwards.
// When there is no such bin it is censored at the end of the bins. No bins at all
// are censored at 0. Within a bin wider than a second, the service was back at the latest
// in the second after the last of the arrivals in a row that were not served.
//
// Bins without arrivals are skipped. [Merge] makes bins that can show an outage at all.
func Recover(bins []Bin, band Judge) Mark {
	if len(bins) == 0 {
		return Mark{Censored: true}
	}
	last := bins[len(bins)-1]
	end := last.From + last.Width - bins[0].From
	// From the end: the longest tail without two bins outside in a row that begins
	// with three bins inside.
	best, found := 0, false
	outside, inside := 0, 0 // in a row, in the direction of the future
	for i := len(bins) - 1; i >= 0; i-- {
		if bins[i].Offered == 0 {
			continue
		}
		if band.Outside(bins[i]) {
			outside, inside = outside+1, 0
			if outside == 2 {
				break
			}
			continue
		}
		outside, inside = 0, inside+1
		if inside >= Holds {
			best, found = i, true
		}
	}
	if !found {
		return Mark{Seconds: end, Censored: true}
	}
	mark := Mark{Seconds: bins[best].From - bins[0].From}
	if best > 0 && bins[best-1].LastMiss > 0 {
		mark.Seconds = min(mark.Seconds, math.Ceil(bins[best-1].LastMiss-bins[0].From))
	}
	if best > 0 && bins[best].Width > 1 && bins[best].LeadMiss > 0 {
		mark.Seconds = math.Ceil(bins[best].LeadMiss - bins[0].From)
	}
	for _, bin := range bins[best:] {
		if band.Outside(bin) {
			mark.Relapses++
		}
	}
	return mark
}
