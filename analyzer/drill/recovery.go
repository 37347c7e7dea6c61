package drill

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// restored measures the time to recover and the data lost. The data were lost at broken, the
// servers were started at started.
func restored(r *run.Run, t *run.Trial, row *Row, broken, started results.Offset) {
	if row.Drill.Err != "" {
		why := "the restore failed"
		row.FirstGood, row.Back = finding.None("s", methodFirstGood, 0, why), finding.None("s", methodBack, 0, why)
		row.RPO = finding.None("s", methodRPO, 0, why)
		return
	}
	row.FirstGood = finding.None("s", methodFirstGood, 0, "no write was acknowledged after it")
	first := results.Offset(-1)
	for w, err := range t.Writes {
		if err != nil {
			break
		}
		if w.Attempted > broken && w.Ack == results.Acknowledged && !w.IsRead() && (first < 0 || w.Answered < first) {
			first = w.Answered
		}
	}
	if first >= 0 {
		row.FirstGood = finding.Number((first - broken).Seconds(), "s", methodFirstGood, 1)
	}
	u := r.Usual(t)
	if u.N == 0 {
		row.Back = finding.None("s", methodBack, 0, "no calm window to compare with")
	} else {
		width := resilience.BinWidth(u.Rate)
		bins := resilience.Merge(resilience.Cut(r.Arrivals(t, r.AbidingTenants(), u), started.Seconds(), t.End.Seconds(),
			width), u.Band.Least())
		if back := resilience.Recover(bins, u.Band); len(bins) >= resilience.Holds {
			row.Back = finding.Number((started-broken).Seconds()+back.Seconds, "s", methodBack, 1)
			row.Back.Censored = back.Censored
		} else {
			row.Back = finding.None("s", methodBack, 1, "too few arrivals after the restore to show service as usual")
		}
	}
	row.RPO = finding.Number(0, "s", methodRPO, 0)
	if t.Audit == nil || t.Audit.Err != "" {
		row.RPO = finding.None("s", methodRPO, 0, "the writes were not audited")
		return
	}
	for _, loss := range t.Audit.Losses {
		if loss.Fault == row.Drill.Name {
			row.Lost = loss.Lost
			row.RPO = finding.Number(loss.RPO, "s", methodRPO, loss.Near)
		}
	}
}

// recoveryDrill is REC-001 to REC-005.
func recoveryDrill(scope finding.Scope, row Row, audit *results.Audit) []finding.Finding {
	drill := row.Drill
	backup := drill.Step("backup")
	if backup == nil || backup.Err != "" || backup.To == nil {
		return []finding.Finding{finding.New("REC-001", finding.Fail, scope, "No backup was made: "+orReason(drill.Err)+".")}
	}
	took := (*backup.To - backup.From).Seconds()
	made := finding.New("REC-001", finding.Pass, scope, fmt.Sprintf("Backup of %s MB in %s.",
		finding.Decimal(float64(drill.Bytes)/1e6),
		finding.Seconds(took))).With(
		finding.Number(took, "s", "begin to end of the first backup", 1))
	all := []finding.Finding{made}
	if !row.Slowdown.Missing {
		all = append(all, finding.New("REC-002", finding.Info, scope, fmt.Sprintf(
			"The median journey during the backup is %s that of the baseline.", finding.Ratio(row.Slowdown.Value))).With(row.Slowdown))
	}
	all = append(all, restoreTest(scope, drill, audit))
	if drill.Err != "" {
		return all
	}
	return append(all, objectiveOf("REC-004", scope, row.FirstGood, drill.RTOGoal, "First acknowledged write after",
		backWords(row.Back)), objectiveOf("REC-005", scope, row.RPO, drill.RPOGoal,
		fmt.Sprintf("%s lost, the oldest with an age of", finding.Plural(row.Lost, "acknowledged write")), ""))
}

// backWords reports the time to service as usual.
func backWords(q finding.Quantity) string {
	switch {
	case q.Missing:
		return ""
	case q.Censored:
		return fmt.Sprintf("Service was not as usual within %s.", finding.Seconds(q.Value))
	}
	return fmt.Sprintf("Service was as usual after %s.", finding.Seconds(q.Value))
}

func orReason(text string) string {
	if text == "" {
		return "the trial ended before it"
	}
	return text
}

// restoreTest is REC-003: the restored database starts, and its invariants hold.
func restoreTest(scope finding.Scope, drill results.Drill, audit *results.Audit) finding.Finding {
	if drill.Err != "" {
		return finding.New("REC-003", finding.Fail, scope, "The backup could not be restored: "+drill.Err+".")
	}
	if audit == nil || audit.Err != "" {
		return finding.New("REC-003", finding.Inconclusive, scope, "The database starts. Its invariants were not checked.")
	}
	var broken []string
	checked := 0
	for _, invariant := range audit.Invariants {
		if invariant.Err != "" || invariant.Absent != "" {
			continue
		}
		if checked++; !invariant.Held {
			broken = append(broken, invariant.Name+" of "+invariant.Tenant)
		}
	}
	if len(broken) > 0 {
		return finding.New("REC-003", finding.Fail, scope, "The database starts, but invariants are broken: "+finding.List(broken,
			5)+".")
	}
	return finding.New("REC-003", finding.Pass, scope, fmt.Sprintf("The database starts. None of %s is broken.",
		finding.Plural(checked, "invariant")))
}

// objectiveOf judges a time against its objective. Without an objective it informs.
func objectiveOf(id string, scope finding.Scope, q finding.Quantity, goal *float64, what, more string) finding.Finding {
	if q.Missing {
		return finding.New(id, finding.Inconclusive, scope, "Unknown: "+finding.List(q.Warnings, 2)+".").With(q)
	}
	text, verdict := what+" "+finding.Seconds(q.Value), finding.Info
	if goal != nil {
		text += ", objective " + finding.Seconds(*goal)
		verdict = finding.Pass
		if q.Value > *goal {
			verdict = finding.Fail
		}
	}
	because := []string{text + "."}
	if more != "" {
		because = append(because, more)
	}
	return finding.New(id, verdict, scope, because...).With(q)
}
