package durability

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Judge judges the audited trials of each setup. A trial with writes and without an audit is
// DUR-006.
func Judge(r *run.Run) []finding.Finding {
	var all []finding.Finding
	for _, setup := range r.Setups {
		var audited []*run.Trial
		for _, t := range r.TrialsOf(setup) {
			switch {
			case t.Audit == nil && t.Attempts == 0:
				// nothing was written
			case t.Audit == nil:
				all = append(all, finding.New("DUR-006", finding.Inconclusive, finding.Scope{Setup: setup, Trial: t.Name},
					"The writes were not audited."))
			case t.Audit.Err != "":
				all = append(all, finding.New("DUR-006", finding.Inconclusive, finding.Scope{Setup: setup, Trial: t.Name},
					"The audit failed: "+t.Audit.Err+"."))
			case t.Audit.Unsound() != "":
				f := finding.New("DUR-006", finding.Inconclusive, finding.Scope{Setup: setup, Trial: t.Name},
					"The audit in trial.json cannot be true: "+t.Audit.Unsound()+".")
				f.Remedy = "Find what edited trial.json, and record the run again."
				all = append(all, f)
			default:
				audited = append(audited, t)
			}
		}
		if len(audited) > 0 {
			all = append(all, writesKept(setup, audited)...)
			all = append(all, invariants(setup, audited)...)
			all = append(all, staleReads(setup, audited)...)
		}
	}
	return all
}

// methodAudit is the method of every count of writes.
const methodAudit = "audit after the run"

// allRead is the share of the acknowledged writes of the journal that an audit has to
// read back.
const allRead = 0.99

// fate sums one fate of writes over trials, tenants and operations.
type fate struct {
	count    int
	examples []string
	where    []string
}

func (f *fate) add(t *run.Trial, op results.AuditOp, n int) {
	if n <= 0 {
		return
	}
	f.count += n
	f.where = append(f.where, fmt.Sprintf("%s %s of %s in %s", finding.Count(n), op.Op, op.Tenant, t.Name))
	f.examples = append(f.examples, op.Examples...)
}

// because returns the sentences of a fate. Without a write it is the sentence none.
func (f *fate) because(what, none string) []string {
	if f.count == 0 {
		return []string{none}
	}
	because := []string{fmt.Sprintf("%s %s: %s.", finding.Plural(f.count, "write"), what, finding.List(f.where, 6))}
	if len(f.examples) > 0 {
		because = append(because, "Examples: "+finding.List(f.examples, 5)+".")
	}
	return because
}

// writesKept is DUR-001 to DUR-004.
func writesKept(setup string, trials []*run.Trial) []finding.Finding {
	var lost, duplicated, unexpected, lostAck fate
	acknowledged, attempted, journalled, indeterminate, restored := 0, 0, 0, 0, 0
	rpo := -1.0
	for _, t := range trials {
		journalled += acknowledgedOf(t)
		for _, op := range t.Audit.Operations {
			attempted += op.Attempted
			acknowledged += op.Acknowledged
			indeterminate += op.Indeterminate
			lost.add(t, op, op.Lost)
			duplicated.add(t, op, op.Duplicated)
			unexpected.add(t, op, op.Unexpected)
			lostAck.add(t, op, op.LostAck)
		}
		restored += LostToDrills(t)
		if t.Audit.RPO != nil {
			rpo = max(rpo, *t.Audit.RPO)
		}
	}
	scope := finding.Scope{Setup: setup}
	if written := readable(trials); attempted == 0 && written > 0 {
		return []finding.Finding{finding.New("DUR-006", finding.Inconclusive, scope, fmt.Sprintf(
			"The audit read back none of the %s of the journal.", finding.Plural(written, "acknowledged write")))}
	}
	if attempted == 0 {
		return []finding.Finding{finding.New("DUR-006", finding.Info, scope, "No write was attempted.")}
	}
	// A fate that was found fails. One that was not found passes only when it could have
	// been: writes were acknowledged, and all of them were read back.
	judge := func(id string, f *fate, of int, what, none string) finding.Finding {
		verdict := finding.Pass
		switch {
		case f.count > 0:
			verdict = finding.Fail
		case acknowledged > 0 && noJournal(trials):
			verdict = finding.Inconclusive
			none = "None was found, but the journal is missing: nothing shows how many writes there were."
		case acknowledged == 0 || float64(acknowledged) < allRead*float64(journalled):
			verdict = finding.Inconclusive
			none = fmt.Sprintf("None was found, but %s.", unseen(attempted, acknowledged, journalled))
		}
		return finding.New(id, verdict, scope, f.because(what, none)...).With(
			finding.Number(float64(f.count), "count", methodAudit, of))
	}
	writes := finding.Count(acknowledged) + " acknowledged"
	keep := judge("DUR-001", &lost, acknowledged, "lost, of "+writes, fmt.Sprintf("%s, none lost.",
		finding.Plural(acknowledged, "acknowledged write")))
	if restored > 0 && lost.count <= restored {
		keep.Verdict = finding.Info
		keep.Because = append(keep.Because, "The restore lost them: see REC-005.")
	}
	if rpo >= 0 {
		keep.Because = append(keep.Because, fmt.Sprintf("The oldest was acknowledged %s before the fault (observed RPO).",
			finding.Seconds(rpo)))
	}
	inform := finding.New("DUR-004", finding.Info, scope, lostAck.because("done without an acknowledgement",
		"Every write that was done was acknowledged.")...).With(
		finding.Number(float64(lostAck.count), "count", methodAudit, attempted))
	inform.Because = append(inform.Because, fmt.Sprintf("%s of %s without an answer.", finding.Count(indeterminate),
		finding.Plural(attempted, "attempt")))
	return []finding.Finding{
		keep,
		judge("DUR-002", &duplicated, attempted, "done more than once", "No write was done more than once."),
		judge("DUR-003", &unexpected, attempted, "done although refused", "No refused write was done."),
		inform,
	}
}

