package neighbour

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/isolation"
)

// mostLost is the share of arrivals that a neighbour may leave unserved.
const mostLost = 0.01

// judged is the isolation question of one setup.
//
// It fails when the slowdown of all abiding tenants together, that of any of them, or the
// share of arrivals that the neighbour leaves unserved is above its limit. The first has
// half of the chance of a false alarm, the others share the rest (Bonferroni). It passes
// when the slowdown of all together and that of each tenant is below the limit: each of
// them has to be shown, so that none needs a correction (intersection-union). A disruptive
// tenant that was never served shows nothing.
type judged struct {
	setup  string
	limit  float64 // of the slowdown
	level  float64 // of the intervals
	all    compared
	each   []compared
	rows   []Row
	impact finding.Quantity
	idle   int // journeys of the disruptive tenants under their load, when none was served
}

// shared is the level for the tenants and the served share.
func (j *judged) shared() float64 { return 1 - (1-j.level)/float64(len(j.each)+1) }

// answer is the answer to the question. Tenant, lost and because are what decided it, or left
// it open, when that is not all abiding tenants together.
type answer struct {
	verdict finding.Verdict
	because string
	tenant  *compared
	lost    bool      // the arrivals that only the neighbour leaves unserved
	open    *compared // the comparison that is not decided
}

// answer decides the question.
func (j *judged) answer() answer {
	if j.all.above(j.limit, j.level) {
		return answer{verdict: finding.Fail}
	}
	for i := range j.each {
		if c := &j.each[i]; c.above(j.limit, j.shared()) {
			return answer{verdict: finding.Fail, because: c.words(j.limit, j.shared(), finding.Fail), tenant: c}
		}
	}
	if value, lo, hi := j.all.lost(j.shared()); lo > mostLost {
		return answer{verdict: finding.Fail, lost: true, because: fmt.Sprintf(
			"The neighbour leaves %s of the arrivals unserved [%s, %s], limit %s.", finding.Share(value),
			finding.Share(max(lo, 0)), finding.Share(min(hi, 1)), finding.Share(mostLost))}
	}
	if !j.all.below(j.limit, j.level) {
		return answer{verdict: finding.Inconclusive, open: &j.all}
	}
	for i := range j.each {
		if c := &j.each[i]; c.exception(j.all) && !c.below(j.limit, j.level) {
			words := c.words(j.limit, j.level, finding.Inconclusive)
			return answer{verdict: finding.Inconclusive, because: words, tenant: c, open: c}
		}
	}
	if j.idle > 0 {
		return answer{verdict: finding.Inconclusive, because: fmt.Sprintf("None of %s of the disruptive tenant under its load "+
			"was served: it did nothing that could slow others down.", finding.Plural(j.idle, "journey"))}
	}
	return answer{verdict: finding.Pass}
}

// figures are the figure that decided, and what it is compared with.
func (j *judged) figures(a answer) (figure, base finding.Quantity) {
	switch {
	case a.lost:
		value, lo, hi := j.all.lost(j.shared())
		n := j.all.arrivals(neighbourBlocks)
		lo, hi = max(lo, 0), min(hi, 1)
		return finding.Number(value, "share", methodLost, n).Bounded(lo, hi, j.shared()),
			finding.Number(1-j.all.calm.Value, "share", "arrivals not served without the neighbour", j.all.arrivals(calmBlocks))
	case a.tenant != nil && a.verdict == finding.Fail:
		return a.tenant.slowdown(j.shared()), a.tenant.latency(calmBlocks)
	case a.tenant != nil:
		return a.tenant.slowdown(j.level), a.tenant.latency(calmBlocks)
	default:
		return j.rows[0].Slowdown, j.rows[0].Base
	}
}

// What tenants of a setup are assumed to differ by, as the standard deviation of the
// logarithm, and how surprising a difference must be for a tenant to count as an exception.
const (
	tenantsDiffer = 0.15
	surprising    = 2.33 // one in a hundred tenants that are no exception
	noticed       = 1.28 // a tenfold slowdown is noticed in nine of ten cases
)

// exception reports whether a tenant may be slower than all together: it is by more than
// chance, or so little is known of it that a tenfold slowdown would not be noticed.
func (c compared) exception(all compared) bool {
	if !c.estimate.Known() || math.IsInf(c.estimate.Log, 1) || c.estimate.AtLeast > 0 {
		return true
	}
	sd := math.Hypot(c.estimate.SE, tenantsDiffer)
	return c.estimate.Log-all.estimate.Log > surprising*sd || !c.seen()
}

// seen reports whether so much is known of a tenant that a tenfold slowdown would be noticed.
func (c compared) seen() bool {
	sd := math.Hypot(c.estimate.SE, tenantsDiffer)
	return c.estimate.Known() && math.Log(10) >= (surprising+noticed)*sd
}

// question is the primary question of the setup.
func (j *judged) question() finding.Primary {
	a := j.answer()
	scope := finding.Scope{Setup: j.setup, Tenant: finding.Everyone, Quantile: j.all.percentile()}
	p := finding.Primary{ID: "ISO-001", Scope: scope, Question: question(j.setup, j.limit), Level: j.level,
		Decided: a.verdict != finding.Inconclusive, Estimate: j.all.estimate, Limit: j.limit}
	if !p.Decided {
		p.Why = a.because
	}
	if a.open != nil {
		p.Estimate = a.open.estimate
		if a.because == "" {
			p.Why = a.open.words(j.limit, j.level, a.verdict)
		}
	}
	return p
}

func question(setup string, limit float64) string {
	return fmt.Sprintf("Does a neighbour slow any abiding tenant of %s down by more than %s?", setup, finding.Ratio(limit))
}

