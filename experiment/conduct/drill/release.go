package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
)

// badRelease brings a release with a slip of the pen into the lab, as one that
// passed its tests: servers start with it and serve, and shipping fails. The watch
// over the service is what can notice, and it is rolled back.
func (d *run) badRelease(ctx context.Context) error {
	if err := d.deploy(ctx, "deploy", lab.BadRelease); err != nil {
		return err
	}
	return d.rolling(ctx)
}

// deploy puts a release into every stack's place, from which servers load it when
// they start.
func (d *run) deploy(ctx context.Context, step string, release lab.Release) error {
	operator, err := d.operator(ctx)
	if err != nil {
		return err
	}
	return d.eachStack(ctx, step, func(ctx context.Context, server lab.Running) (string, error) {
		return string(release) + " release", operator.Deploy(ctx, server, release)
	})
}

// rollback reverts a bad change: with the user's command, or in the lab with the previous
// release. A cancelled run reverts it, too.
func (d *run) rollback(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // each step has a limit of its own
	d.record.RolledBack = true
	if d.planned.Strategy == spec.ByCommand {
		return d.command(ctx, "rollback")
	}
	return errors.Join(d.deploy(ctx, "rollback", lab.GoodRelease), d.rolling(ctx))
}

// revocable reports whether a change can be reverted.
func (d *run) revocable() bool {
	return d.planned.Strategy == spec.BadRelease || d.planned.Spec.Commands["rollback"] != ""
}

// watchEvery is how often the clients' answers are judged.
const watchEvery = 500 * time.Millisecond

// minWatchSteps is the least number of steps that a change is found bad by before
// the watch ends.
const minWatchSteps = 30

// watch looks at what the clients see after a change, and fails as soon as too many
// steps do.
func (d *run) watch(ctx context.Context, rule spec.Halt) error {
	return d.step(ctx, "watch", "", func(ctx context.Context) (string, error) {
		stepsBefore, badBefore := d.Answers()
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		end := time.NewTimer(rule.For)
		defer end.Stop()
		for over := false; ; {
			select {
			case <-ctx.Done():
			case <-ticker.C:
			case <-end.C:
				over = true
			}
			steps, bad := d.Answers()
			steps, bad = steps-stepsBefore, bad-badBefore
			switch {
			case ctx.Err() != nil:
				return "", fmt.Errorf("ended early, with %d of %d steps failed: %w", bad, steps, context.Cause(ctx))
			case tooMany(bad, steps, rule.ErrorShare, over):
				return "", fmt.Errorf("%d of %d steps failed, less than %.3g %% may", bad, steps, 100*rule.ErrorShare)
			case over:
				return fmt.Sprintf("%d of %d steps failed", bad, steps), nil
			}
		}
	})
}

// tooMany judges a service: one that answers nothing is not healthy, and a few steps
// are only judged when no more will come.
func tooMany(bad, steps int64, share float64, over bool) bool {
	if steps < minWatchSteps && !over {
		return false
	}
	return steps == 0 || float64(bad) >= share*float64(steps)
}
