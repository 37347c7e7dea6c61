package results

// Step is one step of a ladder: a scenario and its scale.
type Step struct {
	Scenario   string  `json:"scenario"`         // entry of the experiment that runs the ladder
	Level      float64 `json:"level"`            // scale of the step
	Disruptive float64 `json:"beside,omitempty"` // scale of the disruptive load at the same time, where that has a ladder too
}

// Isolation is the limit that the journeys of abiding tenants must keep at each
// disruptive load to count as carried.
type Isolation struct {
	Percentile float64 `json:"percentile"` // 0.95
	Limit      float64 `json:"limit_s"`    // for it, from intended start
	Errors     float64 `json:"errors"`     // share of arrivals that may fail
	Delivered  float64 `json:"delivered"`  // share of planned arrivals that has to be started
}

// Capacity is the limits that a step of a ladder must keep to count as carried, and
// the forecast that the result is compared with.
type Capacity struct {
	P95        float64        `json:"p95_s"`     // from intended start, over the journeys of abiding tenants
	Errors     float64        `json:"errors"`    // share of arrivals that may fail
	Delivered  float64        `json:"delivered"` // share of planned arrivals that has to be started
	Peak       map[Op]float64 `json:"peak_per_hour,omitempty"`
	PeakSpread float64        `json:"peak_spread,omitempty"` // standard deviation of the forecast over the forecast
	PerUser    float64        `json:"journeys_per_user_hour,omitempty"`
}
