package experiment

import (
	"context"
	"fmt"
	"time"

	"odooharness/audit"
	"odooharness/results"
)

// auditLimit bounds reading back: a target that is still ill is not waited for.
const auditLimit = 2 * time.Minute

// audit reads back every journalled write. An audit that could not be made is
// said in the trial; it never fails the run.
func (t *trialRun) audit(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, auditLimit)
	defer cancel()
	t.say("reading back what was acknowledged")
	data := &results.TrialData{Trial: t.trial, Dir: t.out.Dir, Injections: t.injections}
	found, err := audit.Run(ctx, t.target.Audit, data.Writes(), t.injections)
	if err != nil {
		t.problem(fmt.Sprintf("audit: %v", err))
		if found == nil {
			found = &results.Audit{Err: err.Error()}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trial.Audit = found
}
