package experiment

import (
	"slices"
	"time"

	"example.org/odooharness/results"
)

// capacityFile asks how much is carried: on the steps of a ladder, or by a search.
type capacityFile struct {
	P95             Duration           `yaml:"p95"`
	Errors          *float64           `yaml:"errors"`
	Delivered       float64            `yaml:"delivered"`
	Peak            map[string]float64 `yaml:"peak"`
	PeakSpread      float64            `yaml:"peakSpread"`
	JourneysPerUser float64            `yaml:"journeysPerUser"`

	Search   string    `yaml:"search"`
	Scenario string    `yaml:"scenario"`
	Between  []float64 `yaml:"between"`
	Within   float64   `yaml:"within"`
	Settle   Duration  `yaml:"settle"`
}

// ask has an experiment ask one of the questions that take steps of load: what the
// steps of a ladder cost, how much is carried, how much load is left beside others.
func (e *Experiment) ask(doc *document, f file) error {
	if f.Isolation != nil {
		return e.grid(doc, f)
	}
	if f.Capacity != nil {
		e.Capacity = f.Capacity.resolve()
		if f.Capacity.Search == bisection {
			return e.seek(doc, f)
		}
	}
	switch {
	case f.Ladder != nil:
		return e.climb(doc, f)
	case f.Capacity != nil:
		return doc.problem("capacity", "there is no ladder to judge", "add ladder: with a scenario and scales, or search: bisection")
	}
	return nil
}

// named finds an entry of scenarios, -1 where there is none.
func (e *Experiment) named(name string) int {
	return slices.IndexFunc(e.Scenarios, func(s Scenario) bool { return s.Name == name })
}

// tolerated is what a step may fail and must deliver, unless the file says otherwise.
func tolerated(errors *float64, delivered float64) (share, least float64) {
	share = 0.01
	if errors != nil {
		share = *errors
	}
	return share, orElse(delivered, 0.99)
}

func (f *capacityFile) resolve() *results.Capacity {
	errors, delivered := tolerated(f.Errors, f.Delivered)
	return &results.Capacity{
		P95: time.Duration(f.P95).Seconds(), Errors: errors, Delivered: delivered,
		Peak: f.Peak, PeakSpread: f.PeakSpread, PerUser: f.JourneysPerUser,
	}
}
