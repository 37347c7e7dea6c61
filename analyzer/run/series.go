package run

import (
	"iter"
	"math"
	"slices"

	"example.org/odooharness/results"
)

// Reading is one value of a telemetry series.
type Reading struct {
	At    results.Offset
	Value float64
}

// SeriesKey names a series of a component as a whole.
type SeriesKey struct{ Series, Component string }

// Series reads the named series of a trial in time. Readings of single tenants are left
// out.
func (t *Trial) Series(wanted ...string) map[SeriesKey][]Reading {
	all := map[SeriesKey][]Reading{}
	for p := range t.Numbers() {
		if p.Tenant == "" && slices.Contains(wanted, p.Series) {
			key := SeriesKey{p.Series, p.Component}
			all[key] = append(all[key], Reading{p.At, p.Value})
		}
	}
	return all
}

// Numbers yields the telemetry of a trial. It leaves out NaN and infinite readings, which
// VAL-010 counts, and ends at the first error. A trial that is not on disk has none.
func (t *Trial) Numbers() iter.Seq[results.Point] {
	return func(yield func(results.Point) bool) {
		if t.Dir == "" {
			return
		}
		for p, err := range t.Points() {
			if err != nil || IsNumber(p.Value) && !yield(p) {
				return
			}
		}
	}
}

// IsNumber reports whether a reading is finite.
func IsNumber(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Total integrates a series of rates over time and sums the components. It returns false
// when no component has the series.
func (t *Trial) Total(name string) (sum float64, ok bool) {
	for _, readings := range t.Series(name) {
		ok = true
		for i, reading := range readings {
			if i > 0 {
				sum += reading.Value * (reading.At - readings[i-1].At).Seconds()
			}
		}
	}
	return sum, ok
}
