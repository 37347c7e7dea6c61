package quantile

import (
	"fmt"
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histogram counts latencies in buckets whose relative width is at most 0.1 %,
// for percentile spectra and for merging what several processes measured: merged
// histograms of equal configuration are exactly the histogram of all values.
// Figures that a verdict hangs on come from the values themselves.
//
// Source: HdrHistogram, three significant digits; a value is reported as the top
// of its bucket.
type Histogram struct {
	h        *hdrhistogram.Histogram
	Censored int // +Inf: never served
	Rejected int // above the range or not a number
}

// histogramTop is the largest latency that a histogram holds: one hour in µs.
const histogramTop = 3_600_000_000

// NewHistogram makes an empty histogram of 1 µs to one hour.
func NewHistogram() *Histogram { return &Histogram{h: hdrhistogram.New(1, histogramTop, 3)} }

// Record adds a latency in seconds.
func (h *Histogram) Record(seconds float64) {
	switch {
	case math.IsInf(seconds, 1):
		h.Censored++
	case !(seconds >= 0) || seconds*1e6 > histogramTop:
		h.Rejected++
	case h.h.RecordValue(int64(math.Round(seconds*1e6))) != nil:
		h.Rejected++
	}
}

// Merge adds the counts of another histogram, exactly.
func (h *Histogram) Merge(other *Histogram) error {
	if dropped := h.h.Merge(other.h); dropped > 0 {
		return fmt.Errorf("merge histograms: %d values lie outside the range", dropped)
	}
	h.Censored += other.Censored
	h.Rejected += other.Rejected
	return nil
}

// N is the number of values, censored ones included.
func (h *Histogram) N() int { return int(h.h.TotalCount()) + h.Censored }

// Quantile is the p-quantile in seconds, 0 <= p <= 1; +Inf among censored values,
// NaN when empty.
func (h *Histogram) Quantile(p float64) float64 {
	n := h.N()
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	served := int(h.h.TotalCount())
	r := rank(n, p)
	if r > served {
		return math.Inf(1)
	}
	return float64(h.h.ValueAtPercentile(100*float64(r)/float64(served))) / 1e6
}

// SpectrumPoint is one point of a percentile spectrum.
type SpectrumPoint struct {
	Percentile float64 // 0..100
	Seconds    float64
}

// Spectrum is the percentile curve of a sorted sample, in the steps of the
// HdrHistogram plot: the distance to 100 % halves every ticks points, down to one
// sample. It ends before the first value that is censored.
func Spectrum(sorted []float64, ticks int) []SpectrumPoint {
	n := len(sorted)
	if n == 0 || ticks < 1 {
		return nil
	}
	var points []SpectrumPoint
	add := func(p float64) bool {
		v := Type1(sorted, p)
		if math.IsInf(v, 1) {
			return false
		}
		points = append(points, SpectrumPoint{Percentile: 100 * p, Seconds: v})
		return true
	}
	for i := 0; ; i++ {
		half, tick := i/ticks, i%ticks
		rest := math.Pow(0.5, float64(half)) * (1 - 0.5*float64(tick)/float64(ticks))
		if rest*float64(n) < 1 {
			break
		}
		if !add(1 - rest) {
			return points
		}
	}
	add(1)
	return points
}
