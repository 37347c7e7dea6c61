package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.org/odooharness/lab/proctree"
)

// upLimit bounds a start whose context has no deadline. A real Odoo built from
// nothing takes the longest.
const upLimit = 25 * time.Minute

// Up starts the lab's supervisor as a detached process of this same binary and
// waits until the lab is ready. What the supervisor reports is logged. When it
// cannot be brought up, nothing of it is left.
func Up(ctx context.Context, spec Spec, dir string, log *slog.Logger) (_ *Status, err error) {
	if err := checkName(spec.Name); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, upLimit)
	defer cancel()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of labs: %w", err)
	}
	unlock, err := lock(dir, spec.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	state := filepath.Join(dir, spec.Name)
	if err := renew(state); err != nil {
		return nil, err
	}
	supervisor, err := spawn(state, spec)
	if err != nil {
		return nil, err
	}
	status, err := await(ctx, state, supervisor, log)
	if err == nil {
		return status, nil
	}
	cleanup, done := context.WithTimeout(context.WithoutCancel(ctx), downLimit)
	defer done()
	return nil, errors.Join(fmt.Errorf("bring lab %s up: %w", spec.Name, err), end(cleanup, state, supervisor))
}

// lock keeps two harnesses from bringing the same lab up at once. The kernel
// frees it when its holder dies.
func lock(dir, name string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock lab %s: %w", name, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lab %s is being brought up or down by another harness", name), f.Close())
	}
	return f.Close, nil
}

// renew makes the state folder from scratch, unless its lab is up.
func renew(state string) error {
	record, err := ReadRecord(state)
	if err == nil && alive(record.Supervisor) {
		return fmt.Errorf("lab %s is up already (supervisor %d); take it down first: harness lab down %s",
			filepath.Base(state), record.Supervisor.PID, filepath.Base(state))
	}
	if _, err := sweepOne(state); err != nil {
		return err
	}
	if err := os.RemoveAll(state); err != nil {
		return fmt.Errorf("remove an earlier lab: %w", err)
	}
	return os.MkdirAll(state, 0o755) // servers under other users pass through it
}

// spawn starts the supervisor in a session of its own: neither a closed terminal
// nor the end of this process reaches it.
func spawn(state string, spec Spec) (proctree.Identity, error) {
	var none proctree.Identity
	if err := writeJSON(specFile(state), spec); err != nil {
		return none, err
	}
	self, err := os.Executable()
	if err != nil {
		return none, fmt.Errorf("find this program: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(state, "supervisor.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return none, fmt.Errorf("open the supervisor's log: %w", err)
	}
	defer log.Close() // the child has its own copy
	//nolint:noctx // it outlives every context of this process
	cmd := exec.Command(self, "lab", "supervise", "--state", state)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return none, fmt.Errorf("start the supervisor: %w", err)
	}
	id, err := proctree.Of(cmd.Process.Pid)
	if err != nil {
		return none, errors.Join(fmt.Errorf("start the supervisor: %w", err), cmd.Process.Kill())
	}
	id.Name = "supervisor"
	return id, errors.Join(WriteRecord(state, Record{Supervisor: id}), cmd.Process.Release())
}

// await waits for the status file and passes the supervisor's log on until then.
func await(ctx context.Context, state string, supervisor proctree.Identity, log *slog.Logger) (*Status, error) {
	output, err := os.Open(filepath.Join(state, "supervisor.log"))
	if err != nil {
		return nil, fmt.Errorf("read the supervisor's log: %w", err)
	}
	defer output.Close()
	grown := &tail{r: bufio.NewReader(output)}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		grown.each(log)
		status, err := readJSON[Status](filepath.Join(state, "status.json"))
		if err == nil {
			return &status, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if !alive(supervisor) {
			grown.each(log)
			return nil, fmt.Errorf("the supervisor ended: %s", strings.Join(grown.last, "\n"))
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// tail hands out whole lines of a growing file and keeps the last few.
type tail struct {
	r    *bufio.Reader
	part string
	last []string
}

func (t *tail) each(log *slog.Logger) {
	for {
		text, err := t.r.ReadString('\n')
		t.part += text
		if errors.Is(err, io.EOF) || err != nil {
			return
		}
		line := strings.TrimRight(t.part, "\n")
		t.part = ""
		t.last = append(t.last, line)
		if len(t.last) > 12 {
			t.last = t.last[1:]
		}
		log.Info(line)
	}
}
