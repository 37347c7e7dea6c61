package analyzer

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

const (
	methodSlowdown  = "median of journeys begun meanwhile over that of the baseline"
	methodFirstGood = "data lost to the answer of the first write that was sent afterwards and acknowledged"
	methodBack      = "data lost to the first bin from which at least three stay inside the baseline band"
	methodRollback  = "the change was found bad to the end of the last step of its rollback"
	methodRPO       = "age of the oldest acknowledged write that was lost, when the data were"
)

// drills tells how every recovery and change went, and judges it (REC-, CHG-).
func (d *dataset) drills() ([]DrillRow, []Finding) {
	var rows []DrillRow
	var all []Finding
	changes := changesOf{}
	for _, t := range d.trials {
		for _, drill := range t.Drills {
			row := d.drillRow(t, drill)
			rows = append(rows, row)
			scope := Scope{Setup: t.Setup, Trial: t.Name, Fault: drill.Name}
			if drill.Kind == results.DrillRecovery {
				all = append(all, recoveryDrill(scope, row, t.Audit)...)
			} else {
				all = append(all, changeDrill(scope, row)...)
				changes.count(row)
			}
		}
	}
	for _, setup := range d.setups {
		all = append(all, changes.findings(setup)...)
	}
	return rows, all
}

// drillRow measures one drill.
func (d *dataset) drillRow(t *trialData, drill results.Drill) DrillRow {
	row := DrillRow{Setup: t.Setup, Trial: t.Name, Drill: drill,
		Took:      none("s", "first step to the end of the last", 0, "no step was done"),
		Slowdown:  none("ratio", methodSlowdown, 0, "no step was done"),
		FirstGood: none("s", methodFirstGood, 0, "the data were not lost"),
		Back:      none("s", methodBack, 0, "the data were not lost"),
		RPO:       none("s", methodRPO, 0, "the data were not lost"),
		Rollback:  none("s", methodRollback, 0, "nothing was rolled back"),
	}
	if len(drill.Steps) == 0 {
		return row
	}
	from, to := drill.Steps[0].From, ended(drill, t.end)
	row.Took = number((to - from).Seconds(), "s", row.Took.Method, 1)
	if back := drill.Step("rollback"); back != nil && back.To != nil {
		row.Rollback = number((to - back.From).Seconds(), "s", methodRollback, 1)
	}
	costTo := to
	if drill.Kind == results.DrillRecovery { // the cost to tenants is that of the backup
		if costTo = t.end; drill.Steps[0].To != nil {
			costTo = *drill.Steps[0].To
		}
	}
	row.Slowdown = d.slowdown(t, from, costTo)
	// What fails at the end of a change is felt by those who came shortly before.
	for i := range t.journeys {
		if r := &t.journeys[i]; r.at >= from && r.at < to && d.abiding[r.tenant] {
			row.Offered++
			if !r.served {
				row.Failed++
			}
		}
	}
	lost := d.outcomes.index[string(results.SessionLost)]
	for i := range t.steps {
		if r := &t.steps[i]; r.at >= from && r.at < to && uint16(r.outcome) == lost {
			row.Sessions++
		}
	}
	if broken := drill.Step("break"); drill.Kind == results.DrillRecovery && broken != nil {
		d.restored(t, &row, broken.From, to)
	}
	return row
}

// ended is the end of a drill's last step.
func ended(drill results.Drill, end results.Offset) results.Offset {
	if last := drill.Steps[len(drill.Steps)-1]; last.To != nil {
		return *last.To
	}
	return end
}

// restored measures RTO and RPO of a recovery whose data were lost at broken and
// whose servers were started by started.
func (d *dataset) restored(t *trialData, row *DrillRow, broken, started results.Offset) {
	if row.Drill.Err != "" {
		why := "the restore failed"
		row.FirstGood, row.Back = none("s", methodFirstGood, 0, why), none("s", methodBack, 0, why)
		row.RPO = none("s", methodRPO, 0, why)
		return
	}
	row.FirstGood = none("s", methodFirstGood, 0, "no write was acknowledged afterwards")
	first := results.Offset(-1)
	for w, err := range t.writes {
		if err != nil {
			break
		}
		if w.Attempted > broken && w.Ack == results.Acknowledged && !w.IsRead() && (first < 0 || w.Answered < first) {
			first = w.Answered
		}
	}
	if first >= 0 {
		row.FirstGood = number((first - broken).Seconds(), "s", methodFirstGood, 1)
	}
	u := d.usual(t)
	if u.n == 0 {
		row.Back = none("s", methodBack, 0, "no undisturbed window to compare with")
	} else {
		width := resilience.BinWidth(u.rate)
		back := resilience.Recover(resilience.Cut(d.arrivals(t, d.allAbiding(), u), started.Seconds(), t.end.Seconds(), width), u.band)
		row.Back = number((started-broken).Seconds()+back.Seconds, "s", methodBack, 1)
		row.Back.Censored = back.Censored
	}
	row.RPO = number(0, "s", methodRPO, 0)
	if t.Audit == nil || t.Audit.Err != "" {
		row.RPO = none("s", methodRPO, 0, "the writes were not read back")
		return
	}
	for _, loss := range t.Audit.Losses {
		if loss.Fault == row.Drill.Name {
			row.Lost = loss.Lost
			row.RPO = number(loss.RPO, "s", methodRPO, loss.Near)
		}
	}
}

