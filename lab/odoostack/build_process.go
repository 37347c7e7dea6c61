package odoostack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// buildProcess is a server that runs for the time of a build step only; servers
// of a finished lab belong to the supervisor.
type buildProcess struct {
	cmd  *exec.Cmd
	done chan error // the end, once
}

// start begins the command with both outputs going to w.
func start(cmd *exec.Cmd, w io.Writer) (*buildProcess, error) {
	cmd.Stdout, cmd.Stderr = w, w
	p := &buildProcess{cmd: cmd, done: make(chan error, 1)}
	started := make(chan error, 1)
	go func() {
		// The kernel signals children when the thread that forked them ends, so
		// one thread forks and stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// until repeats ready until it succeeds, the process ends, or time is up.
func (p *buildProcess) until(ctx context.Context, limit time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case end := <-p.done:
			p.done <- end // for stop
			return fmt.Errorf("it ended: %w", errors.Join(end, errEnded))
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

var errEnded = errors.New("the process has ended")

// stop sends a signal, and after the limit kills the whole group.
func (p *buildProcess) stop(polite os.Signal, limit time.Duration) error {
	if err := p.cmd.Process.Signal(polite); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-p.done:
		return err
	case <-timer.C:
		err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
		return errors.Join(fmt.Errorf("it did not end within %v and was killed", limit), err)
	}
}

// run runs the command to its end, or kills its group when ctx ends.
func run(ctx context.Context, cmd *exec.Cmd, w io.Writer) error {
	p, err := start(cmd, w)
	if err != nil {
		return err
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return errors.Join(ctx.Err(), err, <-p.done)
	}
}
