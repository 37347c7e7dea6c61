package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// endLimit bounds how long an interrupted run may revert its faults and judge what it has.
const endLimit = 5 * time.Minute

// Process runs each experiment by harness run, as a process of its own: what ends it does not
// end the campaign. What it prints is kept next to the experiment.
//
// The process is killed when the campaign is: a kill leaves no second harness. Its faults are
// reverted as after every kill, by the guard.
func (c *Campaign) Process(executable string) Perform {
	return func(ctx context.Context, e Experiment) error {
		log, err := os.Create(strings.TrimSuffix(e.File, ".yaml") + ".log")
		if err != nil {
			return fmt.Errorf("create the log: %w", err)
		}
		last := &tail{}
		cmd := exec.CommandContext(ctx, executable, "run", e.File, "--results", c.Runs, "--report-only")
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = endLimit
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		cmd.Stdout, cmd.Stderr = log, io.MultiWriter(log, last)
		runtime.LockOSThread() // Pdeathsig fires when the thread that forked ends
		defer runtime.UnlockOSThread()
		err = cmd.Run()
		if closing := log.Close(); closing != nil {
			return errors.Join(err, closing)
		}
		if err == nil {
			return nil
		}
		return fmt.Errorf("harness run ended with %w: %s", err, last.line())
	}
}

// tail keeps the end of what a process prints.
type tail struct{ text string }

// mostTail bounds what is kept.
const mostTail = 2000

func (t *tail) Write(p []byte) (int, error) {
	t.text += string(p)
	t.text = t.text[max(0, len(t.text)-mostTail):]
	return len(p), nil
}

// line is the last line with text.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(t.text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
