package carried

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/results"
)

// Rows are the capacity of each setup, and its throughput while calm.
type Rows struct {
	Capacity   []Row
	Throughput []ThroughputRow
}

// Row is the capacity of one setup, from the ladder of its trials.
type Row struct {
	Setup     string           `json:"setup"`
	P95       float64          `json:"p95_s"` // the objective
	Steps     []Step           `json:"steps"`
	Carried   finding.Quantity `json:"carried"`  // 1/s, the highest kept step without a broken one below it
	Stopped   string           `json:"stopped"`  // what the next step broke; empty: there is none, or it is not known
	Next      string           `json:"next"`     // why the next step is not known
	Crossing  finding.Quantity `json:"crossing"` // 1/s, estimated capacity between steps
	Doubling  finding.Quantity `json:"doubling"` // 1/s, where the median is twice that of the lowest step
	Documents []Document       `json:"documents"`
	Peak      finding.Quantity `json:"peak"`    // 1/s, arrivals of the forecast peak
	Carries   finding.Quantity `json:"carries"` // probability that the forecast peak is carried
	Users     finding.Quantity `json:"users"`   // active users a worker, at the carried load
	Scaling   *ScalingLaw      `json:"scaling,omitempty"`
	Saturated []Saturation     `json:"saturated"` // in the order of reaching their limits
	Predicted []Prediction     `json:"predicted"`
}

// Step is one step over the trials.
type Step struct {
	Level      float64          `json:"level"` // scale
	Rate       float64          `json:"rate"`  // arrivals a second that the level offers
	Throughput float64          `json:"throughput"`
	P50        finding.Quantity `json:"p50"`
	P95        finding.Quantity `json:"p95"`
	Errors     float64          `json:"errors"`
	Delivered  float64          `json:"delivered"`
	Growing    bool             `json:"growing"`
	State      capacity.State   `json:"state"` // kept, broken, not known
	Why        string           `json:"why"`   // it is not kept
}

// Kept reports whether the step certainly keeps the objective.
func (s Step) Kept() bool { return s.State == capacity.Kept }

// Broken reports whether the step certainly breaks the objective.
func (s Step) Broken() bool { return s.State == capacity.Broken }

// Document is the capacity in one kind of document.
type Document struct {
	Document results.Op       `json:"document"` // order, ship, invoice
	PerHour  finding.Quantity `json:"per_hour"` // at the carried load
	Peak     float64          `json:"peak,omitempty"`
	Headroom finding.Quantity `json:"headroom"` // 0.3: 30 % more than the peak
}

// ScalingLaw is the fit of the Universal Scalability Law to throughput over the mean
// number of journeys in the system.
type ScalingLaw struct {
	Contention finding.Quantity `json:"contention"`
	Coherency  finding.Quantity `json:"coherency"`
	Peak       finding.Quantity `json:"peak"` // 1/s, missing where the data do not show one
}

// Saturation is a resource that reached its limit.
type Saturation struct {
	Series    string  `json:"series"`
	Component string  `json:"component"`
	Rate      float64 `json:"rate"`  // arrivals a second of the first step at the limit
	Value     float64 `json:"value"` // mean over that step
	Limit     float64 `json:"limit"`
	Words     string  `json:"words"`
}

// Prediction is the latency that the queueing model, calibrated at the lowest step,
// predicts for a load, and the one that was measured there.
type Prediction struct {
	What     string           `json:"what"`            // step, peak, one tenant more, each tenant on its own workers
	Level    float64          `json:"level,omitempty"` // of a step that was held out
	Rate     float64          `json:"rate"`            // requests a second
	Workers  int              `json:"workers"`
	P95      finding.Quantity `json:"p95"`      // s, of a request
	Measured finding.Quantity `json:"measured"` // s, missing for a load that was not measured
}

// ThroughputRow is the documents an hour of one kind in calm windows.
type ThroughputRow struct {
	Setup    string           `json:"setup"`
	Tenant   string           `json:"tenant"`
	Document results.Op       `json:"document"` // order, ship, invoice, ...
	PerHour  finding.Quantity `json:"per_hour"`
	Cost     finding.Quantity `json:"cost"` // currency per 1,000 documents, missing without a price
}
