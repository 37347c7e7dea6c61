package readiness

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/readiness"
)

// Blockers are the risks that stand against a go.
func (p *Pack) Blockers() []Risk {
	var all []Risk
	for _, r := range p.Risks {
		if r.blocks(p.CutOff) {
			all = append(all, r)
		}
	}
	return all
}

// words decides and gives the reasons. A blocker or lost writes stand against a go, whatever
// the probability is.
func (p *Pack) words(q Question) {
	if p.Answer == nil {
		p.Decision = readiness.Undecided
		why := strings.TrimSuffix(p.noCapacity(q), ".")
		p.Reasons = append(p.Reasons, "There is no capacity to compare the forecast with: "+why+".")
		p.Next = append(p.Next, "Run `harness capacity` on this setup, with documents of the forecast.")
	} else {
		p.Decision = p.Answer.Decision
		p.Reasons = append(p.Reasons, p.probabilityWords(), p.marginWords())
		p.Reasons = append(p.Reasons, p.dominatedWords()...)
		p.Next = append(p.Next, p.nextWords()...)
	}
	if failed := p.failed(); len(failed) > 0 && p.Decision == readiness.Go {
		p.Decision = readiness.NoGo
		p.Reasons = slices.Insert(p.Reasons, 0, "The probability suffices, but "+strings.Join(failed, "; ")+".")
	}
	if blockers := p.Blockers(); len(blockers) > 0 {
		var titles []string
		for _, b := range blockers {
			when := "due " + b.Due.Format(time.DateOnly)
			if b.Expires != nil {
				when = "accepted until " + b.Expires.Format(time.DateOnly)
			}
			titles = append(titles, fmt.Sprintf("%s (%s, %s)", b.Title, b.Owner, when))
		}
		text := fmt.Sprintf("Open: %s.", finding.List(titles, 3))
		p.Next = slices.Insert(p.Next, 0, "Close or accept: "+finding.List(titles, 3)+".")
		if p.Decision == readiness.Go {
			p.Decision = readiness.NoGo
			p.Reasons = slices.Insert(p.Reasons, 0, "The probability suffices, but risks stand against it. "+text)
		} else {
			p.Reasons = append(p.Reasons, text)
		}
	}
}

// failed lists what no probability makes up for: writes that a fault of the plan lost or broke.
func (p *Pack) failed() []string {
	var all []string
	for _, d := range p.Domains {
		if d.Verdict == finding.Fail && d.Name == "data reliability" {
			all = append(all, "data reliability fails: "+strings.TrimSuffix(d.Words, "."))
		}
	}
	return all
}

func (p *Pack) noCapacity(q Question) string {
	for _, r := range p.Runs {
		if r.Name == q.Capacity && r.Refused != "" {
			return q.Capacity + " is no evidence: " + r.Refused
		}
	}
	return q.Capacity + " has no capacity of the forecast's documents"
}

func (p *Pack) probabilityWords() string {
	a := p.Answer
	text := fmt.Sprintf("Everything ships by the cut-off within the objective with a probability of %s",
		probability(a.Probability))
	if a.AtBest > a.Probability+0.005 {
		text += fmt.Sprintf(" to %s, since evidence is missing", probability(a.AtBest))
	}
	return text + fmt.Sprintf("; a go needs %s.", finding.Share(p.Plan.Threshold))
}

func probability(v float64) string { return Chance(v, "more than ", "less than ") }

// Chance words a probability that draws estimate: never quite 0 or 1, but more or less than
// the last figure that the draws give.
func Chance(v float64, more, less string) string {
	switch {
	case v > 0.999:
		return more + "99.9 %"
	case v < 0.001:
		return less + "0.1 %"
	}
	return finding.Share(math.Round(1000*v) / 1000)
}

// marginText is a factor of the forecast that ships in time. Margins are searched between two
// factors, and may be beyond them.
func marginText(margin float64) string {
	switch {
	case margin < readiness.LeastMargin:
		return "less than " + finding.Ratio(readiness.LeastMargin)
	case margin >= readiness.MostMargin:
		return finding.Ratio(readiness.MostMargin) + " or more"
	}
	return finding.Ratio(margin)
}

