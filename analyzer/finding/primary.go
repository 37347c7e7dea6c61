package finding

import (
	"math"
	"strings"

	"example.org/odooharness/analyzer/stats/moderated"
)

// Primary is one question that an experiment was made to answer, and how far it is
// answered. It is declared before the run: one for each family of comparisons.
type Primary struct {
	ID        string `json:"id"` // of the finding that words the answer, e.g. ISO-001
	Scope     Scope  `json:"scope"`
	Objective string `json:"-"`        // of SLO-001: its name
	Question  string `json:"question"` // e.g. "Is an abiding tenant of multi-tenant slowed down by more than 2?"
	Decided   bool   `json:"decided"`
	Why       string `json:"why,omitempty"` // why it is not decided

	// Estimate is what the trials show together: the logarithm of a ratio, or of the odds
	// of a share. It is compared with Limit, a ratio or odds. Neither is set for a question
	// that no further replicate decides.
	Estimate moderated.Estimate `json:"-"`
	Limit    float64            `json:"-"`
	Margin   float64            `json:"-"` // limit/margin to limit*margin is no difference; 0: none
	Level    float64            `json:"-"` // confidence level of the decision

	Shown *Shown `json:"shown,omitempty"` // set by [Primary.Show]
}

// Key names the question in a manifest, e.g. "ISO-001 multi-tenant".
func (p Primary) Key() string { return PrimaryKey(p.ID, p.Scope.Setup) }

// PrimaryKey is the [Primary.Key] of a finding about a setup.
func PrimaryKey(id, setup string) string { return strings.TrimRight(id+" "+setup, " ") }

// Shown is the estimate of a primary question as findings.json has it. Later runs of the
// same lab take from it how much trials vary, and anyone can see the prior that was used.
type Shown struct {
	N      int     `json:"trials"`
	Log    float64 `json:"log"`              // mean of the logarithms
	SE     float64 `json:"se"`               // its standard error
	DF     float64 `json:"df"`               // degrees of freedom of the standard error
	Within float64 `json:"within"`           // mean variance within trials
	Spread float64 `json:"spread,omitempty"` // standard deviation between trials; 0 for one trial
	Tau    float64 `json:"prior_tau"`        // assumed standard deviation between trials
	DF0    float64 `json:"prior_df"`         // degrees of freedom that it is known with
	Runs   int     `json:"prior_runs"`       // earlier runs that it comes from; 0: the stated default
	Limit  float64 `json:"limit"`
	Level  float64 `json:"level"`
}

// Show fills in Shown from the estimate, where it is finite.
func (p *Primary) Show() {
	e := p.Estimate
	for _, v := range []float64{e.Log, e.SE, e.DF, e.Within, e.Prior.Tau, e.Prior.DF, p.Limit, p.Level} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
	}
	if e.N == 0 || e.AtLeast != 0 {
		return
	}
	p.Shown = &Shown{N: e.N, Log: e.Log, SE: e.SE, DF: e.DF, Within: e.Within, Tau: e.Prior.Tau, DF0: e.Prior.DF,
		Runs:  e.Prior.Runs,
		Limit: p.Limit, Level: p.Level}
	if !math.IsNaN(e.Spread) {
		p.Shown.Spread = e.Spread
	}
}
