package telemetry

import "context"

// Probe reads one part of a setup. Read is never called twice at once.
type Probe interface {
	// Name is the kind and place of the probe, e.g. "postgres shared/postgres".
	Name() string
	// Read reads once. It returns what it could read, together with an error about the
	// rest. It gives up when ctx ends.
	Read(ctx context.Context) ([]Reading, error)
	// Close releases connections and files.
	Close() error
}

// Reading is one value of one series of the [Catalogue].
type Reading struct {
	Series    string
	Label     string // identifies what the catalogue cannot name: a queue, a query
	Component string
	Tenant    string // empty when it is the component's
	Value     float64
	Unit      string // only for series whose unit the user chose
	Better    string // likewise
}

// series is the full name: base[label].
func (r Reading) series() string {
	if r.Label == "" {
		return r.Series
	}
	return r.Series + "[" + r.Label + "]"
}
