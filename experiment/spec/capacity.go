package spec

import (
	"cmp"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// capacityFile requests how much load is carried: on the steps of a ladder, or by a search.
type capacityFile struct {
	P95             file.Duration          `yaml:"p95"`
	Errors          *float64               `yaml:"errors"`
	Delivered       float64                `yaml:"delivered"`
	Peak            map[results.Op]float64 `yaml:"peak"`
	PeakSpread      float64                `yaml:"peakSpread"`
	JourneysPerUser float64                `yaml:"journeysPerUser"`

	Search   string         `yaml:"search"`
	Scenario string         `yaml:"scenario"`
	Between  []float64      `yaml:"between"`
	Within   float64        `yaml:"within"`
	Settle   *file.Duration `yaml:"settle"`
}

// question reads the section that requests several levels of load: blocks with and without
// the neighbour, an isolation grid, a capacity search, or a ladder.
func (e *Experiment) question(doc *file.Document, f experimentFile) error {
	if f.Neighbour != nil {
		return e.addBlocks(doc, f)
	}
	if f.Isolation != nil {
		return e.addGrid(doc, f)
	}
	if f.Capacity != nil {
		e.Capacity = f.Capacity.resolve()
		if f.Capacity.Search == bisection {
			return e.addSearch(doc, f)
		}
	}
	switch {
	case f.Ladder != nil:
		return e.addLadder(doc, f)
	case f.Capacity != nil:
		return doc.Problem("capacity", "there is no ladder to judge", "add ladder: with a scenario and scales, or search: bisection")
	}
	return nil
}

// limits returns the share of steps that may fail, 0.01 by default, and the share of
// arrivals that must be delivered, 0.99 by default.
func limits(errors *float64, delivered float64) (errorShare, minDelivered float64) {
	errorShare = 0.01
	if errors != nil {
		errorShare = *errors
	}
	return errorShare, cmp.Or(delivered, 0.99)
}

func (f *capacityFile) resolve() *results.Capacity {
	errorShare, minDelivered := limits(f.Errors, f.Delivered)
	return &results.Capacity{
		P95: time.Duration(f.P95).Seconds(), Errors: errorShare, Delivered: minDelivered,
		Peak: f.Peak, PeakSpread: f.PeakSpread, PerUser: f.JourneysPerUser,
	}
}
