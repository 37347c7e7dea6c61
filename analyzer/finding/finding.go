package finding

import (
	"cmp"
	"strings"
)

// Finding is one judged statement about a run.
type Finding struct {
	ID       string    `json:"id"` // family and number, as in the catalogue
	Title    string    `json:"title"`
	Verdict  Verdict   `json:"verdict"`
	Quantity *Quantity `json:"quantity,omitempty"` // the figure that was judged
	Baseline *Quantity `json:"baseline,omitempty"` // what it is compared with
	Scope    Scope     `json:"scope"`
	Because  []string  `json:"because"` // sentences, the deciding one first
	Remedy   string    `json:"remedy,omitempty"`
}

// New makes a finding of the catalogue. It has a remedy unless it passes or informs.
func New(id string, verdict Verdict, scope Scope, because ...string) Finding {
	f := Finding{ID: id, Verdict: verdict, Scope: scope, Because: because}
	for _, e := range Catalogue() {
		if e.ID == id {
			f.Title = e.Title
			if verdict != Pass && verdict != Info {
				f.Remedy = e.Remedy
			}
			if verdict == Inconclusive {
				f.Remedy = cmp.Or(undecided(id), e.Remedy)
			}
		}
	}
	return f
}

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

// Everyone is the tenant of figures over all abiding tenants together.
const Everyone = "*"

// Scope is what a finding is about. Empty fields mean all.
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

// Words names the scope from wide to narrow, separated by commas.
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

// Within names the scope below its setup and trial.
func (s Scope) Within() string {
	s.Setup, s.Trial = "", ""
	if s.Tenant == Everyone {
		s.Tenant = ""
	}
	return s.Words()
}
