package results

// Step is one step of a ladder: the load that climbs in it, and how far.
type Step struct {
	Scenario string  `json:"scenario"`         // entry of the experiment that climbs
	Level    float64 `json:"level"`            // scale of the step
	Beside   float64 `json:"beside,omitempty"` // scale of what disruptive tenants offer beside it, where that climbs too
}

// Isolation is what the journeys of abiding tenants have to keep beside each load of
// disruptive ones to count as carried.
type Isolation struct {
	Percentile float64 `json:"percentile"` // 0.95
	Limit      float64 `json:"limit_s"`    // for it, from intended start
	Errors     float64 `json:"errors"`     // share of arrivals that may fail
	Delivered  float64 `json:"delivered"`  // share of planned arrivals that has to be started
}

// Capacity is what a step of a ladder has to keep to count as carried, and what the
// answer is to be set against.
type Capacity struct {
	P95        float64            `json:"p95_s"`     // from intended start, over the journeys of abiding tenants
	Errors     float64            `json:"errors"`    // share of arrivals that may fail
	Delivered  float64            `json:"delivered"` // share of planned arrivals that has to be started
	Peak       map[string]float64 `json:"peak_per_hour,omitempty"`
	PeakSpread float64            `json:"peak_spread,omitempty"` // standard deviation of the forecast over the forecast
	PerUser    float64            `json:"journeys_per_user_hour,omitempty"`
}
