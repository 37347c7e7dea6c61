package conduct

import (
	"context"
	"slices"

	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/conduct/drill"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/results"
)

// drill performs one drill of the trial.
func (t *trial) drill(ctx context.Context, at clock.Clock, p plan.Drill) {
	rig := drill.Rig{
		Setup: t.setup.Name, Trial: t.record.Name, Target: t.target, Log: t.log, Keep: t.keepDrill,
		Answers: func() (steps, failed int64) {
			s := t.tally.snapshot(nil)
			return s.Steps, s.failed()
		},
	}
	for _, tenant := range t.setup.Tenants {
		rig.Tenants = append(rig.Tenants, tenant.Name)
	}
	rig.Run(ctx, at, p)
}

// keepDrill puts the record of a drill among the trial's.
func (t *trial) keepDrill(record results.Drill) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := &t.record.Drills
	if i := slices.IndexFunc(*all, func(r results.Drill) bool { return r.Name == record.Name }); i >= 0 {
		(*all)[i] = record
		return
	}
	*all = append(*all, record)
}