// findings words the question (ISO-001), how many tenants were hit (ISO-002) and the impact
// (ISO-003).
func (j *judged) findings(r *run.Run) []finding.Finding {
	scope := finding.Scope{Setup: j.setup, Tenant: finding.Everyone, Quantile: j.all.percentile()}
	a := j.answer()
	var because []string
	together := a.verdict
	if a.because != "" {
		because = append(because, a.because)
		together = finding.Info
		if j.all.below(j.limit, j.level) {
			together = finding.Pass
		}
	}
	because = append(because, j.all.words(j.limit, j.level, together), j.all.assumption(j.limit, j.level))
	because = append(because, j.tenants()...)
	because = append(because, fmt.Sprintf("Served: %s of the arrivals without the neighbour, %s under it.",
		finding.Share(j.all.calm.Value), finding.Share(j.all.under.Value)))
	because = append(because, j.left(r)...)
	because = append(because, j.loadShift()...)
	figure, base := j.figures(a)
	first := finding.New("ISO-001", a.verdict, scope, because...).With(figure).Against(base)
	switch {
	case a.open != nil:
		first.Remedy = a.open.remedy(j.limit, j.level)
	case a.verdict == finding.Inconclusive:
		first.Remedy = "Find why the disruptive tenant was refused: a limit on it, or errors of its own."
	}
	all := []finding.Finding{first, j.blastRadius(scope)}
	if !j.impact.Missing {
		all = append(all, finding.New("ISO-003", finding.Info, scope, impactScale).With(j.impact))
	}
	return all
}

// tenants names the worst tenant, and those of which nothing is known.
func (j *judged) tenants() []string {
	var out, unknown []string
	var worst *compared
	for i := range j.each {
		c := &j.each[i]
		switch {
		case !c.seen() && !c.above(j.limit, j.shared()) && !c.below(j.limit, j.level):
			unknown = append(unknown, c.who)
		case c.estimate.Known() && (worst == nil || c.estimate.Log > worst.estimate.Log):
			worst = c
		}
	}
	if worst != nil && len(j.each) > 1 {
		out = append(out, "The slowest is "+worst.words(j.limit, j.level, finding.Info))
	}
	if len(unknown) > 0 {
		out = append(out, fmt.Sprintf("Not known: %s. With so few arrivals not even a tenfold slowdown would be noticed.",
			finding.List(unknown, 6)))
	}
	return out
}

// left names the journeys and trials that do not count.
func (j *judged) left(r *run.Run) []string {
	var out, names []string
	for _, journey := range j.all.strata.Left {
		if r.Results != nil && j.all.strata.Known() && offers(j.all.trials, journey) {
			names = append(names, r.Journeys.List[journey])
		}
	}
	if len(names) > 0 {
		out = append(out, fmt.Sprintf("Left out, with too few arrivals in a trial: %s. The others are %s of the calm arrivals.",
			finding.List(names, 6), finding.Share(j.all.strata.Share)))
	}
	if n := j.all.estimate.Left; n > 0 && j.all.estimate.Known() {
		out = append(out, fmt.Sprintf("%s without a slowdown: %s.", finding.Plural(n, "trial"), j.all.estimate.Why))
	}
	return out
}

// offers reports whether a journey has an arrival under any condition.
func offers(trials []run.Conditions, journey int) bool {
	c := merged(trials)
	for _, b := range append(c.Calm, c.Neighbour...) {
		if b.Counts(journey + 1)[journey] > 0 {
			return true
		}
	}
	return false
}

// loadShift warns when the load of the abiding tenants themselves changed with the
// condition: the disruptive tenant is then not the only cause.
func (j *judged) loadShift() []string {
	calm, under := 0.0, 0.0
	for _, t := range j.all.trials {
		calm, under = calm+t.CalmTime, under+t.NeighbourTime
	}
	a, b := float64(j.all.arrivals(calmBlocks))/calm, float64(j.all.arrivals(neighbourBlocks))/under
	if ratio := b / a; ratio > 1.25 || ratio < 0.8 {
		return []string{fmt.Sprintf("Under the neighbour the abiding tenants themselves offered %s their calm load: "+
			"part of the slowdown may be theirs.", finding.Ratio(ratio))}
	}
	return nil
}

// blastRadius is ISO-002: the tenants that are certainly slower, of those with a slowdown of
// their own. The intervals of all tenants hold together.
func (j *judged) blastRadius(scope finding.Scope) finding.Finding {
	var single []compare.Bounded
	var hit []string
	level := 1 - (1-j.level)/float64(max(len(j.each), 1))
	for _, c := range j.each {
		if !c.estimate.Known() {
			continue
		}
		b := compare.Bounded{Value: c.estimate.Ratio(), Lo: 0, Hi: math.Inf(1)}
		if c.above(reached, level) {
			b.Lo = 2 * reached // beyond the limit; how far does not matter here
			hit = append(hit, c.who)
		}
		single = append(single, b)
	}
	text := "No abiding tenant is certainly slower by more than 10 %."
	switch {
	case len(single) == 0:
		text = "No abiding tenant has enough arrivals for a slowdown of its own."
	case len(hit) > 0:
		text = fmt.Sprintf("%d of %s certainly slower by more than 10 %%: %s.", len(hit),
			finding.Plural(len(single), "abiding tenant"), finding.List(hit, 8))
	}
	if others := len(j.each) - len(single); others > 0 && len(single) > 0 {
		text += fmt.Sprintf(" %s without enough arrivals.", finding.Plural(others, "other"))
	}
	return finding.New("ISO-002", finding.Info, scope, text).With(finding.Number(isolation.BlastRadius(single, reached), "share",
		"abiding tenants whose slowdown is certainly above 1.1, of those with a slowdown", len(single)))
}

// reached is the slowdown above which a tenant counts as reached by the neighbour.
const reached = 1.1
