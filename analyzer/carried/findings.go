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

// ruleOfSix is Odoo's documented rule of thumb: a worker serves about six users at
// work at once.
const ruleOfSix = 6

// heldOut is how many times off a prediction may be on a load that was held out and
// still be believed on another.
const heldOut = 1.5

// findings words a setup's capacity.
func findings(row Row, asked results.Capacity) []finding.Finding {
	scope := finding.Scope{Setup: row.Setup, Tenant: finding.Everyone}
	all := []finding.Finding{howMuch(scope, row)}
	if len(asked.Peak) > 0 {
		all = append(all, peakCarried(scope, row))
	}
	all = append(all, firstFull(scope, row), shape(scope, row))
	if !row.Users.Missing {
		all = append(all, finding.New("CAP-005", finding.Info, scope, fmt.Sprintf(
			"At the carried load, %s%.1f active users a worker; Odoo's rule of thumb is %d.", finding.Above(row.Users), row.Users.Value,
			ruleOfSix)).With(row.Users))
	}
	if len(row.Predicted) > 0 {
		all = append(all, prediction(scope, row))
	}
	return all
}

// howMuch is CAP-001.
func howMuch(scope finding.Scope, row Row) finding.Finding {
	if row.Carried.Missing {
		advice := "Begin the ladder lower."
		why := "No step kept the objective: " + row.Stopped + "."
		if row.Stopped == "" {
			why = "No step is decided: " + row.Next + "."
			advice = "Make the steps longer, or add replicates."
		}
		return finding.New("CAP-001", finding.Inconclusive, scope, why, advice).With(row.Carried)
	}
	because := []string{fmt.Sprintf("The setup carries %s%.3g arrivals a second with a P95 of at most %s.", atLeast(row.Carried),
		row.Carried.Value, finding.Seconds(row.P95))}
	var docs []string
	for _, doc := range row.Documents {
		docs = append(docs, fmt.Sprintf("%s%.0f × %s", atLeast(doc.PerHour), doc.PerHour.Value, doc.Document))
	}
	if len(docs) > 0 {
		because = append(because, "In an hour: "+strings.Join(docs, ", ")+".")
	}
	if next, ok := row.next(); ok {
		if row.Stopped != "" {
			because = append(because, fmt.Sprintf("The next step, of %.3g a second, is not carried: %s.", next.Rate, next.Why))
		} else {
			because = append(because, fmt.Sprintf("The next step, of %.3g a second, is not decided: %s.", next.Rate, next.Why))
		}
	}
	switch q := row.Crossing; {
	case q.Missing || q.Censored:
	case q.Lo != nil && q.Hi != nil:
		because = append(because, fmt.Sprintf("The estimated capacity is %.3g a second [%.3g, %.3g].", q.Value, *q.Lo, *q.Hi))
	default:
		because = append(because, fmt.Sprintf("The estimated capacity is %.3g a second; the ladder is too short for an interval.", q.Value))
	}
	return finding.New("CAP-001", finding.Info, scope, because...).With(row.Carried)
}

// next is the lowest step above what is carried.
func (row Row) next() (Step, bool) {
	for _, s := range row.Steps {
		if s.Rate > row.Carried.Value {
			return s, true
		}
	}
	return Step{}, false
}

func atLeast(q finding.Quantity) string {
	if q.Censored {
		return "at least "
	}
	return ""
}

// peakCarried is CAP-002. Pass: the peak is at most a step that was kept, or below the
// interval of the estimated capacity. Fail: it is at least a step that is broken, or
// above that interval. A point estimate alone decides nothing.
func peakCarried(scope finding.Scope, row Row) finding.Finding {
	var because []string
	for _, doc := range scarcestFirst(row.Documents) {
		if doc.Peak > 0 {
			because = append(because, headroomWords(doc))
		}
	}
	if !row.Carries.Missing {
		because = append(because, fmt.Sprintf("The peak is carried with a probability of %.0f %%, given the spread of the forecast and of the trials.",
			100*row.Carries.Value))
	}
	verdict, why := peakVerdict(row)
	f := finding.New("CAP-002", verdict, scope, append(because, why...)...)
	if !row.Carries.Missing {
		f = f.With(row.Carries)
	}
	return f
}

