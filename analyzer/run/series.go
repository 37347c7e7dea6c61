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

// SeriesKey names a series of a component as a whole, without its tenants.
type SeriesKey struct{ Series, Component string }

// Series reads the telemetry of a trial whose name is wanted, of components as a
// whole, in time.
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

// Numbers yields the telemetry of a trial but for readings that are no numbers, which
// VAL-010 counts. A trial that is not on disk has none; what cannot be read ends it.
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

func IsNumber(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Total integrates a series of rates over the components: rate times the time since
// the reading before. False when no component has it.
func (t *Trial) Total(name string) (sum float64, ok bool) {
	for _, readings := range t.Series(name) {
		ok = true
		for i, r := range readings {
			if i > 0 {
				sum += r.Value * (r.At - readings[i-1].At).Seconds()
			}
		}
	}
	return sum, ok
}