func (p *Pack) marginWords() string {
	a := p.Answer
	figure := marginText(a.Margin) + " of the forecast"
	if p.Plan.Capacity.AtLeast {
		if a.Margin >= readiness.LeastMargin {
			figure = "at least " + finding.Ratio(a.Margin) + " of the forecast"
		}
		figure += ": the ladder ended below the capacity"
	} else {
		figure += fmt.Sprintf(" (90 %% interval %s to %s)", marginText(a.Lo), marginText(a.Hi))
	}
	confident := "With 90 % it is at least " + finding.Ratio(a.Confident) + "."
	if a.Confident < readiness.LeastMargin {
		confident = "With 90 % not even " + finding.Ratio(readiness.LeastMargin) + " ships in time."
	}
	return "The largest load that still ships in time is " + figure + ". " + confident
}

// leastShare is the least part of the uncertainty that is worth naming.
const leastShare = 0.01

func (p *Pack) dominatedWords() []string {
	if len(p.Answer.Inputs) == 0 || p.Answer.Inputs[0].Share < leastShare {
		return nil // the answer is certain
	}
	top := p.Answer.Inputs[0]
	return []string{fmt.Sprintf("Most of the uncertainty comes from %s: %s of it.", InputWords(top), finding.Share(top.Share))}
}

// InputWords names an input.
func InputWords(in readiness.Input) string {
	switch in.Kind {
	case readiness.OfForecast:
		return "the forecast"
	case readiness.OfCapacity:
		return "the measured capacity"
	case readiness.OfTransfer:
		return "how the day differs from the test"
	case readiness.OfLeft:
		return "the capacity during " + in.Fault
	}
	return "when and how long " + in.Fault + " occurs"
}

// RemedyWords names a remedy.
func RemedyWords(r readiness.Remedy) string {
	switch r.Kind {
	case readiness.MoreCapacity:
		return "10 % more capacity"
	case readiness.LessLoad:
		return "10 % of the load outside the window"
	case readiness.Redundancy:
		return "full capacity during " + r.Fault
	case readiness.FasterRepair:
		return "repair " + r.Fault + " in half the time"
	}
	return r.Fault + " half as often"
}

// measurementWords is the measurement that makes an input known.
func measurementWords(in readiness.Input) string {
	switch in.Kind {
	case readiness.OfForecast:
		return "a later forecast"
	case readiness.OfCapacity:
		return "more replicates of the capacity run"
	case readiness.OfTransfer:
		return "a capacity run on production's hardware and data"
	}
	return "more replicates of the capacity run with " + in.Fault + " held"
}

// nextWords is the measurement and the remedy that would change the answer most.
func (p *Pack) nextWords() []string {
	var next, unmeasured []string
	for _, cell := range p.Matrix {
		if len(cell.Missing) > 0 {
			unmeasured = append(unmeasured, cell.Fault)
		}
	}
	if len(unmeasured) > 0 && p.Answer.AtBest > p.Answer.Probability {
		next = append(next, fmt.Sprintf("Measure %s. What is not measured counts at its worst.", finding.List(unmeasured, 3)))
	}
	if in, ok := p.Measurement(); ok {
		next = append(next, fmt.Sprintf("Best measurement: %s. It changes the answer with a chance of %s.", measurementWords(in),
			finding.Share(in.Changes)))
	}
	if r := p.Answer.Remedies; len(r) > 0 && r[0].Probability > p.Answer.Probability {
		next = append(next, fmt.Sprintf("Best remedy: %s. The probability becomes %s.", RemedyWords(r[0]),
			probability(r[0].Probability)))
	}
	return next
}

// Measurement is the one that saves most of the expected loss; false when none changes the
// answer.
func (p *Pack) Measurement() (readiness.Input, bool) {
	var best readiness.Input
	for _, in := range p.Answer.Inputs {
		if in.Kind != readiness.OfChance && in.Changes >= 0.01 && in.Value >= best.Value {
			best = in
		}
	}
	return best, best.Kind != ""
}
