package analyzer

import (
	"slices"
	"strings"
)

// decide is the verdict of a run and the sentence that gives its reason. Invalid
// goes before fail, fail before inconclusive, inconclusive before pass. Findings
// that keep no promise (LAT-, CMP-, ATT-) say which and why, not whether: they
// decide nothing.
func decide(findings []Finding) (Verdict, string) {
	for _, verdict := range []Verdict{Invalid, Fail, Inconclusive} {
		if f := first(findings, verdict); f != nil {
			return verdict, reason(*f)
		}
	}
	if first(findings, Pass) == nil {
		return Inconclusive, "Nothing was judged: the run has no trial, or no objective, fault or neighbour to judge."
	}
	return Pass, "Every objective, fault, write and neighbour was judged, and all promises were kept."
}

func first(findings []Finding, verdict Verdict) *Finding {
	for i, f := range findings {
		if f.Verdict == verdict && Decides(f.ID) {
			return &findings[i]
		}
	}
	return nil
}

// rank orders verdicts by what a run's verdict takes from them.
func rank(v Verdict) int { return slices.Index([]Verdict{Info, Pass, Inconclusive, Fail, Invalid}, v) }

// Graver is the one of two verdicts that decides.
func Graver(a, b Verdict) Verdict {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// Decides reports whether a finding takes part in the verdict.
func Decides(id string) bool {
	for _, prefix := range []string{"LAT-", "CMP-", "ATT-"} {
		if strings.HasPrefix(id, prefix) {
			return false
		}
	}
	return true
}

// reason words the deciding finding.
func reason(f Finding) string {
	text := f.ID + " " + f.Title
	if where := f.Scope.words(); where != "" {
		text += " (" + where + ")"
	}
	if len(f.Because) > 0 {
		text += ": " + strings.TrimSuffix(f.Because[0], ".")
	}
	return text + "."
}

// words names the scope, wide to narrow.
func (s Scope) words() string {
	var parts []string
	for _, part := range []string{s.Setup, s.Trial, s.Tenant, s.Journey, s.Step, s.Window, s.Fault} {
		switch part {
		case "":
		case Everyone:
			parts = append(parts, "all abiding tenants")
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
