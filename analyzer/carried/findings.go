package carried

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// ruleOfSix is the documented rule of thumb of Odoo: a worker serves about six concurrent
// users.
const ruleOfSix = 6

// heldOut is the largest factor between a prediction and a held-out measurement at which
// other predictions are given.
const heldOut = 1.5

// findings judges the capacity of a setup.
func findings(row Row, requested results.Capacity) []finding.Finding {
	scope := finding.Scope{Setup: row.Setup, Tenant: finding.Everyone}
	all := []finding.Finding{howMuch(scope, row)}
	if len(requested.Peak) > 0 {
		all = append(all, peakCarried(scope, row))
	}
	all = append(all, firstFull(scope, row), shape(scope, row))
	if !row.Users.Missing {
		all = append(all, finding.New("CAP-005", finding.Info, scope, fmt.Sprintf(
			"A worker serves %s%s users at the carried load. The rule of thumb of Odoo is %d.", atLeast(row.Users),
			finding.Decimal(row.Users.Value), ruleOfSix)).With(row.Users))
	}
	if len(row.Predicted) > 0 {
		all = append(all, prediction(scope, row))
	}
	return all
}

// howMuch is CAP-001: the load that is carried, and the step that stopped it.
func howMuch(scope finding.Scope, row Row) finding.Finding {
	if row.Carried.Missing {
		advice := "Begin the ladder lower."
		why := "No step kept the objective: " + row.Stopped + "."
		if row.Stopped == "" {
			why = "No step is decided: " + row.Next + "."
			advice = "Make the steps longer, or add replicates."
		}
		f := finding.New("CAP-001", finding.Inconclusive, scope, why).With(row.Carried)
		f.Remedy = advice
		return f
	}
	because := []string{fmt.Sprintf("The setup carries %s%s arrivals a second within a P95 of %s.", atLeast(row.Carried),
		finding.Decimal(row.Carried.Value), finding.Seconds(row.P95))}
	var docs []string
	for _, doc := range row.Documents {
		docs = append(docs, fmt.Sprintf("%s%s × %s", atLeast(doc.PerHour), finding.Decimal(doc.PerHour.Value), doc.Document))
	}
	if len(docs) > 0 {
		because = append(because, "In an hour: "+strings.Join(docs, ", ")+".")
	}
	if next, ok := row.next(); ok {
		if row.Stopped != "" {
			because = append(because, fmt.Sprintf("The next step, %s a second, is not carried: %s.", finding.Decimal(next.Rate), next.Why))
		} else {
			because = append(because, fmt.Sprintf("The next step, %s a second, is not decided: %s.", finding.Decimal(next.Rate), next.Why))
		}
	}
	switch q := row.Crossing; {
	case q.Missing || q.Censored:
	case q.Lo != nil && q.Hi != nil:
		because = append(because, fmt.Sprintf("The estimated capacity is %s a second.", finding.Bare(q)))
	default:
		because = append(because, fmt.Sprintf("The estimated capacity is %s a second. The ladder is too short for an interval.",
			finding.Decimal(q.Value)))
	}
	return finding.New("CAP-001", finding.Info, scope, because...).With(row.Carried)
}

// next returns the lowest step above the carried load.
func (row Row) next() (Step, bool) {
	for _, s := range row.Steps {
		if s.Rate > row.Carried.Value {
			return s, true
		}
	}
	return Step{}, false
}

// atLeast returns "at least " for a lower bound, to write in front of its value.
func atLeast(q finding.Quantity) string {
	if q.Censored {
		return "at least "
	}
	return ""
}

// peakCarried is CAP-002. It passes when the peak is at most a kept step, or below the
// interval of the estimated capacity. It fails when the peak is at least a broken step, or
// above that interval.
func peakCarried(scope finding.Scope, row Row) finding.Finding {
	var because []string
	for _, doc := range scarcestFirst(row.Documents) {
		if doc.Peak > 0 {
			because = append(because, headroomWords(doc, row.Stopped != ""))
		}
	}
	if !row.Carries.Missing {
		because = append(because, fmt.Sprintf("The peak is carried with a probability of %s, over the spread of forecast and trials.",
			finding.Share(row.Carries.Value)))
	}
	verdict, why := peakVerdict(row)
	f := finding.New("CAP-002", verdict, scope, append(why, because...)...)
	if !row.Carries.Missing {
		f = f.With(row.Carries)
	}
	return f
}

// peakVerdict decides CAP-002. why is what is missing for a decision.
func peakVerdict(row Row) (verdict finding.Verdict, why []string) {
	if row.Peak.Missing {
		return finding.Inconclusive, []string{"The rate of the peak is not known: " + row.Peak.Warnings[0] + "."}
	}
	peak := row.Peak.Value
	if !row.Carried.Missing && peak <= row.Carried.Value {
		return finding.Pass, nil
	}
	if q := row.Crossing; !q.Missing && q.Lo != nil && peak <= *q.Lo {
		return finding.Pass, nil
	}
	for _, s := range row.Steps {
		if s.Broken() && s.Rate <= peak {
			return finding.Fail, []string{fmt.Sprintf("The peak needs %s arrivals a second. %s are not carried: %s.",
				finding.Decimal(peak), finding.Decimal(s.Rate), s.Why)}
		}
	}
	if q := row.Crossing; !q.Missing && q.Hi != nil && *q.Hi < peak {
		return finding.Fail, []string{fmt.Sprintf(
			"The peak needs %s arrivals a second, above the interval of the estimated capacity.", finding.Decimal(peak))}
	}
	next, ok := row.next()
	switch {
	case !ok:
		return finding.Inconclusive, []string{fmt.Sprintf(
			"The peak needs %s arrivals a second, more than any step: add higher steps.", finding.Decimal(peak))}
	case next.Broken():
		return finding.Inconclusive, []string{fmt.Sprintf(
			"The peak of %s arrivals a second lies between the carried load and the broken step of %s: add steps there.",
			finding.Decimal(peak), finding.Decimal(next.Rate))}
	}
	return finding.Inconclusive, []string{fmt.Sprintf(
		"The peak needs %s arrivals a second, and the step of %s is not decided: make steps longer, or add replicates.",
		finding.Decimal(peak), finding.Decimal(next.Rate))}
}

