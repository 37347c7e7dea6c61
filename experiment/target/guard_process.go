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
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.org/odooharness/experiment/spec"
)

// guardProcess is the process that applies the faults on a setup without a lab.
// It outlives a killed harness: its standard input ends, and it reverts every fault
// and exits.
type guardProcess struct {
	dir    string
	socket string
	notes  []string     // what it found and did before it was ready
	stop   func() error // ends its input
	wait   func() error // until it has ended
	kill   func()
}

// startGuard starts a guard, in the sidecar of the harness's pod where there is one.
func startGuard(ctx context.Context, s spec.Setup) (*guardProcess, error) {
	if sidecar := os.Getenv(SidecarEnv); sidecar != "" && s.OnKubernetes() {
		return joinSidecar(ctx, s, sidecar)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	_, _ = sweepFolders() // of killed guards; doctor reports what stays
	dir, err := makeFolder()
	if err != nil {
		return nil, err
	}
	p := &guardProcess{dir: dir, socket: filepath.Join(dir, "guard.sock")}
	// Not bound to ctx: a cancelled run still needs its faults reverted.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self,
		"guard", "--setup", s.Path, "--socket", p.socket, "--run", s.Run)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the harness alone
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.stop, p.wait = stdin.Close, cmd.Wait
	p.kill = func() { _ = cmd.Process.Kill() } // wait returns how it ended
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if p.notes, err = listen(stdout); err != nil {
		return nil, errors.Join(err, p.close(ctx))
	}
	return p, nil
}

// Kinds of lines that a guard writes before it serves.
const (
	noted   = "note"
	refused = "refused"
	ready   = "ready"
)

// announce writes a line. Its text is quoted, since it may have several lines.
func announce(out io.Writer, kind, text string) error {
	if _, err := fmt.Fprintln(out, kind, strconv.Quote(text)); err != nil {
		return fmt.Errorf("report to the harness that the guard is %s: %w", kind, err)
	}
	return nil
}

// listen reads the lines of a guard until it is ready.
func listen(from io.Reader) (notes []string, err error) {
	reader := bufio.NewReader(from)
	for {
		line, err := reader.ReadString('\n')
		kind, quoted, _ := strings.Cut(strings.TrimSpace(line), " ")
		text, unquoteErr := strconv.Unquote(quoted)
		switch {
		case err != nil || unquoteErr != nil:
			return nil, errors.New("it has ended before it was ready")
		case kind == noted:
			notes = append(notes, text)
		case kind == refused:
			return nil, errors.New(text)
		case kind == ready:
			return notes, nil
		}
	}
}

// close ends the guard and waits until it has reverted every fault.
func (p *guardProcess) close(context.Context) error {
	err := p.stop()
	overdue := time.AfterFunc(time.Minute, p.kill)
	defer overdue.Stop()
	err = errors.Join(err, p.wait(), os.RemoveAll(p.dir))
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("the guard has failed (%w); its messages are above", err)
	}
	return err
}
