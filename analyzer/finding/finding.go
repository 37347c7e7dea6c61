package finding

import (
	"strings"
)

// With attaches the figure that a finding is about.
func (f Finding) With(q Quantity) Finding {
	f.Quantity = &q
	return f
}

// Against attaches what the figure is compared with.
func (f Finding) Against(q Quantity) Finding {
	f.Baseline = &q
	return f
}

// Verdict is the judgement of a finding, and of a run.
type Verdict string

// The verdicts. Informational findings carry Info and decide nothing.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive" // the data cannot decide
	Invalid      Verdict = "invalid"      // the measurement itself is broken
	Info         Verdict = "info"
)

// Scope says what a finding is about. Empty fields mean all.
type Scope struct {
	Setup    string `json:"setup,omitempty"`
	Trial    string `json:"trial,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	Journey  string `json:"journey,omitempty"`
	Step     string `json:"step,omitempty"`
	Window   string `json:"window,omitempty"`
	Fault    string `json:"fault,omitempty"`
	Quantile string `json:"quantile,omitempty"`
}

// Finding is one judged statement about a run.
type Finding struct {
	ID       string    `json:"id"` // VAL-001, SLO-001, LAT-, ISO-, RES-, DUR-, CAP-, CMP-, ATT-
	Title    string    `json:"title"`
	Verdict  Verdict   `json:"verdict"`
	Quantity *Quantity `json:"quantity,omitempty"`
	Baseline *Quantity `json:"baseline,omitempty"`
	Scope    Scope     `json:"scope"`
	Because  []string  `json:"because"`
	Remedy   string    `json:"remedy,omitempty"`
}

// Everyone is the tenant of rows that hold all abiding tenants together.
const Everyone = "*"

// Within words a scope below its setup.
func (s Scope) Within() string {
	s.Setup, s.Trial = "", ""
	if s.Tenant == Everyone {
		s.Tenant = ""
	}
	return s.Words()
}

// Words names the scope, wide to narrow.
func (s Scope) Words() string {
	var parts []string
	for _, part := range []string{s.Setup, s.Trial, s.Tenant, s.Journey, s.Step, s.Window, s.Fault} {
		switch part {
		case "":
		case Everyone:
			parts = append(parts, "all abiding tenants")
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
