package analyzer

// CapacityRow is how much one setup carries, from the ladder that its trials climbed.
type CapacityRow struct {
	Setup     string             `json:"setup"`
	P95       float64            `json:"p95_s"` // the objective
	Steps     []CapacityStep     `json:"steps"`
	Carried   Quantity           `json:"carried"`  // 1/s, the highest step up to which all kept the objective
	Stopped   string             `json:"stopped"`  // what the next step broke; empty: it was the last
	Crossing  Quantity           `json:"crossing"` // 1/s, where the smoothed P95 crosses the objective
	Doubling  Quantity           `json:"doubling"` // 1/s, where the median is twice that of the lowest step
	Documents []CapacityDocument `json:"documents"`
	Carries   Quantity           `json:"carries"` // probability that the forecast peak is carried
	Users     Quantity           `json:"users"`   // at work at once, a worker, at what is carried
	Scaling   *ScalingLaw        `json:"scaling,omitempty"`
	Saturated []Saturation       `json:"saturated"` // in the order in which they reached their limits
	Predicted []Prediction       `json:"predicted"`
}

// CapacityStep is one step over the trials.
type CapacityStep struct {
	Level      float64  `json:"level"` // scale
	Rate       float64  `json:"rate"`  // arrivals planned a second
	Throughput float64  `json:"throughput"`
	P50        Quantity `json:"p50"`
	P95        Quantity `json:"p95"`
	Errors     float64  `json:"errors"`
	Delivered  float64  `json:"delivered"`
	Growing    bool     `json:"growing"`
	Kept       bool     `json:"kept"`
	Why        string   `json:"why"` // not kept
}

// CapacityDocument is the answer in one kind of document.
type CapacityDocument struct {
	Document string   `json:"document"` // order, ship, invoice
	PerHour  Quantity `json:"per_hour"` // at what is carried
	Peak     float64  `json:"peak,omitempty"`
	Headroom Quantity `json:"headroom"` // 0.3: 30 % more than the peak
}

// ScalingLaw is the fit of the Universal Scalability Law to throughput over the mean
// number of journeys in the system.
type ScalingLaw struct {
	Contention Quantity `json:"contention"`
	Coherency  Quantity `json:"coherency"`
	Peak       Quantity `json:"peak"` // 1/s, refused where the data do not carry it
}

// Saturation is a resource that reached its limit.
type Saturation struct {
	Series    string  `json:"series"`
	Component string  `json:"component"`
	Rate      float64 `json:"rate"`  // arrivals a second of the step in which it first did
	Value     float64 `json:"value"` // mean over that step
	Limit     float64 `json:"limit"`
	Words     string  `json:"words"`
}

// Prediction is what the queueing model, calibrated at the lowest step, says of a
// load, beside what was measured there.
type Prediction struct {
	What     string   `json:"what"`            // step, peak, one tenant more, each tenant on its own workers
	Level    float64  `json:"level,omitempty"` // of a step that was held out
	Rate     float64  `json:"rate"`            // requests a second
	Workers  int      `json:"workers"`
	P95      Quantity `json:"p95"`      // s, of a request
	Measured Quantity `json:"measured"` // s, Missing where nothing was
}
