package conduct

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/audit"
	"example.org/odooharness/results"
)

// auditLimit bounds the audit of a target that is still unhealthy.
const auditLimit = 2 * time.Minute

// audit reads back every journalled write. An audit that fails is a problem of the
// trial; it never fails the run.
func (t *trial) audit(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, auditLimit)
	defer cancel()
	t.log.Info("reading back what was acknowledged")
	t.readBack(ctx, t.target.Audit)
}

// stoppedLimit bounds the audit of a run that a person stopped.
const stoppedLimit = 30 * time.Second

// auditStopped audits a trial that a person stopped, where the databases can be read: what
// was acknowledged until then is as interesting as in a whole trial.
func (t *trial) auditStopped(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stoppedLimit)
	defer cancel()
	readable := slices.DeleteFunc(slices.Clone(t.target.Audit), func(a audit.Tenant) bool { return a.DSN == "" })
	if len(readable) == 0 {
		return
	}
	t.log.Info(fmt.Sprintf("stopped; reading back what was acknowledged, for at most %s", stoppedLimit))
	t.readBack(ctx, readable)
}

func (t *trial) readBack(ctx context.Context, tenants []audit.Tenant) {
	data := &results.TrialData{Trial: t.record, Dir: t.out.Dir, Injections: t.injections}
	found, err := audit.Run(ctx, tenants, data.Writes(), t.disasters(), t.lawsBefore)
	if err != nil {
		t.problem(fmt.Sprintf("audit: %v", err))
		if found == nil {
			found = &results.Audit{Err: err.Error()}
		}
	}
	t.mu.Lock()
	t.record.Audit = found
	t.mu.Unlock()
	if err := t.background(ctx); err != nil {
		t.problem(fmt.Sprintf("background work: %v", err))
	}
}

// checkBefore reads the laws before the load: the run is not charged with what was broken
// then.
func (t *trial) checkBefore(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, auditLimit)
	defer cancel()
	var err error
	if t.lawsBefore, err = audit.Check(ctx, t.target.Audit); err != nil {
		t.problem(fmt.Sprintf("laws before the load: %v", err))
	}
}

// background records what became of the background work.
func (t *trial) background(ctx context.Context) error {
	jobs, err := audit.Jobs(ctx, t.target.Audit, t.record.Base)
	if len(jobs) == 0 {
		return err
	}
	table, tableErr := results.NewTable[results.Job](t.out.Dir, "jobs", time.Minute)
	if tableErr != nil {
		return errors.Join(err, tableErr)
	}
	return errors.Join(err, table.Append(jobs...), table.Close())
}

// disasters lists the events at which acknowledged writes can be lost: the faults, and
// the destruction in a recovery drill.
func (t *trial) disasters() []results.Injection {
	all := slices.Clone(t.injections)
	for _, d := range t.record.Drills {
		step := d.Step("break")
		if d.Kind != results.DrillRecovery || step == nil {
			continue
		}
		at := step.From
		end := at
		if last := d.Steps[len(d.Steps)-1].To; last != nil {
			end = *last
		}
		all = append(all, results.Injection{Fault: d.Name, Class: "database", Kind: "drill", Action: "break", Destroys: true,
			Tenants: d.Tenants, Requested: at, Injected: &at, InEffect: &at, Removing: &end, Removed: &end, Recovered: &end})
	}
	return all
}
