package finding

import (
	"slices"
	"strings"
)

// Decide is the verdict of a run and the sentence that gives its reason. Invalid
// goes before fail, fail before inconclusive, inconclusive before pass. Findings
// that keep no promise (LAT-, CMP-, ATT-) say which and why, not whether: they
// Decide nothing.
func Decide(findings []Finding) (Verdict, string) {
	for _, verdict := range []Verdict{Invalid, Fail, Inconclusive} {
		if f := first(findings, verdict); f != nil {
			return verdict, Reason(*f)
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

// Severity orders verdicts by what a run's verdict takes from them.
func Severity(v Verdict) int {
	return slices.Index([]Verdict{Info, Pass, Inconclusive, Fail, Invalid}, v)
}

// MoreSevere is the one of two verdicts that decides.
func MoreSevere(a, b Verdict) Verdict {
	if Severity(b) > Severity(a) {
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

// Reason words the deciding finding.
func Reason(f Finding) string {
	text := f.ID + " " + f.Title
	if where := f.Scope.Words(); where != "" {
		text += " (" + where + ")"
	}
	if len(f.Because) > 0 {
		text += ": " + strings.TrimSuffix(f.Because[0], ".")
	}
	return text + "."
}
