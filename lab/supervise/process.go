package supervise

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"example.org/odooharness/lab/proctree"
)

// PID is the leader's, 0 while there is none.
func (c *child) PID() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.running {
		return 0
	}
	return c.leader.PID
}

// Running reports whether the leader lives.
func (c *child) Running() bool { return c.PID() != 0 }

// identity is the leader's, also after its end.
func (c *child) identity() proctree.Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.leader
	id.Name = c.spec.Component
	return id
}

// Kill sends SIGKILL to the leader and everything below it, and waits until all of it
// has ended. The sessions of PostgreSQL leave their server's process group,
// so the group alone would not do.
func (c *child) Kill(ctx context.Context) error {
	c.mu.Lock()
	leader, exited := c.leader, c.exited
	c.mu.Unlock()
	if exited == nil {
		return nil // never started
	}
	if _, err := proctree.Kill(ctx, []proctree.Identity{leader}); err != nil {
		return fmt.Errorf("kill %s: %w", c.spec.Component, err)
	}
	select {
	case <-exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("kill %s: %w", c.spec.Component, ctx.Err())
	}
}

// Hold kills the process and keeps it down until Release.
func (c *child) Hold(ctx context.Context) error {
	c.update(func() { c.held = true })
	return c.Kill(ctx)
}

// Release lets the supervisor start it again.
func (c *child) Release(context.Context) error {
	c.update(func() { c.held = false })
	return nil
}

// Signal sends a signal to the whole group. Stopping and continuing reach
// everything below the leader, also what has left its group.
func (c *child) Signal(_ context.Context, sig syscall.Signal) error {
	pid := c.PID()
	if pid == 0 {
		return fmt.Errorf("signal %s: it is not running", c.spec.Component)
	}
	err := signal(-pid, sig)
	if sig != syscall.SIGSTOP && sig != syscall.SIGCONT {
		return err
	}
	table, tableErr := proctree.Snapshot()
	problems := []error{err, tableErr}
	for _, s := range table.Descendants(pid) {
		problems = append(problems, signal(s.PID, sig))
	}
	return errors.Join(problems...)
}

// Ready is nil once the process answers.
func (c *child) Ready(ctx context.Context) error {
	if !c.Running() {
		return fmt.Errorf("%s is not running", c.spec.Component)
	}
	return c.try(ctx)
}