func (d *dataset) allAbiding() []int {
	var all []int
	for i, abiding := range d.abiding {
		if abiding {
			all = append(all, i)
		}
	}
	return all
}

// slowdown compares the medians of served journeys.
func (d *dataset) slowdown(t *trialData, from, to results.Offset) Quantity {
	var base, during []float64
	for i := range t.journeys {
		r := &t.journeys[i]
		if !d.abiding[r.tenant] || !r.served {
			continue
		}
		if r.window >= 0 && t.windows[r.window].Kind == results.WindowBaseline {
			base = append(base, float64(r.latency))
		}
		if r.at >= from && r.at < to {
			during = append(during, float64(r.latency))
		}
	}
	least := quantile.MinSamples(0.5, d.opts.Level)
	if len(base) < least || len(during) < least {
		why := fmt.Sprintf("%d and %d journeys are too few for a median", len(base), len(during))
		return none("ratio", methodSlowdown, len(during), why)
	}
	slices.Sort(base)
	slices.Sort(during)
	return number(quantile.Type1(during, 0.5)/quantile.Type1(base, 0.5), "ratio", methodSlowdown, len(during))
}

// recoveryDrill is REC-001 to REC-005.
func recoveryDrill(scope Scope, row DrillRow, audit *results.Audit) []Finding {
	drill := row.Drill
	backup := drill.Step("backup")
	if backup == nil || backup.Err != "" || backup.To == nil {
		return []Finding{finding("REC-001", Fail, scope, "The backup was not made: "+orReason(drill.Err)+".")}
	}
	took := (*backup.To - backup.From).Seconds()
	made := finding("REC-001", Pass, scope, fmt.Sprintf("Made in %s, %.0f MB.", words(took), float64(drill.Bytes)/1e6)).with(
		number(took, "s", "begin to end of the first backup", 1))
	all := []Finding{made}
	if !row.Slowdown.Missing {
		all = append(all, finding("REC-002", Info, scope, fmt.Sprintf(
			"While the backup ran journeys took %.2f times the baseline's median.", row.Slowdown.Value)).with(row.Slowdown))
	}
	all = append(all, restoreTest(scope, drill, audit))
	if drill.Err != "" {
		return all
	}
	return append(all, objectiveOf("REC-004", scope, row.FirstGood, drill.RTOGoal, "The first good business transaction came after",
		backWords(row.Back)), objectiveOf("REC-005", scope, row.RPO, drill.RPOGoal,
		fmt.Sprintf("%d acknowledged writes were lost, the oldest of", row.Lost), ""))
}

func backWords(q Quantity) string {
	switch {
	case q.Missing:
		return ""
	case q.Censored:
		return fmt.Sprintf("Service as usual was not reached within %s.", words(q.Value))
	}
	return fmt.Sprintf("Service was as usual after %s.", words(q.Value))
}

func orReason(text string) string {
	if text == "" {
		return "the trial ended before"
	}
	return text
}

// restoreTest is REC-003: what was restored starts, and its books add up.
func restoreTest(scope Scope, drill results.Drill, audit *results.Audit) Finding {
	if drill.Err != "" {
		return finding("REC-003", Fail, scope, "The backup could not be restored: "+drill.Err+".")
	}
	if audit == nil || audit.Err != "" {
		return finding("REC-003", Inconclusive, scope, "It starts, but its books were not read.")
	}
	var broken []string
	for _, law := range audit.Invariants {
		if law.Err == "" && !law.Held {
			broken = append(broken, law.Name+" of "+law.Tenant)
		}
	}
	if len(broken) > 0 {
		return finding("REC-003", Fail, scope, "It starts, but its books do not add up: "+joined(broken, 5)+".")
	}
	return finding("REC-003", Pass, scope, fmt.Sprintf("It starts, and none of %d laws of stock and books is broken.",
		len(audit.Invariants)))
}

// objectiveOf judges a time against its objective; without one it informs.
func objectiveOf(id string, scope Scope, q Quantity, goal *float64, what, more string) Finding {
	if q.Missing {
		return finding(id, Inconclusive, scope, "Not known: "+joined(q.Warnings, 2)+".").with(q)
	}
	text, verdict := what+" "+words(q.Value), Info
	if goal != nil {
		text += ", the objective is " + words(*goal)
		verdict = Pass
		if q.Value > *goal {
			verdict = Fail
		}
	}
	because := []string{text + "."}
	if more != "" {
		because = append(because, more)
	}
	return finding(id, verdict, scope, because...).with(q)
}
