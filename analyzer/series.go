package analyzer

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"

	"example.org/odooharness/results"
)

// reading is one value of a telemetry series.
type reading struct {
	at    results.Offset
	value float64
}

// seriesKey names a series of a component as a whole, without its tenants.
type seriesKey struct{ series, component string }

// series reads the telemetry of a trial whose name is wanted, of components as a
// whole, in time.
func (t *trialData) series(wanted ...string) map[seriesKey][]reading {
	all := map[seriesKey][]reading{}
	for p := range t.numbers() {
		if p.Tenant == "" && slices.Contains(wanted, p.Series) {
			key := seriesKey{p.Series, p.Component}
			all[key] = append(all[key], reading{p.At, p.Value})
		}
	}
	return all
}

// numbers yields the telemetry of a trial but for readings that are no numbers, which
// VAL-010 counts. A trial that is not on disk has none; what cannot be read ends it.
func (t *trialData) numbers() iter.Seq[results.Point] {
	return func(yield func(results.Point) bool) {
		if t.Dir == "" {
			return
		}
		for p, err := range t.Points() {
			if err != nil || isNumber(p.Value) && !yield(p) {
				return
			}
		}
	}
}

func isNumber(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// noNumbers says of each series how many of its readings are none.
func (t *trialData) noNumbers() []string {
	if t.Dir == "" {
		return nil
	}
	count := map[string]int{}
	for p, err := range t.Points() {
		if err != nil {
			break
		}
		if !isNumber(p.Value) {
			count[p.Series+" of "+p.Component]++
		}
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		all = append(all, fmt.Sprintf("%d readings of %s are no numbers and are left out.", count[name], name))
	}
	return all
}

// total integrates a series of rates over the components: rate times the time since
// the reading before. False when no component has it.
func (t *trialData) total(name string) (sum float64, ok bool) {
	for _, readings := range t.series(name) {
		ok = true
		for i, r := range readings {
			if i > 0 {
				sum += r.value * (r.at - readings[i-1].at).Seconds()
			}
		}
	}
	return sum, ok
}
