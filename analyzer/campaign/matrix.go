package campaign

import (
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// SchemaVersion is the version of matrix.json.
const SchemaVersion = 1

// level is that of the intervals and of the verdicts.
const level = 0.95

// Matrix is what a campaign knows: every cell, measured or not. matrix.json holds it.
type Matrix struct {
	Schema int        `json:"schema"`
	Name   string     `json:"name"`
	Made   time.Time  `json:"made"`
	MaxAge float64    `json:"max_age_s"`
	Doses  []Dose     `json:"doses,omitempty"`
	Worst  []Worst    `json:"worst,omitempty"`
	Held   []Capacity `json:"capacity,omitempty"`
	Cells  []Cell     `json:"cells"` // by setup, fault, moment and journey, in the order of the file
}

// State is what evidence a cell has.
type State string

// The states of a cell.
const (
	Measured State = "measured"
	TooOld   State = "too old"     // measured, longer ago than the campaign accepts
	None     State = "no evidence" // never measured, or measured with other inputs
)

// Cell is one journey on one setup while one fault occurs at one moment.
type Cell struct {
	Setup      string            `json:"setup"`
	Tenancy    results.Tenancy   `json:"tenancy"`
	Fault      string            `json:"fault"`
	Moment     string            `json:"moment"`
	At         string            `json:"at"` // the moment in the notation of the file
	Journey    string            `json:"journey"`
	Expect     Expect            `json:"expect"`
	State      State             `json:"state"`
	Verdict    finding.Verdict   `json:"verdict,omitempty"` // of the measurement; empty without one
	Measures   []Measure         `json:"measures,omitempty"`
	Why        string            `json:"why"` // sentences: the deciding reason, or why there is no evidence
	Started    *time.Time        `json:"started,omitempty"`
	Versions   map[string]string `json:"versions,omitempty"`
	Run        string            `json:"run,omitempty"`    // folder of the run
	Report     string            `json:"report,omitempty"` // its report, from the folder of the matrix
	Experiment string            `json:"experiment"`       // file that harness run measures the cell with
}

// Expect is what a cell has to keep. A field of 0 sets no limit.
type Expect struct {
	Served   float64 `json:"served,omitempty"`     // least share of the journey's arrivals
	Within   float64 `json:"within_s,omitempty"`   // of their intended start; 0: at any time
	Recovery float64 `json:"recovery_s,omitempty"` // longest time from the removal of the fault to service as usual
}

// Measure is one figure of a cell, judged.
type Measure struct {
	What     string           `json:"what"` // served, recovery, writes
	Limit    float64          `json:"limit"`
	Quantity finding.Quantity `json:"quantity"`
	Verdict  finding.Verdict  `json:"verdict"`
	Because  string           `json:"because"`
}

// What a measure is about.
const (
	Served   = "served"
	Recovery = "recovery"
	Writes   = "writes"
)

// Pending reports whether the cell has to be measured: it has no run, or one that is too old.
func (c Cell) Pending() bool { return c.Run == "" || c.State != Measured }

// Word is what a table shows for a cell: its verdict, or why it has none.
func (c Cell) Word() string {
	if c.State == Measured {
		return string(c.Verdict)
	}
	return string(c.State)
}

// Verdict is the verdict of a whole matrix: fail when a measured cell or capacity fails, pass
// when all cells and all capacities with a limit pass, and inconclusive otherwise. Doses and worst
// moments do not change it.
func (m *Matrix) Verdict() finding.Verdict {
	verdict := finding.Pass
	for _, c := range m.Held {
		switch c.Word() {
		case string(finding.Fail):
			return finding.Fail
		case string(finding.Pass), string(finding.Info):
		default:
			verdict = finding.Inconclusive
		}
	}
	for _, c := range m.Cells {
		switch {
		case c.State == Measured && c.Verdict == finding.Fail:
			return finding.Fail
		case c.State != Measured || c.Verdict != finding.Pass:
			verdict = finding.Inconclusive
		}
	}
	return verdict
}

// Count returns how many cells show each word.
func (m *Matrix) Count() map[string]int {
	counts := map[string]int{}
	for _, c := range m.Cells {
		counts[c.Word()]++
	}
	return counts
}
