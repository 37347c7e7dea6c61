package report

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
)

// Answer is one of the three questions of a run, with the sentences that answer it.
type Answer struct {
	Question  string
	Verdict   finding.Verdict
	Sentences []string
}

// Summary words the judgement as answers: capacity, readiness, architecture.
// An invalid run answers none of them.
func Summary(j *analyzer.Judgement) []Answer {
	heads := Headlines(j)
	all := []Answer{
		{"How much can it carry?", worst(j, "CAP-"), capacity(j, heads)},
		{"Is it ready for failures at the peak?", ready(j, heads), readiness(j, heads)},
		{"Which architecture serves better?", better(j, heads), architecture(j, heads)},
	}
	if j.Verdict == finding.Invalid && len(heads) > 0 {
		for i := range all {
			all[i].Verdict = finding.Invalid
			all[i].Sentences = []string{"This run cannot answer it, because the measurement itself is broken."}
		}
	}
	return all
}

// invalidNotice stands before the figures of an invalid run.
const invalidNotice = "The figures below are those of a broken measurement: " +
	"they help to find its cause and support no conclusion."

// worst is the most severe verdict among the findings whose identifier has one of the
// prefixes; Info when none judges.
func worst(j *analyzer.Judgement, prefixes ...string) finding.Verdict {
	highest := finding.Info
	for _, f := range j.Findings {
		for _, prefix := range prefixes {
			if strings.HasPrefix(f.ID, prefix) && severity(f.Verdict) > severity(highest) {
				highest = f.Verdict
			}
		}
	}
	return highest
}

// ready is the verdict on failures. Without a fault or a drill nothing shows that a failure
// is survived, however well the load was served.
func ready(j *analyzer.Judgement, heads []Headline) finding.Verdict {
	verdict := worst(j, "SLO-", "RES-", "DUR-")
	if verdict == finding.Pass && !failures(j, heads) {
		return finding.Info
	}
	return verdict
}

// failures reports whether the run had a fault or a drill.
func failures(j *analyzer.Judgement, heads []Headline) bool {
	return slices.ContainsFunc(heads, func(h Headline) bool { return len(h.Faults) > 0 }) ||
		slices.ContainsFunc(j.Trials, func(t latency.TrialView) bool { return len(t.Trial.Drills) > 0 })
}

// better is the verdict on the setups: that on the neighbour, and inconclusive while the main
// comparison is. One setup has no better one.
func better(j *analyzer.Judgement, heads []Headline) finding.Verdict {
	verdict := worst(j, "ISO-")
	if len(heads) < 2 {
		return finding.Info
	}
	for _, e := range j.Endpoints {
		served := servedNextTo(j, e)
		decided := e.Verdict != finding.Inconclusive || served != nil && served.Side != 0
		if e.Main && !decided && severity(verdict) < severity(finding.Inconclusive) {
			verdict = finding.Inconclusive
		}
	}
	return verdict
}

// severity orders verdicts, the most severe highest.
func severity(v finding.Verdict) int {
	switch v {
	case finding.Pass:
		return 1
	case finding.Inconclusive:
		return 2
	case finding.Fail:
		return 3
	case finding.Invalid:
		return 4
	}
	return 0
}

func capacity(j *analyzer.Judgement, heads []Headline) []string {
	var all []string
	for _, h := range heads {
		if h.Offered == 0 {
			all = append(all, fmt.Sprintf("%s: no journeys were recorded after the warm-up.", h.Setup.Name))
			continue
		}
		all = append(all, fmt.Sprintf("%s served %s of %s journeys offered by abiding tenants%s.",
			h.Setup.Name, finding.Share(float64(h.Good)/float64(h.Offered)), finding.Count(h.Offered), pace(j, h.Setup.Name)))
	}
	ladder := false
	for _, f := range j.Findings {
		if strings.HasPrefix(f.ID, "CAP-") {
			ladder = true
			all = append(all, sentence(f))
		}
	}
	if !ladder && len(heads) > 0 {
		all = append(all, "The load was not raised until the objective broke: "+
			"these are figures at the load offered, not the limit.")
	}
	return all
}

