//go:build kubernetes

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// part is a program of the cluster.
type part struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start runs a program of testenv, or one by its path, with its output in a file by its name.
func (c *Cluster) start(ctx context.Context, name, program string, args, env []string) error {
	if c.Running(name) {
		return fmt.Errorf("start %s: it runs already", name)
	}
	log, err := os.OpenFile(filepath.Join(c.Dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	// Not bound to ctx: it outlives the call, and Stop ends it.
	if !filepath.IsAbs(program) {
		program = filepath.Join(c.bin, program)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, c.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p := &part{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // tests check whether it runs, not how it ended
	}()
	c.parts[name] = p
	return nil
}

// Running reports whether the part runs.
func (c *Cluster) Running(name string) bool {
	p, ok := c.parts[name]
	if !ok {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Kill ends a part as a crash would, and waits for its end. The node gets a signal that it
// can handle, so that it ends its processes. A part that does not run is no error.
func (c *Cluster) Kill(name string) error {
	p, ok := c.parts[name]
	if !ok {
		return nil
	}
	delete(c.parts, name)
	signal := syscall.SIGKILL
	if name == "procnode" {
		signal = syscall.SIGTERM
	}
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end %s: %w", name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(fmt.Errorf("%s did not end", name), p.cmd.Process.Kill())
	}
}
