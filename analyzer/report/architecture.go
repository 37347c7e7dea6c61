package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// architecture answers which setup serves better: one sentence for each other setup, then
// what the disruptive tenant does on each, and the other declared differences.
func architecture(j *analyzer.Judgement, heads []Headline) []string {
	var all []string
	if len(heads) == 1 {
		all = append(all, "Only one setup was run: there is nothing to compare it with.")
	}
	for _, e := range j.Endpoints {
		if e.Main {
			all = append(all, answerWords(j, e, servedNextTo(j, e)))
		}
	}
	var slow []string
	for _, h := range heads {
		if h.Isolated != nil {
			slow = append(slow, fmt.Sprintf("%s on %s", finding.Figure(h.Isolated.Slowdown), h.Setup.Name))
		}
	}
	if len(slow) > 0 {
		all = append(all, "Slowdown of abiding tenants under the disruptive one: "+strings.Join(slow, ", ")+".")
	}
	for _, e := range j.Endpoints {
		if main := mainOf(j, e); e.Verdict == finding.Info && !e.Main && (main == nil || main.Family != e.Family) {
			all = append(all, e.Words)
		}
	}
	return all
}

// mainOf is the main endpoint of the same pair of setups.
func mainOf(j *analyzer.Judgement, e setups.Endpoint) *setups.Endpoint {
	i := slices.IndexFunc(j.Endpoints, func(m setups.Endpoint) bool { return m.Main && m.A == e.A && m.B == e.B })
	if i < 0 {
		return nil
	}
	return &j.Endpoints[i]
}

// servedNextTo is the share served in the family of an endpoint.
func servedNextTo(j *analyzer.Judgement, e setups.Endpoint) *setups.Endpoint {
	i := slices.IndexFunc(j.Endpoints, func(s setups.Endpoint) bool {
		return s.Measure == setups.MeasureServed && s.A == e.A && s.B == e.B && s.Family == e.Family
	})
	if i < 0 {
		return nil
	}
	return &j.Endpoints[i]
}

// answerWords is the one sentence: the decision, the effect with its interval, the
// replicates, and the price.
func answerWords(j *analyzer.Judgement, e setups.Endpoint, served *setups.Endpoint) string {
	side := e.Side
	reason := latencyReason(e)
	if served != nil && served.Side != 0 {
		switch side {
		case 0:
			side, reason = served.Side, servedReason(*served)
		case served.Side:
			reason += "; " + servedReason(*served)
		default:
			reason = fmt.Sprintf("Neither %s nor %s serves better %s: %s; but %s", e.A, e.B, e.Where(), latencyReason(e),
				servedReason(*served))
			return reason + priceWords(j, e) + "."
		}
	}
	switch {
	case side > 0:
		reason = fmt.Sprintf("%s serves better than %s %s: %s", e.A, e.B, e.Where(), reason)
	case side < 0:
		reason = fmt.Sprintf("%s serves better than %s %s: %s", e.B, e.A, e.Where(), reason)
	case e.Verdict == finding.Pass:
		reason = fmt.Sprintf("%s and %s do not differ materially %s: %s", e.A, e.B, e.Where(), reason)
	case finding.IsMissing(e.Effect):
		return "Undecided. " + strings.TrimSuffix(e.Words, ".") + priceWords(j, e) + "."
	default:
		reason = fmt.Sprintf("Undecided whether %s or %s serves better %s: %s. %s", e.A, e.B, e.Where(), reason, e.Takes)
	}
	return reason + priceWords(j, e) + "."
}

// latencyReason words the effect on the latency.
func latencyReason(e setups.Endpoint) string {
	name := strings.ToUpper(e.Quantile)
	q := e.Effect
	if finding.IsMissing(q) {
		worse := e.B
		if e.Side < 0 {
			worse = e.A
		}
		return fmt.Sprintf("%s of %s is among the arrivals that were not served, over %s", name, worse,
			finding.Plural(e.Pairs, "replicate"))
	}
	figure := finding.Figure(q)
	if finding.Interval(q) == "" {
		lo, hi := finding.RatioBounds(q)
		if figure = "at least " + finding.Ratio(lo); !math.IsInf(hi, 1) {
			figure = "at most " + finding.Ratio(hi)
		}
	}
	return fmt.Sprintf("%s of %s is %s that of %s over %s", name, e.B, figure, e.A, finding.Plural(e.Pairs, "replicate"))
}

// servedReason words the difference of the shares served.
func servedReason(e setups.Endpoint) string {
	return fmt.Sprintf("%s serves %s, %s %s", e.A, finding.Share(e.ValueA.Value), e.B, finding.Share(e.ValueB.Value))
}

// priceWords is the price of both setups: an hour, and 1,000 documents where it is known.
func priceWords(j *analyzer.Judgement, e setups.Endpoint) string {
	a, b := setupNamed(j, e.A), setupNamed(j, e.B)
	if !(a.CostPerHour > 0) || !(b.CostPerHour > 0) {
		return ""
	}
	perA, perB := "", ""
	for _, ra := range j.Throughput {
		for _, rb := range j.Throughput {
			if perA == "" && ra.Setup == e.A && rb.Setup == e.B && ra.Tenant == everyone && rb.Tenant == everyone &&
				ra.Document == rb.Document && !finding.IsMissing(ra.Cost) && !finding.IsMissing(rb.Cost) {
				perA = fmt.Sprintf(" (%s per 1,000 of %q)", money(ra.Cost.Value, ra.Cost.Unit), ra.Document)
				perB = fmt.Sprintf(" (%s)", money(rb.Cost.Value, rb.Cost.Unit))
			}
		}
	}
	return fmt.Sprintf("; price: %s %s/h%s, %s %s/h%s", e.A, money(a.CostPerHour, a.Currency), perA, e.B,
		money(b.CostPerHour, b.Currency), perB)
}

func money(v float64, currency string) string {
	return strings.TrimSpace(finding.Decimal(v) + " " + currency)
}

func setupNamed(j *analyzer.Judgement, name string) results.Setup {
	for _, s := range setupsOf(j) {
		if s.Name == name {
			return s
		}
	}
	return results.Setup{}
}

// endpointRow is one declared comparison as a table shows it.
type endpointRow struct {
	setups.Endpoint
	What   string // "P95, next to the disruptive tenant"
	Figure string // the effect with its interval and level
	Answer string
}

// endpointRows are the declared comparisons as a table shows them.
func endpointRows(j *analyzer.Judgement) []endpointRow {
	var all []endpointRow
	for _, e := range j.Endpoints {
		row := endpointRow{Endpoint: e, What: strings.ToUpper(e.Quantile) + ", " + e.Where(), Answer: "undecided",
			Figure: finding.Figure(e.Effect)}
		switch {
		case e.Measure == setups.MeasureServed:
			row.What = "share served, " + e.Where()
		case e.Quantile == "":
			row.What = "latency, " + e.Where()
		}
		if e.Measure == setups.MeasureServed && !finding.IsMissing(e.Effect) {
			row.Figure = finding.Points(e.Effect)
		}
		if e.Effect.Level > 0 {
			row.Figure += fmt.Sprintf(" (%s)", finding.Share(e.Effect.Level))
		}
		switch {
		case e.Side > 0:
			row.Answer = e.A + " is better"
		case e.Side < 0:
			row.Answer = e.B + " is better"
		case e.Verdict == finding.Pass:
			row.Answer = "no material difference"
		}
		all = append(all, row)
	}
	return all
}
