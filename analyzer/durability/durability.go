package durability

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Judge is DUR-: what reading back the writes found, per setup over its
// trials. It does not depend on how fast anything was.
func Judge(r *run.Run) []finding.Finding {
	var all []finding.Finding
	for _, setup := range r.Setups {
		var audited []*run.Trial
		for _, t := range r.TrialsOf(setup) {
			switch {
			case t.Audit == nil && t.Attempts == 0:
				// Nothing was written.
			case t.Audit == nil:
				all = append(all, finding.New("DUR-006", finding.Inconclusive, finding.Scope{Setup: setup, Trial: t.Name},
					"The writes of the trial were not read back."))
			case t.Audit.Err != "":
				all = append(all, finding.New("DUR-006", finding.Inconclusive, finding.Scope{Setup: setup, Trial: t.Name},
					"Reading back the writes failed: "+t.Audit.Err+"."))
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

// fate sums one kind of fate of writes over trials, tenants and operations.
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
	f.where = append(f.where, fmt.Sprintf("%d %s of %s in %s", n, op.Op, op.Tenant, t.Name))
	f.examples = append(f.examples, op.Examples...)
}

// because words a fate; an empty one gets the sentence none.
func (f *fate) because(what, none string) []string {
	if f.count == 0 {
		return []string{none}
	}
	because := []string{fmt.Sprintf("%d %s: %s.", f.count, what, finding.List(f.where, 6))}
	if len(f.examples) > 0 {
		because = append(because, "For example "+finding.List(f.examples, 5)+".")
	}
	return because
}

func writesKept(setup string, trials []*run.Trial) []finding.Finding {
	var lost, duplicated, unexpected, lostAck fate
	acknowledged, attempted, indeterminate, restored := 0, 0, 0, 0
	rpo := -1.0
	for _, t := range trials {
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
	if attempted == 0 {
		return []finding.Finding{finding.New("DUR-006", finding.Info, scope, "There were no writes to read back.")}
	}
	judge := func(id string, f *fate, of int, what, none string) finding.Finding {
		verdict := finding.Pass
		if f.count > 0 {
			verdict = finding.Fail
		}
		return finding.New(id, verdict, scope, f.because(what, none)...).With(
			finding.Number(float64(f.count), "count", "read back after the run", of))
	}
	keep := judge("DUR-001", &lost, acknowledged, fmt.Sprintf("of %d acknowledged writes are not there", acknowledged),
		fmt.Sprintf("All of %d acknowledged writes are there.", acknowledged))
	if restored > 0 && lost.count <= restored {
		keep.Verdict = finding.Info
		keep.Because = append(keep.Because, "They were lost by the restore, which REC-005 judges.")
	}
	if rpo >= 0 {
		keep.Because = append(keep.Because, fmt.Sprintf("The oldest was acknowledged %s before (RPO observed).", finding.Seconds(rpo)))
	}
	inform := finding.New("DUR-004", finding.Info, scope, lostAck.because("writes were done though the client was told otherwise, or nothing",
		"Every write that was done was also acknowledged.")...).With(
		finding.Number(float64(lostAck.count), "count", "read back after the run", attempted))
	inform.Because = append(inform.Because, fmt.Sprintf("%d of %d attempts were left without an answer.", indeterminate,
		attempted))
	return []finding.Finding{
		keep,
		judge("DUR-002", &duplicated, attempted, "writes were done more than once", "No write was done twice."),
		judge("DUR-003", &unexpected, attempted, "writes are there though they were refused", "No refused write is there."),
		inform,
	}
}

// invariants is DUR-005.
func invariants(setup string, trials []*run.Trial) []finding.Finding {
	checked := 0
	var broken, told, unread []string
	var examples []string
	for _, t := range trials {
		for _, law := range t.Audit.Invariants {
			where := fmt.Sprintf("%s of %s in %s", law.Name, law.Tenant, t.Name)
			switch {
			case law.Err != "":
				unread = append(unread, where+" ("+law.Err+")")
			case !law.Held && law.Broken-law.Before <= doneTwice(t, law):
				checked++
				told = append(told, fmt.Sprintf("%s, %d times", where, law.Broken))
			case !law.Held:
				checked++
				broken = append(broken, fmt.Sprintf("%s, %d times", where, law.Broken))
				examples = append(examples, law.Examples...)
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
		because = append(because, fmt.Sprintf("%d of %d invariants do not hold: %s.", len(broken), checked, finding.List(broken, 6)))
		if len(examples) > 0 {
			because = append(because, "For example "+finding.List(examples, 5)+".")
		}
	case len(unread) > 0:
		verdict = finding.Inconclusive
	case checked == 0:
		return nil
	case len(told) > 0:
		verdict = finding.Info
	default:
		because = append(because, fmt.Sprintf("All of %d invariants hold.", checked))
	}
	if len(told) > 0 {
		because = append(because, fmt.Sprintf("Broken by the writes that were done twice (DUR-002): %s.", finding.List(told, 6)))
	}
	if len(unread) > 0 {
		because = append(because, fmt.Sprintf("%d could not be checked: %s.", len(unread), finding.List(unread, 3)))
	}
	return []finding.Finding{finding.New("DUR-005", verdict, scope, because...).With(q)}
}

// doneTwice is how often a law is broken because its write was done twice, which
// DUR-002 tells: one cause is judged once.
func doneTwice(t *run.Trial, law results.Invariant) int {
	if law.Name != "one-invoice-per-order" {
		return 0
	}
	for _, op := range t.Audit.Operations {
		if op.Op == "invoice" && op.Tenant == law.Tenant {
			return op.Duplicated
		}
	}
	return 0
}

// LostToDrills counts the acknowledged writes that recovery drills lost: REC-005
// judges them against the RPO that was promised.
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
