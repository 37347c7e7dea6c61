package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"example.org/odooharness/lab/proctree"
)

// downLimit is how long a supervisor may take to tear its lab down.
const downLimit = 90 * time.Second

// Down has the supervisor tear the lab down, waits for it, and removes what it left. A
// supervisor that does not end in time is killed. Logs stay in the lab's folder until
// the next [Up].
func Down(ctx context.Context, dir, name string) (err error) {
	if err := checkName(name); err != nil {
		return err
	}
	state := filepath.Join(dir, name)
	record, err := ReadRecord(state)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, ErrNotUp)
	}
	if err != nil {
		return err
	}
	unlock, err := lock(dir, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	ctx, cancel := context.WithTimeout(ctx, downLimit)
	defer cancel()
	if err := end(ctx, state, record.Supervisor); err != nil {
		return fmt.Errorf("take lab %s down: %w", name, err)
	}
	return nil
}

// end makes the supervisor end, politely first, and frees what is left.
func end(ctx context.Context, state string, supervisor proctree.Identity) error {
	if alive(supervisor) {
		if err := syscall.Kill(supervisor.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the supervisor: %w", err)
		}
	}
	waited := untilGone(ctx, supervisor)
	if waited != nil {
		if err := syscall.Kill(supervisor.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill the supervisor: %w", err)
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := untilGone(last, supervisor); err != nil {
			return err
		}
	}
	_, err := sweepOne(state)
	return err
}

func untilGone(ctx context.Context, id proctree.Identity) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for alive(id) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("supervisor %d has not ended: %w", id.PID, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
