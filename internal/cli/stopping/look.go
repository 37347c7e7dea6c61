package stopping

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/power"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/results"
)

// Look judges what a run has recorded so far, and how likely the replicates left decide what
// is open.
func Look(dir string, left int) (conduct.Outlook, error) {
	recorded, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	judgement, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		return nil, fmt.Errorf("analyze %s: %w", dir, err)
	}
	var outlook conduct.Outlook
	for _, p := range judgement.Primary {
		outlook = append(outlook, conduct.Question{Text: p.Question, Decided: p.Decided, Answer: answer(p),
			Chance: chance(p, left)})
	}
	return outlook, nil
}

// chance is that of the replicates left to decide a question: 0 when no replicate can, NaN
// when it is decided or cannot be determined.
func chance(p finding.Primary, left int) float64 {
	switch {
	case p.Decided:
		return math.NaN()
	case p.Limit <= 0:
		return 0
	}
	return power.Conditional(p.Estimate, p.Limit, p.Margin, p.Level, left)
}

// answer words the figure of a question, or why there is none.
func answer(p finding.Primary) string {
	e := p.Estimate
	if p.Limit <= 0 || !e.Known() || p.ID == "SLO-001" {
		return p.Why
	}
	if math.IsInf(e.Log, 0) {
		return "Arrivals were not served on one side."
	}
	lo, hi := e.Interval(p.Level)
	text := finding.Ratio(e.Ratio())
	switch {
	case lo > 0 && !math.IsInf(hi, 1):
		return fmt.Sprintf("%s [%s, %s].", text, finding.Ratio(lo), finding.Ratio(hi))
	case lo > 0:
		return fmt.Sprintf("%s, at least %s.", text, finding.Ratio(lo))
	}
	return fmt.Sprintf("%s, at most %s.", text, finding.Ratio(hi))
}
