package validity

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// faultsShown is VAL-003 and VAL-004: each planned fault was injected, with a proof of its
// effect and a proof of its recovery. In a trial that did not run to its end, a missing
// proof is inconclusive.
func faultsShown(t *run.Trial) []finding.Finding {
	verdict := finding.Invalid
	if t.State != results.TrialComplete {
		verdict = finding.Inconclusive
	}
	var all []finding.Finding
	injected := map[string]bool{}
	for _, in := range t.Injections {
		injected[in.Fault] = true
		scope := finding.Scope{Setup: t.Setup, Trial: t.Name, Fault: in.Fault}
		all = append(all, shownInEffect(in, scope, verdict))
		if in.Injected != nil || in.InEffect != nil {
			all = append(all, shownRecovered(in, scope, verdict))
		}
	}
	for _, w := range t.Planned() {
		if w.Kind == results.WindowFault && !injected[w.Fault] {
			injected[w.Fault] = true
			scope := finding.Scope{Setup: t.Setup, Trial: t.Name, Fault: w.Fault}
			all = append(all, finding.New("VAL-003", verdict, scope, w.Fault+" was planned but not injected."))
		}
	}
	return all
}

func shownInEffect(in results.Injection, scope finding.Scope, verdict finding.Verdict) finding.Finding {
	if in.Beyond != "" {
		return finding.New("VAL-003", finding.Invalid, scope, in.Fault+" was reverted at once: "+in.Beyond+".")
	}
	if in.InEffect == nil {
		return finding.New("VAL-003", verdict, scope, withError(in.Fault+" has no proof of its effect", in.Err))
	}
	took := (*in.InEffect - in.Requested).Seconds()
	text := fmt.Sprintf("%s was in effect %s after it was requested", in.Fault, finding.Seconds(took))
	if in.Proof != "" {
		text += ": " + in.Proof
	}
	return finding.New("VAL-003", finding.Pass, scope, text+".").With(finding.Number(took, "s", "requested to first proof", 1))
}

func shownRecovered(in results.Injection, scope finding.Scope, verdict finding.Verdict) finding.Finding {
	if in.Recovered == nil {
		return finding.New("VAL-004", verdict, scope, withError(in.Fault+" has no proof of recovery", in.Err))
	}
	text := in.Fault + " recovered"
	if in.GoneProof != "" {
		text += ": " + in.GoneProof
	}
	return finding.New("VAL-004", finding.Pass, scope, text+".")
}

func withError(text, err string) string {
	if err == "" {
		return text + "."
	}
	return text + ": " + err + "."
}
