package local

import (
	"context"
	"errors"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
)

// kill is PodChaos action pod-kill and container-kill, and RedisChaos action
// kill: SIGKILL to every process of the component, whose supervisor starts it
// again. With a grace period SIGTERM comes first.
type kill struct {
	processFault
	grace time.Duration
}

func buildKill(r request, part Part) (chaos.Fault, error) {
	f := &kill{processFault: processFault{part: part}}
	if r.document.Pod != nil {
		f.grace = time.Duration(r.document.Pod.Spec.GracePeriod) * time.Second
	}
	return f, nil
}

// Inject kills the group, then what had left the group: a backend of PostgreSQL
// that outlived its postmaster would keep the data folder from the next one.
func (f *kill) Inject(ctx context.Context) error {
	if err := f.observe(); err != nil {
		return err
	}
	if f.grace > 0 {
		if err := f.part.Process.Signal(ctx, syscall.SIGTERM); err != nil {
			return err
		}
		if err := waitGone(ctx, f.before, f.grace); err == nil {
			return proc.SignalAll(f.under, syscall.SIGKILL)
		}
	}
	return errors.Join(f.part.Process.Kill(ctx), proc.SignalAll(f.under, syscall.SIGKILL))
}

// waitGone waits until the process has ended.
func waitGone(ctx context.Context, p proc.Process, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for p.Alive() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