// acknowledgedOf counts the acknowledged writes of the journal that an audit reads back:
// those of the operations that it knows, of every tenant. Some operations leave nothing
// to read.
func acknowledgedOf(t *run.Trial) int {
	ops := map[results.Op]bool{}
	for _, op := range t.Audit.Operations {
		ops[op.Op] = true
	}
	n := 0
	for key, count := range t.Acknowledged {
		if ops[key.Op] {
			n += count
		}
	}
	return n
}

// noJournal reports whether no trial has a journal of its writes.
func noJournal(trials []*run.Trial) bool {
	return !slices.ContainsFunc(trials, func(t *run.Trial) bool { return t.Attempts > 0 })
}

// readable counts the acknowledged writes of the journal that an audit can read back. A check
// of availability leaves nothing to read, and neither may a call of the script's own.
func readable(trials []*run.Trial) int {
	n := 0
	for _, t := range trials {
		for key, count := range t.Acknowledged {
			if key.Op.ReadBack() {
				n += count
			}
		}
	}
	return n
}

// unseen returns why a fate that was not found may still have happened.
func unseen(attempted, acknowledged, journalled int) string {
	if acknowledged == 0 {
		return fmt.Sprintf("none of %s was acknowledged", finding.Plural(attempted, "write"))
	}
	return fmt.Sprintf("only %s of %s were read back", finding.Count(acknowledged), finding.Plural(journalled, "acknowledged write"))
}

// invariants is DUR-005: the invariants of stock and accounting hold.
func invariants(setup string, trials []*run.Trial) []finding.Finding {
	checked, absent := 0, map[string]int{} // left out, by reason
	var broken, duplicated, unread []string
	var examples []string
	for _, t := range trials {
		for _, invariant := range t.Audit.Invariants {
			where := fmt.Sprintf("%s of %s in %s", invariant.Name, invariant.Tenant, t.Name)
			switch {
			case invariant.Absent != "":
				absent[invariant.Absent]++
			case invariant.Err != "":
				unread = append(unread, where+" ("+invariant.Err+")")
			case !invariant.Held && invariant.Broken-invariant.Before <= byDuplicates(t, invariant):
				checked++
				duplicated = append(duplicated, fmt.Sprintf("%s, %s", where, finding.Plural(invariant.Broken, "time")))
			case !invariant.Held:
				checked++
				broken = append(broken, fmt.Sprintf("%s, %s", where, finding.Plural(invariant.Broken, "time")))
				examples = append(examples, invariant.Examples...)
			default:
				checked++
			}
		}
	}
	scope := finding.Scope{Setup: setup}
	q := finding.Number(float64(len(broken)), "count", "invariants broken, of those checked", checked)
	var because []string
	verdict := finding.Pass
	switch {
	case len(broken) > 0:
		verdict = finding.Fail
		because = append(because, fmt.Sprintf("%d of %s broken: %s.", len(broken), finding.Plural(checked, "invariant"),
			finding.List(broken, 6)))
		if len(examples) > 0 {
			because = append(because, "Examples: "+finding.List(examples, 5)+".")
		}
	case len(unread) > 0:
		verdict = finding.Inconclusive
	case checked == 0:
		return nil
	case len(duplicated) > 0:
		verdict = finding.Info
	default:
		because = append(because, fmt.Sprintf("None of %s is broken.", finding.Plural(checked, "invariant")))
	}
	if len(duplicated) > 0 {
		because = append(because, fmt.Sprintf("Broken by duplicated writes (DUR-002): %s.", finding.List(duplicated, 6)))
	}
	if len(unread) > 0 {
		because = append(because, fmt.Sprintf("%s could not be checked: %s.", finding.Plural(len(unread), "invariant"),
			finding.List(unread, 3)))
	}
	for _, why := range slices.Sorted(maps.Keys(absent)) {
		because = append(because, fmt.Sprintf("Left out: %s, since %s.", finding.Plural(absent[why], "invariant"), why))
	}
	return []finding.Finding{finding.New("DUR-005", verdict, scope, because...).With(q)}
}

// byDuplicates returns how often an invariant is broken because its write was duplicated.
// DUR-002 judges that.
func byDuplicates(t *run.Trial, invariant results.Invariant) int {
	if invariant.Name != "one-invoice-per-order" {
		return 0
	}
	for _, op := range t.Audit.Operations {
		if op.Op == results.OpInvoice && op.Tenant == invariant.Tenant {
			return op.Duplicated
		}
	}
	return 0
}

// LostToDrills counts the acknowledged writes that recovery drills lost. REC-005 judges them
// against the RPO.
func LostToDrills(t *run.Trial) int {
	n := 0
	for _, drill := range t.Drills {
		for _, loss := range t.Audit.Losses {
			if drill.Kind == results.DrillRecovery && loss.Fault == drill.Name {
				n += loss.Lost
			}
		}
	}
	return n
}
