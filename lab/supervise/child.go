package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/proctree"
)

// The waits before a crashed process is started again: a short first one, then
// doubled, as the kubelet does, on the scale of a trial. After a process was up for
// steady the waits begin with the first again.
const (
	firstBackoff = 200 * time.Millisecond
	lastBackoff  = 10 * time.Second
	steady       = 30 * time.Second
	readyEvery   = 20 * time.Millisecond
	readyTry     = 3 * time.Second
	stopLimit    = 10 * time.Second
	giveUp       = 4 // failed starts in a row when the lab is being brought up
)

// child keeps one process running. It is a chaos/local.Process and Readier.
type child struct {
	spec    lab.Process
	spawner *spawner
	serving func(bool) // opens or closes the component's edges
	log     *slog.Logger
	attempt func(context.Context) error // starts the process and waits for its end: once, but in tests

	mu      sync.Mutex
	leader  proctree.Identity // of the last start
	running bool
	ready   bool
	held    bool
	fails   int           // ends in a row without ever having been ready
	last    error         // of the last end
	exited  chan struct{} // closed when the present process has ended
	changed chan struct{} // closed and replaced at every change
}

func newChild(spec lab.Process, s *spawner, serving func(bool), log *slog.Logger) *child {
	c := &child{spec: spec, spawner: s, serving: serving, log: log, changed: make(chan struct{})}
	c.attempt = c.once
	return c
}

// run keeps the process running until ctx ends. It does not stop it.
func (c *child) run(ctx context.Context) {
	backoff := firstBackoff
	for c.untilReleased(ctx) == nil {
		begin := time.Now()
		err := c.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		c.log.Info(fmt.Sprintf("%s ended: %v", c.spec.Component, err))
		c.update(func() { c.fails, c.last = c.fails+1, err })
		if time.Since(begin) > steady {
			backoff = firstBackoff
		}
		if !pause(ctx, backoff) {
			return
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

// once starts the process and returns when it has ended. When ctx ends it returns
// and leaves the process to stop.
func (c *child) once(ctx context.Context) error {
	cmd, err := c.start(ctx)
	if err != nil {
		return err
	}
	exited := c.exited
	var waitErr error
	go func() { // ends with the process; stop and Kill wait for exited
		waitErr = cmd.Wait()
		c.update(func() { c.running, c.ready = false, false })
		c.serving(false)
		close(exited)
	}()
	if c.awaitReady(ctx, exited) {
		c.update(func() { c.ready, c.fails = c.running, 0 })
		c.serving(true)
	}
	select {
	case <-exited:
		c.serving(false) // again: it may have ended while the edges were opened
		if waitErr == nil {
			return errors.New("exit status 0")
		}
		return waitErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start makes and starts a fresh command.
func (c *child) start(ctx context.Context) (*exec.Cmd, error) {
	if c.spec.Prepare != nil {
		if err := c.spec.Prepare(ctx); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", c.spec.Component, err)
		}
	}
	cmd := c.spec.Command()
	if c.spec.Log != "" {
		log, err := os.OpenFile(c.spec.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open log of %s: %w", c.spec.Component, err)
		}
		defer log.Close() // the child has its own copy
		cmd.Stdout, cmd.Stderr = log, log
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		return nil, errors.New("held down")
	}
	if err := c.spawner.start(cmd); err != nil {
		return nil, err
	}
	id, err := proctree.Of(cmd.Process.Pid)
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	c.leader, c.running, c.exited = id, true, make(chan struct{})
	c.notify()
	return cmd, nil
}

// awaitReady repeats the ready check until it succeeds; false when the process
// ended or ctx did.
func (c *child) awaitReady(ctx context.Context, exited <-chan struct{}) bool {
	for {
		if c.try(ctx) == nil {
			return true
		}
		select {
		case <-exited:
			return false
		default:
		}
		if !pause(ctx, readyEvery) {
			return false
		}
	}
}

func (c *child) try(ctx context.Context) error {
	if c.spec.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTry)
	defer cancel()
	return c.spec.Ready(ctx)
}

// untilReleased waits while a fault holds the process down.
func (c *child) untilReleased(ctx context.Context) error {
	return c.until(ctx, func() bool { return !c.held })
}

// untilReady waits for the first start. One that fails every time is given up
// early; the error has its last one.
func (c *child) untilReady(ctx context.Context) error {
	err := c.until(ctx, func() bool { return c.ready || c.fails >= giveUp })
	c.mu.Lock()
	ready, last := c.ready, c.last
	c.mu.Unlock()
	if ready {
		return nil
	}
	if last == nil && c.Running() {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTry)
		defer cancel()
		last = c.try(try)
	}
	return errors.Join(err, fmt.Errorf("%s is not ready: %w (log %s: %s)",
		c.spec.Component, last, c.spec.Log, lastLines(c.spec.Log)))
}

// lastLines is the end of a log, for an error.
func lastLines(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "unreadable"
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}

// until waits for a condition on the guarded fields.
func (c *child) until(ctx context.Context, condition func() bool) error {
	for {
		c.mu.Lock()
		met, changed := condition(), c.changed
		c.mu.Unlock()
		if met {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

func (c *child) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.notify()
}

func (c *child) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// stop ends the process for good: politely, then by force. run must have returned.
func (c *child) stop(ctx context.Context) error {
	c.mu.Lock()
	leader, running, exited := c.leader, c.running, c.exited
	c.mu.Unlock()
	if running {
		// A stopped process does not see the polite signal.
		if err := errors.Join(c.Signal(ctx, syscall.SIGCONT), signal(leader.PID, c.polite())); err != nil {
			return err
		}
		timer := time.NewTimer(stopLimit)
		defer timer.Stop()
		select {
		case <-exited:
		case <-timer.C:
			c.log.Info(c.spec.Component + " does not stop, killing it")
		case <-ctx.Done():
		}
	}
	return c.Kill(ctx)
}

func (c *child) polite() syscall.Signal {
	if c.spec.Stop == 0 {
		return syscall.SIGTERM
	}
	return c.spec.Stop
}

// signal sends a signal. A process that has ended needs none.
func signal(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %v to %d: %w", sig, pid, err)
	}
	return nil
}

// pause waits, and reports false when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