// pace words the documents an hour of a setup while calm.
func pace(j *analyzer.Judgement, setup string) string {
	var parts []string
	for _, row := range j.Throughput {
		if row.Setup == setup && row.Tenant == everyone && !finding.IsMissing(row.PerHour) && len(parts) < 3 {
			parts = append(parts, fmt.Sprintf("%s %s", row.Document, finding.Figure(row.PerHour)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; while calm: " + strings.Join(parts, ", ")
}

func readiness(j *analyzer.Judgement, heads []Headline) []string {
	var all []string
	for _, h := range heads {
		parts := []string{}
		if met, judged := objectivesMet(j, h.Setup.Name); judged > 0 {
			parts = append(parts, fmt.Sprintf("met %d of %s", met, finding.Plural(judged, "objective")))
		}
		if len(h.Faults) > 0 {
			parts = append(parts, recovered(h))
		}
		parts = append(parts, h.Writes.words())
		all = append(all, h.Setup.Name+": "+strings.Join(parts, "; ")+".")
	}
	if len(heads) > 0 && !failures(j, heads) {
		all = append(all, "No fault was injected: this run does not show what a failure does.")
	}
	return all
}

// objectivesMet counts the objectives over all abiding tenants; those of single
// tenants are a table of their own.
func objectivesMet(j *analyzer.Judgement, setup string) (met, judged int) {
	for _, row := range j.Objectives {
		if row.Setup != setup || row.Tenant != everyone {
			continue
		}
		judged++
		if row.Verdict == finding.Pass {
			met++
		}
	}
	return met, judged
}

// recovered words how many of the faults that took effect a setup came back from,
// and the slowest.
func recovered(h Headline) string {
	back, effective, idle, unknown := 0, []FaultLine{}, []string{}, []string{}
	for _, line := range h.Faults {
		if !line.tookEffect() {
			idle = append(idle, line.Fault)
			continue
		}
		switch q := line.Slowest(); {
		case finding.IsMissing(q):
			unknown = append(unknown, line.Fault)
			continue
		case !q.Censored:
			back++
		}
		effective = append(effective, line)
	}
	var parts []string
	if len(effective) > 0 {
		slowest := effective[0]
		for _, line := range effective[1:] {
			if longer(line.Slowest(), slowest.Slowest()) {
				slowest = line
			}
		}
		parts = append(parts, fmt.Sprintf("came back from %d of %s in every trial, slowest %s: %s", back,
			finding.Plural(len(effective), "fault"), slowest.Fault, finding.Value(slowest.Slowest())))
	}
	if len(unknown) > 0 {
		parts = append(parts, "recovery from "+strings.Join(unknown, ", ")+" cannot be determined")
	}
	if len(idle) > 0 {
		parts = append(parts, strings.Join(idle, ", ")+" never shown in effect")
	}
	return strings.Join(parts, "; ")
}

// words states what the audit found of the acknowledged writes.
func (w Writes) words() string {
	if w.Audited == 0 {
		return "its writes were not audited"
	}
	var broken []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{w.Lost, "%s lost"}, {w.Duplicated, "%s duplicated"}, {w.Unexpected, "%s there though refused"},
		{w.Broken, "%s of " + finding.Count(w.Checked) + " invariants broken"},
	} {
		if part.n > 0 {
			broken = append(broken, fmt.Sprintf(part.text, finding.Count(part.n)))
		}
	}
	if len(broken) == 0 {
		return fmt.Sprintf("none of %s acknowledged writes lost or duplicated, %s left unanswered%s",
			finding.Count(w.Acknowledged), finding.Count(w.Indeterminate), w.partly())
	}
	return fmt.Sprintf("of %s acknowledged writes: %s%s", finding.Count(w.Acknowledged), strings.Join(broken, ", "), w.partly())
}

func (w Writes) partly() string {
	if w.Audited == w.Trials {
		return ""
	}
	return fmt.Sprintf(" (%d of %d trials audited)", w.Audited, w.Trials)
}

// sentence words a finding: its title, its figure, the first reason.
func sentence(f finding.Finding) string {
	text := f.Title
	if f.Quantity != nil {
		text += ": " + finding.Figure(*f.Quantity)
	}
	if len(f.Because) > 0 {
		text += ". " + f.Because[0]
	}
	return strings.TrimSuffix(text, ".") + "."
}
