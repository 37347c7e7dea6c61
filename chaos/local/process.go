package local

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/postgres"
)

// victim is what the process faults have in common: the process that was there
// before, and the proofs that another has taken its place.
type victim struct {
	part   Part
	before proc.Process   // leader at Inject
	under  []proc.Process // its descendants at Inject
}

// Prepare checks that the process runs.
func (v *victim) Prepare(context.Context) error {
	if !v.part.Process.Running() {
		return fmt.Errorf("%s: its process is not running", v.part.Name)
	}
	_, err := proc.Read(v.part.Process.PID())
	return err
}

// aim notes the process and all under it, just before it is hit.
func (v *victim) aim() error {
	var err error
	if v.before, err = proc.Read(v.part.Process.PID()); err != nil {
		return fmt.Errorf("%s: %w", v.part.Name, err)
	}
	v.under, err = proc.Descendants(v.before.PID)
	return err
}

// Recover has nothing to take back: the supervisor starts the process anew.
func (v *victim) Recover(context.Context) error { return nil }

// Close has nothing to release.
func (v *victim) Close(context.Context) error { return nil }

// InEffect shows that the process is gone.
func (v *victim) InEffect(context.Context) (chaos.Proof, error) {
	if v.before.Alive() {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d still runs", v.part.Name, v.before.PID)}, nil
	}
	evidence := fmt.Sprintf("%s: process %d is gone", v.part.Name, v.before.PID)
	if pid := v.part.Process.PID(); pid != 0 && pid != v.before.PID {
		evidence += fmt.Sprintf(", process %d has started in its place", pid)
	}
	return chaos.Proof{Shown: true, Evidence: evidence}, nil
}

// Recovered shows that another process runs and answers.
func (v *victim) Recovered(ctx context.Context) (chaos.Proof, error) {
	pid := v.part.Process.PID()
	if !v.part.Process.Running() || (pid == v.before.PID && !v.before.Alive()) {
		return chaos.Proof{Evidence: v.part.Name + ": no process runs"}, nil
	}
	if pid == v.before.PID {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d is still the old one", v.part.Name, pid)}, nil
	}
	return v.serves(ctx, pid)
}

// serves asks the supervisor whether the process is ready, and the process
// itself at its front door.
func (v *victim) serves(ctx context.Context, pid int) (chaos.Proof, error) {
	if readier, ok := v.part.Process.(Readier); ok {
		if err := readier.Ready(ctx); err != nil {
			return chaos.Proof{Evidence: fmt.Sprintf("%s: process %d is not ready: %v", v.part.Name, pid, err)}, nil
		}
	}
	if v.part.Kind == "postgres" && v.part.DSN != "" {
		// A postmaster answers while it still replays its log; only a query tells.
		if err := postgres.Ready(ctx, postgres.Target{Name: v.part.Name, DSN: v.part.DSN}); err != nil {
			return chaos.Proof{Evidence: err.Error()}, nil
		}
	}
	if v.part.Proxy == nil {
		return chaos.Proof{Shown: true, Evidence: fmt.Sprintf("%s: process %d runs", v.part.Name, pid)}, nil
	}
	proof, err := answers(ctx, v.part.Name, v.part.Kind, v.part.Proxy.Address())
	proof.Evidence += fmt.Sprintf(" as process %d", pid)
	return proof, err
}
