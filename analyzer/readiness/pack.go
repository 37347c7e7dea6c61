package readiness

import (
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/results"
)

// SchemaVersion is the version of evidence.json.
const SchemaVersion = 1

// Pack is an answer with everything that it rests on. evidence.json holds it.
type Pack struct {
	Schema    int                `json:"schema"`
	Name      string             `json:"name"`
	Setup     string             `json:"setup"`
	CutOff    time.Time          `json:"cut_off"`
	Window    float64            `json:"window_s"`
	Made      time.Time          `json:"made"`
	Decision  readiness.Decision `json:"decision"`
	Reasons   []string           `json:"reasons"` // sentences, the deciding one first
	Next      []string           `json:"next"`    // what to do, the most useful first
	Plan      *readiness.Plan    `json:"plan,omitempty"`
	Answer    *readiness.Answer  `json:"answer,omitempty"` // nil: nothing can be computed
	Forecast  Forecast           `json:"forecast"`
	Documents []Document         `json:"documents"`
	Resources []Resource         `json:"resources"` // the first part full first
	Matrix    []Cell             `json:"matrix"`
	Domains   []Domain           `json:"domains"`
	Risks     []Risk             `json:"risks"`
	NotTested []string           `json:"not_tested"`
	Different []Difference       `json:"different"`
	Cost      Cost               `json:"cost"`
	Runs      []Run              `json:"runs"`
	Inputs    []results.Input    `json:"inputs"` // files that the answer was made from
}

// Document is one kind of document at the peak.
type Document struct {
	Document results.Op       `json:"document"`
	Forecast finding.Quantity `json:"forecast"` // an hour
	Carried  finding.Quantity `json:"carried"`  // an hour
	Headroom finding.Quantity `json:"headroom"` // share
	Run      string           `json:"run"`
}

// Resource is the use of a part at the peak, and when growth fills it.
type Resource struct {
	Name      string     `json:"name"`
	Component string     `json:"component,omitempty"`
	Series    string     `json:"series"`
	AtPeak    float64    `json:"at_peak"`           // share of its limit
	FullAt    float64    `json:"full_at"`           // factor of the forecast
	Measured  bool       `json:"measured"`          // the ladder reached the limit
	FullOn    *time.Time `json:"full_on,omitempty"` // at the growth of the forecast
	Run       string     `json:"run"`
}

// Cell is one fault of the plan with its evidence.
type Cell struct {
	Fault    string              `json:"fault"`
	Every    float64             `json:"every_s"`
	Chance   float64             `json:"chance"` // of at least one occurrence in the window
	Lasts    *readiness.Estimate `json:"lasts,omitempty"`
	Left     *readiness.Estimate `json:"left,omitempty"`
	LeftFrom string              `json:"left_from,omitempty"` // run
	Recovery *readiness.Estimate `json:"recovery,omitempty"`
	Short    string              `json:"recovery_from,omitempty"` // run
	Lost     int                 `json:"lost"`                    // acknowledged writes
	Verdict  finding.Verdict     `json:"verdict"`                 // of the run with the fault
	Age      float64             `json:"age_s"`                   // of the oldest evidence
	Missing  []string            `json:"missing,omitempty"`       // sentences
}

// Domain is one domain of reliability, from the newest run that measured it.
type Domain struct {
	analyzer.ScoreDomain
	Run string  `json:"run,omitempty"`
	Age float64 `json:"age_s"`
	Old bool    `json:"old,omitempty"`
}

// Run is a run that was given as evidence.
type Run struct {
	Name     string            `json:"name"`
	As       string            `json:"as"`   // what it is evidence for
	Link     string            `json:"link"` // its report, from the pack's folder
	Started  time.Time         `json:"started"`
	Verdict  finding.Verdict   `json:"verdict"`
	Versions map[string]string `json:"versions"`
	Digest   string            `json:"digest"`
	Refused  string            `json:"refused,omitempty"` // why it does not count
}
