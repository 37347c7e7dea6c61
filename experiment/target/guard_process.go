package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// guardProcess is the process that applies the faults on a setup without a lab.
// It outlives a killed harness: its standard input ends, and it reverts every fault
// and exits.
type guardProcess struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	dir    string
	socket string
}

func startGuard(ctx context.Context, setup string) (*guardProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "harness-guard-*")
	if err != nil {
		return nil, err
	}
	p := &guardProcess{dir: dir, socket: filepath.Join(dir, "guard.sock")}
	// Not bound to ctx: a cancelled run still needs its faults reverted.
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), self, "guard", "--setup", setup, "--socket", p.socket)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the harness alone
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	// The guard prints one word once it listens.
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		return nil, errors.Join(fmt.Errorf("the guard printed %q", strings.TrimSpace(line)), p.close(ctx))
	}
	return p, nil
}

// close ends the guard and waits until it has reverted every fault.
func (p *guardProcess) close(context.Context) error {
	err := p.stdin.Close()
	overdue := time.AfterFunc(time.Minute, func() { _ = p.cmd.Process.Kill() }) // Wait returns how it ended
	defer overdue.Stop()
	return errors.Join(err, p.cmd.Wait(), os.RemoveAll(p.dir))
}
