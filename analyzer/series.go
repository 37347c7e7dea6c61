package analyzer

import (
	"slices"

	"odooharness/results"
)

// reading is one value of a telemetry series.
type reading struct {
	at    results.Offset
	value float64
}

// seriesKey names a series of a component as a whole, without its tenants.
type seriesKey struct{ series, component string }

// series reads the telemetry of a trial whose name is wanted, of components as a
// whole, in time. A trial that is not on disk has none; what cannot be read ends it.
func (t *trialData) series(wanted ...string) map[seriesKey][]reading {
	all := map[seriesKey][]reading{}
	if t.Dir == "" {
		return all
	}
	for p, err := range t.Points() {
		if err != nil {
			break
		}
		if p.Tenant == "" && slices.Contains(wanted, p.Series) {
			key := seriesKey{p.Series, p.Component}
			all[key] = append(all[key], reading{p.At, p.Value})
		}
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
