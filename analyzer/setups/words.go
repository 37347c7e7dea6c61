package setups

import (
	"fmt"
	"math"
	"strings"

	"example.org/odooharness/analyzer/finding"
)

// Where words the condition of an endpoint: "next to the disruptive tenant".
func (e *Endpoint) Where() string {
	for _, f := range families() {
		if f.String() == e.Family {
			return f.where()
		}
	}
	return e.Family
}

// refused words an endpoint without an effect.
func (e *Endpoint) refused() string {
	why := e.estimate.Why
	if why == "" && len(e.Effect.Warnings) > 0 {
		why = e.Effect.Warnings[0]
	}
	what := "The latency"
	if e.Measure == MeasureServed {
		what = "The share served"
	}
	return fmt.Sprintf("%s %s cannot be compared: %s.", what, e.family.where(), why)
}

// sentence words a judged endpoint.
func (e *Endpoint) sentence() string {
	if e.Measure == MeasureServed {
		return e.servedSentence()
	}
	return e.latencySentence()
}

func (e *Endpoint) latencySentence() string {
	name, where := "P"+strings.TrimPrefix(e.Quantile, "p"), e.family.where()
	if math.IsInf(e.estimate.Log, 0) {
		better, worse := e.A, e.B
		if e.Side < 0 {
			better, worse = e.B, e.A
		}
		if e.Verdict != finding.Info {
			return fmt.Sprintf("Undecided %s: the %s of %s is among its unserved arrivals, which may be chance.", where, name, worse)
		}
		return fmt.Sprintf("%s is slower than %s %s: its %s is among the arrivals that were not served.", worse, better, where, name)
	}
	figure := fmt.Sprintf("%s of %s/%s %s", name, e.B, e.A, figureWords(e.Effect))
	switch e.Verdict {
	case finding.Pass:
		return fmt.Sprintf("No material difference %s: %s.", where, figure)
	case finding.Info:
		side := "faster"
		if e.Side > 0 {
			side = "slower"
		}
		return fmt.Sprintf("%s is %s than %s %s: %s. It holds %s.", e.B, side, e.A, where, figure, e.unless())
	}
	return fmt.Sprintf("Undecided %s: %s. %s.", where, figure, e.Takes)
}

func (e *Endpoint) servedSentence() string {
	where := e.family.where()
	if e.ValueA.Value == 1 && e.ValueB.Value == 1 && e.Verdict == finding.Inconclusive {
		return fmt.Sprintf("Both served all arrivals %s (%s and %s). %s.", where, finding.Count(e.ValueA.N),
			finding.Count(e.ValueB.N), e.Takes)
	}
	shares := fmt.Sprintf("%s served %s, %s %s", e.A, finding.Share(e.ValueA.Value), e.B, finding.Share(e.ValueB.Value))
	switch e.Verdict {
	case finding.Pass:
		return fmt.Sprintf("No material difference in the share served %s: %s.", where, shares)
	case finding.Info:
		side := "more"
		if e.Side > 0 {
			side = "less"
		}
		return fmt.Sprintf("%s serves %s than %s %s: %s, %s. It holds %s.", e.B, side, e.A, where, shares, points(e.Effect), e.unless())
	}
	return fmt.Sprintf("Undecided whether the share served differs %s: %s, %s. %s.", where, shares, points(e.Effect), e.Takes)
}

// unless words the tipping point next to the assumption.
func (e *Endpoint) unless() string {
	if e.Tipping.Missing {
		return "however much trials vary"
	}
	in := ""
	if e.Measure == MeasureServed {
		in = " in the odds"
	}
	from := "is assumed"
	if runs := e.estimate.Prior.Runs; runs > 0 {
		from = "in " + finding.Plural(runs, "earlier run")
	}
	return fmt.Sprintf("unless trials vary by more than %s%s (%s %s)", percent(e.Tipping.Value), in,
		percent(e.estimate.Prior.Tau), from)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// figureWords is a ratio with its interval, the level of it and the number of pairs.
func figureWords(q finding.Quantity) string {
	text := finding.Ratio(q.Value)
	lo, hi := finding.RatioBounds(q)
	switch {
	case q.Lo != nil && q.Hi != nil:
		text += " " + finding.Interval(q)
	case q.Lo != nil:
		text = "at least " + finding.Ratio(lo)
	case q.Hi != nil:
		text = "at most " + finding.Ratio(hi)
	}
	return fmt.Sprintf("%s (%s interval, %s)", text, finding.Share(q.Level), finding.Plural(q.N, "pair"))
}

// points is a difference of shares in percentage points with its interval.
func points(q finding.Quantity) string {
	if q.Lo == nil || q.Hi == nil {
		return fmt.Sprintf("%s points", finding.Decimal(100*q.Value))
	}
	return fmt.Sprintf("%s points [%s, %s] (%s interval, %s)", finding.Decimal(100*q.Value), finding.Decimal(100**q.Lo),
		finding.Decimal(100**q.Hi), finding.Share(q.Level), finding.Plural(q.N, "pair"))
}
