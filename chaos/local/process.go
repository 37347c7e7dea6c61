package local

import (
	"context"
	"errors"
	"fmt"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/results"
)

// processFault is what the process faults share: the process before the fault, and the
// proofs that another has replaced it.
type processFault struct {
	part   Part
	before proc.Process   // leader at Inject
	under  []proc.Process // its descendants at Inject
}

// Prepare checks that the process runs.
func (f *processFault) Prepare(context.Context) error {
	if err := verified(f.part); err != nil {
		return fmt.Errorf("%s: %w", f.part.Name, err)
	}
	_, err := proc.Read(f.part.Process.PID())
	return err
}

// observe notes the process and all under it, just before it is hit.
func (f *processFault) observe() error {
	var err error
	if f.before, err = proc.Read(f.part.Process.PID()); err != nil {
		return fmt.Errorf("%s: %w", f.part.Name, err)
	}
	f.under, err = proc.Descendants(f.before.PID)
	return err
}

// Recover has nothing to revert: the supervisor starts the process again.
func (f *processFault) Recover(context.Context) error { return nil }

// Close has nothing to release.
func (f *processFault) Close(context.Context) error { return nil }

// InEffect shows that the process has ended.
func (f *processFault) InEffect(context.Context) (chaos.Proof, error) {
	if f.before.Alive() {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d still runs", f.part.Name, f.before.PID)}, nil
	}
	evidence := fmt.Sprintf("%s: process %d has ended", f.part.Name, f.before.PID)
	if pid := f.part.Process.PID(); pid != 0 && pid != f.before.PID {
		evidence += fmt.Sprintf(", process %d has started in its place", pid)
	}
	return chaos.Proof{Shown: true, Evidence: evidence}, nil
}

// Recovered shows that another process runs and answers.
func (f *processFault) Recovered(ctx context.Context) (chaos.Proof, error) {
	pid := f.part.Process.PID()
	if !f.part.Process.Running() || (pid == f.before.PID && !f.before.Alive()) {
		return chaos.Proof{Evidence: f.part.Name + ": no process runs"}, nil
	}
	if pid == f.before.PID {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d is still the old one", f.part.Name, pid)}, nil
	}
	return f.serves(ctx, pid)
}

// serves checks with the supervisor that the process is ready, and at its front door
// that it answers.
func (f *processFault) serves(ctx context.Context, pid int) (chaos.Proof, error) {
	if readier, ok := f.part.Process.(Readier); ok {
		if err := readier.Ready(ctx); err != nil {
			return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d is not ready: %v", f.part.Name, pid, err)}, nil
		}
	}
	if f.part.Kind == results.KindPostgres && f.part.DSN != "" {
		// A postmaster answers while it still replays its log; only a query shows that it serves.
		if err := postgres.Ready(ctx, postgres.Target{Name: f.part.Name, DSN: f.part.DSN}); err != nil {
			return chaos.Proof{Evidence: err.Error()}, nil
		}
	}
	if f.part.Proxy == nil {
		return chaos.Proof{Shown: true, Evidence: fmt.Sprintf("%s: process %d runs", f.part.Name, pid)}, nil
	}
	proof, err := answers(ctx, f.part.Name, f.part.Kind, f.part.Proxy.Address())
	proof.Evidence += fmt.Sprintf(" as process %d", pid)
	return proof, err
}

// verifier is a process that reports why there is none.
type verifier interface {
	Verify() (proc.Process, error)
}

// verified checks that the process of a component is there.
func verified(part Part) error {
	if v, ok := part.Process.(verifier); ok {
		_, err := v.Verify()
		return err
	}
	if !part.Process.Running() {
		return errors.New("its process is not running")
	}
	return nil
}
