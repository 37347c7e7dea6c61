package local

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
	"example.org/odooharness/chaos/local/proc"
)

// failure is PodChaos action pod-failure: the component is killed and stays down
// until the fault is reverted.
type failure struct{ processFault }

func buildFailure(_ request, part Part) (chaos.Fault, error) {
	return &failure{processFault{part: part}}, nil
}

// Inject kills the component and holds it down.
func (f *failure) Inject(ctx context.Context) error {
	if err := f.observe(); err != nil {
		return err
	}
	return errors.Join(f.part.Process.Hold(ctx), proc.SignalAll(f.under, syscall.SIGKILL))
}

// Recover lets the supervisor start it again.
func (f *failure) Recover(ctx context.Context) error { return f.part.Process.Release(ctx) }

// InEffect shows that no process runs and that nobody listens.
func (f *failure) InEffect(ctx context.Context) (chaos.Proof, error) {
	if f.before.Alive() || f.part.Process.Running() {
		return chaos.Proof{Evidence: f.part.Name + ": a process runs"}, nil
	}
	evidence := fmt.Sprintf("%s: process %d has ended and none runs", f.part.Name, f.before.PID)
	own := f.part.own()
	if own == "" {
		return chaos.Proof{Shown: true, Evidence: evidence}, nil
	}
	_, err := probe.Ping(ctx, f.part.Kind, own, probe.Limit)
	return chaos.Proof{
		Shown:    probe.Refused(err),
		Evidence: fmt.Sprintf("%s; %s gives %s", evidence, own, answered(err)),
	}, nil
}
