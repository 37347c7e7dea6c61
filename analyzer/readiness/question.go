package readiness

import (
	"time"

	"example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/results"
)

// Question is a dated peak, and where the evidence for it is.
type Question struct {
	Name       string
	CutOff     time.Time     // everything is to be shipped by then
	Window     time.Duration // the peak before the cut-off
	Setup      string        // of the runs; empty: their only one
	Threshold  float64       // least probability for a go
	MaxAge     time.Duration // of evidence; 0: any
	Forecast   Forecast
	Transfer   readiness.Estimate // capacity on the day over that of the test
	Capacity   string             // the run with all parts
	Faults     []Fault
	Drills     []string // runs with drills and changes
	Risks      []Risk
	Different  []Difference
	NotTested  []string
	Cost       Cost
	Seed       uint64
	Draws      int  // 0: as many as analyzer/stats/readiness draws
	RisksGiven bool // a risk register was named
}

// Forecast is the documents an hour that are expected in the window.
type Forecast struct {
	Source    string                            `json:"source"`
	Documents map[results.Op]readiness.Estimate `json:"documents"` // an hour, mean over the window
	Intervals map[results.Op]Expected           `json:"intervals"`
	Level     float64                           `json:"level"`  // confidence of the intervals
	Growth    float64                           `json:"growth"` // share a year; 0: none is known
	Shape     []float64                         `json:"shape,omitempty"`
}

// Expected is the forecast of one kind of document as it was given.
type Expected struct {
	Expect float64 `json:"expect"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Fault is a fault that can occur in the window.
type Fault struct {
	Name     string
	Every    time.Duration       // mean time between occurrences
	Lasts    *readiness.Estimate // s; nil: as long as in its run
	Capacity string              // run of a ladder with the fault held
	Recovery string              // run in which the fault was injected and reverted, or a recovery drill
}

// Risk is one entry of the register.
type Risk struct {
	Title    string     `json:"title"`
	Owner    string     `json:"owner"`
	Due      time.Time  `json:"due"`
	State    string     `json:"state"`              // open, closed, accepted
	Accepted string     `json:"accepted,omitempty"` // name, with State accepted
	Expires  *time.Time `json:"expires,omitempty"`  // of the acceptance
	Note     string     `json:"note,omitempty"`
}

// The states of a risk.
const (
	RiskOpen     = "open"
	RiskClosed   = "closed"
	RiskAccepted = "accepted"
)

// blocks reports whether a risk stands against a go: it is open, or its acceptance ends before
// the peak.
func (r Risk) blocks(peak time.Time) bool {
	return r.State == RiskOpen || r.State == RiskAccepted && (r.Expires == nil || r.Expires.Before(peak))
}

// Difference is one way in which the test was not like production.
type Difference struct {
	What       string `json:"what" yaml:"what"` // hardware, data volume, versions, modules
	Test       string `json:"test" yaml:"test"`
	Production string `json:"production" yaml:"production"`
}

// Cost is what the two wrong answers cost, and what the tests and remedies cost.
type Cost struct {
	Currency string  `json:"currency,omitempty"`
	Missed   float64 `json:"missed,omitempty"`   // a go, and the peak is not shipped
	Needless float64 `json:"needless,omitempty"` // a no-go, and the peak would have been shipped
	PerHour  float64 `json:"per_hour,omitempty"` // of the setup, from its file
}
