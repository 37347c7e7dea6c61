package finding

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is the judgement of a finding, and of a run.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive" // the data cannot decide
	Invalid      Verdict = "invalid"      // the measurement itself is broken
	Info         Verdict = "info"         // decides nothing
)

// Severity orders verdicts, least severe first: info, pass, inconclusive, fail, invalid.
// An unknown verdict has -1.
func Severity(v Verdict) int {
	return slices.Index([]Verdict{Info, Pass, Inconclusive, Fail, Invalid}, v)
}

// MoreSevere returns the more severe of two verdicts.
func MoreSevere(a, b Verdict) Verdict {
	if Severity(b) > Severity(a) {
		return b
	}
	return a
}

// Decides reports whether a finding takes part in the verdict of a run. LAT-, CMP-, REM- and
// ATT- findings have no objective and decide nothing.
func Decides(id string) bool {
	for _, prefix := range []string{"LAT-", "CMP-", "REM-", "ATT-"} {
		if strings.HasPrefix(id, prefix) {
			return false
		}
	}
	return true
}

// Decide returns the verdict of a run, and the sentence that gives its reason. The first
// finding of the most severe verdict decides. A run passes when it has an objective or
// limit, measured it, and kept all of them. A sound measurement (VAL-) alone is no pass.
func Decide(findings []Finding) (Verdict, string) {
	for _, verdict := range []Verdict{Invalid, Fail, Inconclusive} {
		if f := first(findings, verdict); f != nil {
			return verdict, Reason(*f)
		}
	}
	counts := passed(findings)
	if len(counts) == 0 {
		return Inconclusive, "The run has nothing to judge: no objective, fault, neighbour, write or forecast."
	}
	return Pass, "Passed: " + List(counts, len(counts)) + "."
}

// Open is the verdict of a run that was to go on until its primary questions are decided,
// and that passes for the reason otherwise: inconclusive when one of them is open.
func Open(questions []Primary, reason string) (Verdict, string) {
	open := 0
	var first *Primary
	for i, q := range questions {
		if !q.Decided {
			open++
			if first == nil {
				first = &questions[i]
			}
		}
	}
	if open == 0 {
		return Pass, reason
	}
	verb := "are"
	if open == 1 {
		verb = "is"
	}
	return Inconclusive, strings.TrimSpace(fmt.Sprintf("%d of %s %s undecided. The first: %s %s", open,
		Plural(len(questions), "primary question"), verb, first.Question, first.Why))
}

// passed counts the passed findings by subject: "2 objectives".
func passed(findings []Finding) []string {
	type family struct{ prefix, noun string }
	families := []family{ // the first that fits
		{"SLO-", "objective"}, {"RES-004", "session check"}, {"RES-005", "conflict check"}, {"RES-", "fault check"},
		{"DUR-", "write check"}, {"ISO-", "neighbour check"}, {"CAP-", "forecast peak"}, {"BKG-", "background job check"},
		{"REC-", "recovery check"}, {"CHG-", "change check"},
	}
	n := make([]int, len(families))
	for _, f := range findings {
		at := slices.IndexFunc(families, func(of family) bool { return strings.HasPrefix(f.ID, of.prefix) })
		if f.Verdict == Pass && at >= 0 {
			n[at]++
		}
	}
	var counts []string
	for i, of := range families {
		if n[i] > 0 {
			counts = append(counts, Plural(n[i], of.noun))
		}
	}
	return counts
}

func first(findings []Finding, verdict Verdict) *Finding {
	for i, f := range findings {
		if f.Verdict == verdict && Decides(f.ID) {
			return &findings[i]
		}
	}
	return nil
}

// Reason words a deciding finding: its title, its scope and its first reason.
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
