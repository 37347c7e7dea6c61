package validity

import (
	"fmt"
	"slices"
	"time"

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
		all = append(all, shownInEffect(t, in, scope, verdict))
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

// latest is how late a fault may be in effect before a report names it.
const latest = results.Offset(2 * time.Second)

// shownInEffect is VAL-003. Injected as planned is not enough: the effect must have lasted
// until the fault was removed, and must have begun within its planned window.
func shownInEffect(t *run.Trial, in results.Injection, scope finding.Scope, verdict finding.Verdict) finding.Finding {
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
	v, because := finding.Pass, []string{text + "."}
	if in.ProofKind == results.ProofNoted {
		because = append(because, "Only "+noter(in)+" noted this effect. No check of the harness saw it.")
	}
	if took < -latest.Seconds() {
		v = finding.Invalid
		because = slices.Insert(because, 0, fmt.Sprintf("%s was in effect %s before it was requested: "+
			"the times in injections.json contradict each other.", in.Fault, finding.Seconds(-took)))
	} else if late, missed := lateBy(t, in); missed {
		v = verdict
		because = slices.Insert(because, 0, fmt.Sprintf("%s was in effect %s after its planned moment, "+
			"when its planned window had ended.",
			in.Fault, finding.Seconds(late.Seconds())))
	} else if late > latest {
		because = append(because, fmt.Sprintf("It was late: in effect %s after its planned moment.", finding.Seconds(late.Seconds())))
	}
	if in.Err != "" {
		because = append(because, "It reported an error: "+in.Err+".")
	}
	if in.Lost != nil {
		v = finding.Invalid
		because = slices.Insert(because, 0, lostWords(in)+" The rest of its window shows nothing about the fault.")
	}
	return finding.New("VAL-003", v, scope, because...).With(finding.Number(took, "s", "requested to first proof", 1))
}

// lostWords states when the effect was found lost, and why.
func lostWords(in results.Injection) string {
	text := fmt.Sprintf("The effect of %s was lost %s after it began", in.Fault,
		finding.Seconds((*in.Lost - *in.InEffect).Seconds()))
	if in.LostWhy != "" {
		text += ": " + in.LostWhy
	}
	return text + "."
}

// noter names whose word a noted effect is.
func noter(in results.Injection) string {
	if in.Driver == "chaos-mesh" {
		return "Chaos Mesh"
	}
	return "the driver " + in.Driver
}

// lateBy returns how long after its planned moment a fault was in effect, and whether the
// planned window had ended by then. It is 0 for a fault that no plan names.
func lateBy(t *run.Trial, in results.Injection) (late results.Offset, missed bool) {
	planned := t.Events
	if len(planned) == 0 {
		planned = t.Planned()
	}
	for _, w := range planned {
		if w.Kind == results.WindowFault && w.Fault == in.Fault {
			return *in.InEffect - w.From, w.To > w.From && *in.InEffect >= w.To+latest
		}
	}
	return 0, false
}

// shownRecovered is VAL-004. An effect that was lost before the fault was removed
// proves nothing about its removal.
func shownRecovered(in results.Injection, scope finding.Scope, verdict finding.Verdict) finding.Finding {
	if in.Recovered == nil {
		return finding.New("VAL-004", verdict, scope, withError(in.Fault+" has no proof of recovery", in.Err))
	}
	if early := recoveredBefore(in); early > latest {
		f := finding.New("VAL-004", finding.Invalid, scope, fmt.Sprintf("%s recovered %s before it was in effect: "+
			"the times in injections.json contradict each other.", in.Fault, finding.Seconds(early.Seconds())))
		f.Remedy = damaged
		return f
	}
	text := in.Fault + " recovered"
	if in.GoneProof != "" {
		text += ": " + in.GoneProof
	}
	if in.Lost != nil && in.InEffect != nil {
		return finding.New("VAL-004", finding.Info, scope, lostWords(in)+" It was not the removal that ended it.", text+".")
	}
	return finding.New("VAL-004", finding.Pass, scope, text+".")
}

// recoveredBefore returns how long before its effect a fault recovered, as recorded.
func recoveredBefore(in results.Injection) results.Offset {
	if in.InEffect == nil {
		return 0
	}
	return *in.InEffect - *in.Recovered
}

func withError(text, err string) string {
	if err == "" {
		return text + "."
	}
	return text + ": " + err + "."
}