// scarcestFirst orders documents by headroom, least first.
func scarcestFirst(docs []Document) []Document {
	return slices.SortedStableFunc(slices.Values(docs), func(a, b Document) int {
		return cmp.Compare(a.Headroom.Value, b.Headroom.Value)
	})
}

// headroomWords compares the carried documents of one kind with the forecast.
func headroomWords(doc Document, broken bool) string {
	peak := finding.Decimal(doc.Peak)
	switch {
	case doc.Headroom.Missing && broken:
		return fmt.Sprintf("%s: forecast %s an hour, no step was carried.", doc.Document, peak)
	case doc.Headroom.Missing:
		return fmt.Sprintf("%s: forecast %s an hour, no step is decided.", doc.Document, peak)
	case doc.PerHour.Value == 0:
		return fmt.Sprintf("%s: forecast %s an hour, but the scenario makes none.", doc.Document, peak)
	}
	side, headroom := "above", doc.Headroom.Value
	if headroom < 0 {
		side, headroom = "below", -headroom
	}
	return fmt.Sprintf("%s: %s%s an hour carried, %s %s the forecast of %s.", doc.Document, atLeast(doc.PerHour),
		finding.Decimal(doc.PerHour.Value), finding.Share(headroom), side, peak)
}

// firstFull is CAP-003: the resources that were full first, at most three.
func firstFull(scope finding.Scope, row Row) finding.Finding {
	if len(row.Saturated) == 0 {
		return finding.New("CAP-003", finding.Info, scope, "No resource with telemetry reached its limit on the ladder.")
	}
	var because []string
	for _, s := range row.Saturated[:min(3, len(row.Saturated))] {
		because = append(because, s.sentence())
	}
	return finding.New("CAP-003", finding.Info, scope, because...)
}

// shape is CAP-004: where the median has doubled, and the Universal Scalability Law.
func shape(scope finding.Scope, row Row) finding.Finding {
	because := []string{"The median latency did not double on the ladder."}
	if !row.Doubling.Missing {
		because[0] = fmt.Sprintf("The median latency has doubled at %s arrivals a second. By the rule of Odoo the server is "+
			"full there.",
			finding.Decimal(row.Doubling.Value))
	}
	switch law := row.Scaling; {
	case law == nil:
		because = append(because, "The Universal Scalability Law cannot be fitted to these steps.")
	case law.Peak.Missing:
		because = append(because, fmt.Sprintf("Universal Scalability Law: contention %s, coherency %s, no peak.",
			finding.Bare(law.Contention), finding.Bare(law.Coherency)))
	default:
		because = append(because, fmt.Sprintf("Universal Scalability Law: contention %s, coherency %s, at most %s a second.",
			finding.Bare(law.Contention), finding.Bare(law.Coherency), finding.Decimal(law.Peak.Value)))
	}
	return finding.New("CAP-004", finding.Info, scope, because...).With(row.Doubling)
}

// prediction is CAP-006: whether the model held where it could be checked, and only then
// its predictions for other loads.
func prediction(scope finding.Scope, row Row) finding.Finding {
	checked, worst := 0, 1.0
	var because, beyond []string
	for _, p := range row.Predicted {
		switch {
		case p.Measured.Missing && p.P95.Missing:
			beyond = append(beyond, fmt.Sprintf("%s: %s.", p.What, p.P95.Warnings[0]))
		case p.Measured.Missing:
			beyond = append(beyond, fmt.Sprintf("%s: %s requests a second on %s, P95 of a request %s.", p.What,
				finding.Decimal(p.Rate), finding.Plural(p.Workers, "worker"), finding.Seconds(p.P95.Value)))
		case p.P95.Missing || p.Measured.Censored || row.overloaded(p):
			// a step beyond the carried load has no steady level to predict
		default:
			checked++
			ratio := p.P95.Value / p.Measured.Value
			worst = math.Max(worst, math.Max(ratio, 1/ratio))
			because = append(because, fmt.Sprintf("The %s: predicted %s, measured %s.", p.What, finding.Seconds(p.P95.Value),
				finding.Seconds(p.Measured.Value)))
		}
	}
	q := finding.Number(worst, "ratio", "largest factor between prediction and measurement, on carried steps that were held out",
		checked)
	switch {
	case checked == 0:
		because = append(because, "No held-out step was carried: the model cannot be checked, and nothing is predicted.")
	case worst > heldOut:
		because = append(because, fmt.Sprintf(
			"The model is wrong by up to %s: service times grow with the load. Nothing is predicted.", finding.Ratio(worst)))
	default:
		because = append(because, beyond...)
	}
	return finding.New("CAP-006", finding.Info, scope, because...).With(q)
}

// overloaded reports whether a prediction is of a step that was not kept.
func (row Row) overloaded(p Prediction) bool {
	for _, s := range row.Steps {
		if p.Level == s.Level {
			return !s.Kept()
		}
	}
	return false
}
