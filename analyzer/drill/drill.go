package drill

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

const (
	methodSlowdown  = "median of the journeys begun in that time over that of the baseline"
	methodFirstGood = "loss of the data to the answer of the first acknowledged write sent after it"
	methodBack      = "loss of the data to the first bin from which at least three stay inside the baseline band"
	methodRollback  = "begin of the rollback to the end of its last step"
	methodRPO       = "age of the oldest lost write at the loss of the data"
)

// Row is one recovery or change of a trial.
type Row struct {
	Setup     string           `json:"setup"`
	Trial     string           `json:"trial"`
	Drill     results.Drill    `json:"drill"`
	Took      finding.Quantity `json:"took"`       // s, first step to the end of the last
	Offered   int              `json:"offered"`    // journeys that began in that time
	Failed    int              `json:"failed"`     // of these
	Sessions  int              `json:"sessions"`   // steps that found their session lost
	Slowdown  finding.Quantity `json:"slowdown"`   // ratio: median during the backup or the change over that of the baseline
	FirstGood finding.Quantity `json:"first_good"` // s, loss of the data to the first acknowledged write
	Back      finding.Quantity `json:"back"`       // s, loss of the data to service as usual
	Lost      int              `json:"lost"`       // acknowledged writes
	RPO       finding.Quantity `json:"rpo"`        // s
	Rollback  finding.Quantity `json:"rollback"`   // s, begin of the rollback to its end
}

// Judge measures and judges every recovery and change.
func Judge(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	var all []finding.Finding
	changes := changesOf{}
	for _, t := range r.Trials {
		for _, drill := range t.Drills {
			row := rowOf(r, t, drill)
			rows = append(rows, row)
			scope := finding.Scope{Setup: t.Setup, Trial: t.Name, Fault: drill.Name}
			if drill.Kind == results.DrillRecovery {
				all = append(all, recoveryDrill(scope, row, t.Audit)...)
			} else {
				all = append(all, changeDrill(scope, row)...)
				changes.count(row)
			}
		}
	}
	for _, setup := range r.Setups {
		all = append(all, changes.findings(setup)...)
	}
	return rows, all
}

// rowOf measures one drill.
func rowOf(r *run.Run, t *run.Trial, drill results.Drill) Row {
	row := Row{Setup: t.Setup, Trial: t.Name, Drill: drill,
		Took:      finding.None("s", "first step to the end of the last", 0, "no step was done"),
		Slowdown:  finding.None("ratio", methodSlowdown, 0, "no step was done"),
		FirstGood: finding.None("s", methodFirstGood, 0, "the data were not lost"),
		Back:      finding.None("s", methodBack, 0, "the data were not lost"),
		RPO:       finding.None("s", methodRPO, 0, "the data were not lost"),
		Rollback:  finding.None("s", methodRollback, 0, "nothing was rolled back"),
	}
	if len(drill.Steps) == 0 {
		return row
	}
	from, to := drill.Steps[0].From, ended(drill, t.End)
	row.Took = finding.Number((to - from).Seconds(), "s", row.Took.Method, 1)
	if back := drill.Step("rollback"); back != nil && back.To != nil {
		row.Rollback = finding.Number((to - back.From).Seconds(), "s", methodRollback, 1)
	}
	costTo := to
	if drill.Kind == results.DrillRecovery { // the backup is what slows tenants down
		if costTo = t.End; drill.Steps[0].To != nil {
			costTo = *drill.Steps[0].To
		}
	}
	row.Slowdown = slowdown(r, t, from, costTo)
	// A step that fails at the end of a change fails journeys that began shortly before.
	for i := range t.Journeys {
		if rec := &t.Journeys[i]; rec.At >= from && rec.At < to && r.Abiding[rec.Tenant] {
			row.Offered++
			if !rec.Served {
				row.Failed++
			}
		}
	}
	lost := r.Outcomes.Index[string(results.SessionLost)]
	for i := range t.Steps {
		if rec := &t.Steps[i]; rec.At >= from && rec.At < to && uint16(rec.Outcome) == lost {
			row.Sessions++
		}
	}
	if broken := drill.Step("break"); drill.Kind == results.DrillRecovery && broken != nil {
		restored(r, t, &row, broken.From, to)
	}
	return row
}

// ended returns the end of the last step of a drill.
func ended(drill results.Drill, end results.Offset) results.Offset {
	if last := drill.Steps[len(drill.Steps)-1]; last.To != nil {
		return *last.To
	}
	return end
}

// slowdown returns the median of the served journeys begun in a time over that of the
// baseline.
func slowdown(r *run.Run, t *run.Trial, from, to results.Offset) finding.Quantity {
	var base, during []float64
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if !r.Abiding[rec.Tenant] || !rec.Served {
			continue
		}
		if rec.Window >= 0 && t.Windows[rec.Window].Kind == results.WindowBaseline {
			base = append(base, float64(rec.Latency))
		}
		if rec.At >= from && rec.At < to {
			during = append(during, float64(rec.Latency))
		}
	}
	least := quantile.MinSamples(0.5, r.Options.Level)
	if len(base) < least || len(during) < least {
		why := fmt.Sprintf("%s and %s journeys: too few for a median", finding.Count(len(base)), finding.Count(len(during)))
		return finding.None("ratio", methodSlowdown, len(during), why)
	}
	slices.Sort(base)
	slices.Sort(during)
	return finding.Number(quantile.Type1(during, 0.5)/quantile.Type1(base, 0.5), "ratio", methodSlowdown, len(during))
}