// peakVerdict decides CAP-002. why is what is missing for a decision.
func peakVerdict(row Row) (verdict finding.Verdict, why []string) {
	if row.Peak.Missing {
		return finding.Inconclusive, []string{"The scenario makes none of the documents of the forecast."}
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
			return finding.Fail, []string{fmt.Sprintf("The peak needs %.3g arrivals a second; %.3g are not carried: %s.", peak, s.Rate, s.Why)}
		}
	}
	if q := row.Crossing; !q.Missing && q.Hi != nil && *q.Hi < peak {
		return finding.Fail, []string{fmt.Sprintf("The peak needs %.3g arrivals a second, more than the estimated capacity and its interval.", peak)}
	}
	next, ok := row.next()
	switch {
	case !ok:
		return finding.Inconclusive, []string{fmt.Sprintf("The peak needs %.3g arrivals a second, more than any step offered: add higher steps.", peak)}
	case next.Broken():
		return finding.Inconclusive, []string{fmt.Sprintf(
			"The peak of %.3g arrivals a second lies below %.3g, which are not carried, and above what is: add steps there.", peak, next.Rate)}
	}
	return finding.Inconclusive, []string{fmt.Sprintf(
		"The step of %.3g a second is not decided: make steps longer, or add replicates.", next.Rate)}
}

// scarcestFirst orders documents by their headroom, least first: that one decides.
func scarcestFirst(docs []Document) []Document {
	return slices.SortedStableFunc(slices.Values(docs), func(a, b Document) int {
		return cmp.Compare(a.Headroom.Value, b.Headroom.Value)
	})
}

func headroomWords(doc Document) string {
	switch {
	case doc.Headroom.Missing:
		return fmt.Sprintf("%s: %.0f an hour are forecast, none are carried.", doc.Document, doc.Peak)
	case doc.Headroom.Value < 0:
		return fmt.Sprintf("%s: %s%.0f an hour are carried, %.0f %% less than the %.0f of the forecast.", doc.Document,
			atLeast(doc.PerHour), doc.PerHour.Value, -100*doc.Headroom.Value, doc.Peak)
	}
	return fmt.Sprintf("%s: %s%.0f an hour are carried, %.0f %% above the %.0f of the forecast.", doc.Document,
		atLeast(doc.PerHour), doc.PerHour.Value, 100*doc.Headroom.Value, doc.Peak)
}

// firstFull is CAP-003.
func firstFull(scope finding.Scope, row Row) finding.Finding {
	if len(row.Saturated) == 0 {
		return finding.New("CAP-003", finding.Info, scope, "Nothing that was read reached its limit on the ladder.")
	}
	var because []string
	for _, s := range row.Saturated[:min(3, len(row.Saturated))] {
		because = append(because, s.sentence())
	}
	return finding.New("CAP-003", finding.Info, scope, because...)
}

// shape is CAP-004: how latency and throughput bend.
func shape(scope finding.Scope, row Row) finding.Finding {
	because := []string{"The median latency never doubled on the ladder."}
	if !row.Doubling.Missing {
		because[0] = fmt.Sprintf("The median latency has doubled at %.3g arrivals a second: by Odoo's rule the server is full there.",
			row.Doubling.Value)
	}
	switch law := row.Scaling; {
	case law == nil:
		because = append(because, "The Universal Scalability Law cannot be fitted to these steps.")
	case law.Peak.Missing:
		because = append(because, fmt.Sprintf("Universal Scalability Law: contention %s, coherency %s; no peak is claimed.",
			finding.Bare(law.Contention), finding.Bare(law.Coherency)))
	default:
		because = append(because, fmt.Sprintf("Universal Scalability Law: contention %s, coherency %s, at most %.3g a second.",
			finding.Bare(law.Contention), finding.Bare(law.Coherency), law.Peak.Value))
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
			beyond = append(beyond, fmt.Sprintf("%s: %.3g requests a second on %d workers, P95 of a request %s.", p.What,
				p.Rate, p.Workers, finding.Seconds(p.P95.Value)))
		case p.P95.Missing || p.Measured.Censored || row.overloaded(p):
			// Beyond what is carried no level is reached: there is nothing to be right about.
		default:
			checked++
			ratio := p.P95.Value / p.Measured.Value
			worst = math.Max(worst, math.Max(ratio, 1/ratio))
			because = append(because, fmt.Sprintf("%s: predicted %s, measured %s.", p.What, finding.Seconds(p.P95.Value), finding.Seconds(p.Measured.Value)))
		}
	}
	q := finding.Number(worst, "ratio", "largest factor between prediction and measurement on steps that were held out and carried", checked)
	switch {
	case checked == 0:
		because = append(because, "No step that was held out was carried: the model could not be checked, and nothing is predicted.")
	case worst > heldOut:
		because = append(because, fmt.Sprintf(
			"It is off by up to %.2f times: service times grow with the load, and nothing is predicted.", worst))
	default:
		because = append(because, beyond...)
	}
	return finding.New("CAP-006", finding.Info, scope, because...).With(q)
}

// overloaded reports whether a prediction is of a step that did not keep the
// objective.
func (row Row) overloaded(p Prediction) bool {
	for _, s := range row.Steps {
		if p.Level == s.Level {
			return !s.Kept()
		}
	}
	return false
}
