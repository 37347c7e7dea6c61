package finding

import "example.org/odooharness/analyzer/stats/moderated"

// Primary is one question that an experiment was made to answer, and how far it is
// answered. It is declared before the run: one for each family of comparisons.
type Primary struct {
	ID       string `json:"id"` // of the finding that words the answer, e.g. ISO-001
	Scope    Scope  `json:"scope"`
	Question string `json:"question"` // e.g. "Is an abiding tenant of multi-tenant slowed down by more than 2?"
	Decided  bool   `json:"decided"`
	Why      string `json:"why,omitempty"` // why it is not decided

	// Estimate is what the trials show together: the logarithm of a ratio, or of the odds
	// of a share. It is compared with Limit, a ratio or odds. Neither is set for a question
	// that no further replicate decides.
	Estimate moderated.Estimate `json:"-"`
	Limit    float64            `json:"-"`
	Level    float64            `json:"-"` // confidence level of the decision
}
