package neighbour

import (
	"fmt"
	"math"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
)

// words is one sentence on the slowdown of a tenant or of all.
func (c compared) words(limit, level float64, v finding.Verdict) string {
	q := c.slowdown(level)
	name := strings.ToUpper(c.percentile())
	var text string
	switch {
	case math.IsInf(c.estimate.Log, 1):
		text = fmt.Sprintf("%s: under the neighbour the %s is among the unserved arrivals, without the neighbour it is not", c.who,
			name)
	case q.Missing:
		return fmt.Sprintf("%s: the slowdown is not known, %s.", c.who, finding.List(q.Warnings, 1))
	default:
		text = fmt.Sprintf("%s: %s%s the %s without the neighbour", c.who, finding.Above(q), finding.Ratio(q.Value), name)
		if interval := finding.Interval(q); interval != "" {
			text += " " + interval
		} else if q.Lo != nil {
			text += ", at least " + finding.Ratio(*q.Lo)
		}
	}
	switch v {
	case finding.Fail, finding.Pass:
		text += ", limit " + finding.Ratio(limit)
	case finding.Inconclusive:
		text += ", not decided against the limit of " + finding.Ratio(limit)
	}
	return text + "."
}

// assumption is the sentence on how much trials vary, and by how much more they might until
// the answer against the limit is open.
func (c compared) assumption(limit, level float64) string {
	e := c.estimate
	if !e.Known() || math.IsInf(e.Log, 0) {
		return fmt.Sprintf("From %s.", finding.Plural(max(e.N, len(c.trials)), "trial"))
	}
	text := "From " + finding.Plural(e.N, "trial")
	if c.switchback {
		text += " in switchback blocks"
	}
	text += ", " + e.Prior.String()
	if e.N > 1 {
		text += fmt.Sprintf("; they varied by %s", finding.Share(e.Spread))
	}
	if tipping := e.Tipping(limit, level); !math.IsNaN(tipping) {
		text += fmt.Sprintf(". It holds unless trials vary by more than %s", finding.Share(math.Round(100*tipping)/100))
	}
	return text + "."
}

// most is the largest number of replicates that a remedy proposes.
const most = 30

// remedy states what it would take to decide against the limit: replicates, or arrivals.
func (c compared) remedy(limit, level float64) string {
	e := c.estimate
	n := max(len(c.trials), 1)
	if !e.Known() || math.IsInf(e.Log, 0) || e.AtLeast != 0 {
		return fmt.Sprintf("To decide: more arrivals a trial, or longer windows. "+
			"There were %s without the neighbour and %s under it, in %s.",
			finding.Count(c.arrivals(calmBlocks)), finding.Count(c.arrivals(neighbourBlocks)), finding.Plural(n, "trial"))
	}
	// Trials vary as assumed, or as they did when that is more.
	tau := e.Prior.Tau
	if e.N > 1 {
		tau = math.Sqrt(max(tau*tau, e.Spread*e.Spread-e.Within))
	}
	of := func(within float64) power.Design {
		return power.Design{Within: within, Prior: moderated.Prior{Tau: tau, DF: e.Prior.DF}}
	}
	need := 0
	for k := n; k <= most; k++ {
		if of(e.Within).Power(e.Ratio(), limit, level, k) >= 0.8 {
			need = k
			break
		}
	}
	factor := 0.0
	for _, f := range []float64{1.5, 2, 3, 4, 6, 8, 10} {
		if of(e.Within/f).Power(e.Ratio(), limit, level, n) >= 0.8 {
			factor = f
			break
		}
	}
	so := fmt.Sprintf("To decide with 80 %% probability, if %s is true: ", finding.Ratio(e.Ratio()))
	switch {
	case need == 0 && factor == 0:
		return fmt.Sprintf("%s is too near the limit: not even %s would decide.", finding.Ratio(e.Ratio()), finding.Plural(most,
			"replicate"))
	case factor == 0:
		return so + finding.Plural(need, "replicate") + "."
	case need == 0:
		return fmt.Sprintf("%s%g times the arrivals a trial.", so, factor)
	}
	return fmt.Sprintf("%s%s, or %g times the arrivals a trial.", so, finding.Plural(need, "replicate"), factor)
}
