package testbed

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process keeps a command running, as a supervisor does. It implements
// local.Process.
type Process struct {
	command func() *exec.Cmd

	mu      sync.Mutex
	cmd     *exec.Cmd
	running bool
	held    bool
	changed chan struct{} // closed and replaced at each change

	stop chan struct{}
	done chan struct{}
}

// Supervise starts the command and keeps it running until the test ends.
func Supervise(t testing.TB, command func() *exec.Cmd) *Process {
	t.Helper()
	p := &Process{
		command: command, changed: make(chan struct{}), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go p.loop()
	t.Cleanup(func() {
		close(p.stop)
		p.signal(syscall.SIGCONT)
		p.signal(syscall.SIGKILL)
		<-p.done
	})
	return p
}

// loop stays on one thread: the kernel kills the child when the thread that
// started it ends.
func (p *Process) loop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	for {
		if !p.allowed() {
			return
		}
		cmd := p.command()
		if cmd.SysProcAttr == nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{}
		}
		cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
		err := cmd.Start()
		if err == nil {
			p.set(func() { p.cmd, p.running = cmd, true })
			err = cmd.Wait()
			p.set(func() { p.running = false })
		}
		if err != nil {
			select { // a little, so that a crash loop does not spin
			case <-p.stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}

// allowed waits while the process is held; false is the end.
func (p *Process) allowed() bool {
	for {
		p.mu.Lock()
		held, changed := p.held, p.changed
		p.mu.Unlock()
		select {
		case <-p.stop:
			return false
		default:
		}
		if !held {
			return true
		}
		select {
		case <-p.stop:
			return false
		case <-changed:
		}
	}
}

func (p *Process) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running {
		_ = syscall.Kill(-p.cmd.Process.Pid, sig)
	}
}

// PID implements local.Process.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running {
		return 0
	}
	return p.cmd.Process.Pid
}

// Running implements local.Process.
func (p *Process) Running() bool { return p.PID() != 0 }

// Kill implements local.Process.
func (p *Process) Kill(context.Context) error {
	p.signal(syscall.SIGKILL)
	return nil
}

// Hold implements local.Process.
func (p *Process) Hold(context.Context) error {
	p.set(func() { p.held = true })
	p.signal(syscall.SIGKILL)
	return nil
}

// Release implements local.Process.
func (p *Process) Release(context.Context) error {
	p.set(func() { p.held = false })
	return nil
}

// Signal implements local.Process.
func (p *Process) Signal(_ context.Context, sig syscall.Signal) error {
	if !p.Running() {
		return errors.New("no process runs")
	}
	p.signal(sig)
	return nil
}
