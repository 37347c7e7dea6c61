package watchdog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"example.org/odooharness/internal/secret"
)

// Undo is one thing to revert.
type Undo struct {
	// PID and Start are a process that was stopped. It and all under it go on.
	PID   int    `json:"pid,omitempty"`
	Start uint64 `json:"start,omitempty"`
	// Note is a file about the fault, which is removed then.
	Note string `json:"note,omitempty"`
	// Redis is the URL of a server that has a mark with its settings of before.
	Redis secret.Text `json:"redis,omitempty"`
}

// frame is a request, and its confirmation.
type frame struct {
	ID      int   `json:"id"`
	Hold    *Undo `json:"hold,omitempty"`
	Release int   `json:"release,omitempty"`
}

// confirmLimit bounds the wait for a confirmation: the watchdog does nothing else.
const confirmLimit = 5 * time.Second

// Watchdog is the process, seen from the one that it watches.
type Watchdog struct {
	cmd *exec.Cmd

	mu      sync.Mutex
	in      io.WriteCloser
	encoder *json.Encoder
	decoder *json.Decoder
	next    int
	broken  error
}

// Start starts the watchdog: a program that calls [Serve] with its standard streams.
func Start(ctx context.Context, program string, args ...string) (*Watchdog, error) {
	w := &Watchdog{cmd: exec.CommandContext(context.WithoutCancel(ctx), program, args...)}
	w.cmd.Stderr = os.Stderr
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	w.cmd.Dir = "/"
	in, err1 := w.cmd.StdinPipe()
	out, err2 := w.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	w.in, w.encoder, w.decoder = in, json.NewEncoder(in), json.NewDecoder(out)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return w, nil
}

// Hold has the watchdog revert something when this process ends, until release is called.
// It returns once that is certain.
func (w *Watchdog) Hold(ctx context.Context, u Undo) (release func() error, err error) {
	id, err := w.call(ctx, frame{Hold: &u})
	if err != nil {
		return nil, fmt.Errorf("the watchdog, without which a fault could outlive the harness: %w", err)
	}
	return func() error {
		_, err := w.call(context.WithoutCancel(ctx), frame{Release: id})
		return err
	}, nil
}

// call sends a frame and waits for its confirmation.
func (w *Watchdog) call(ctx context.Context, f frame) (id int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return 0, w.broken
	}
	w.next++
	f.ID = w.next
	if err := w.encoder.Encode(f); err != nil {
		w.broken = fmt.Errorf("send: %w", err)
		return 0, w.broken
	}
	confirmed := make(chan error, 1)
	go func() {
		var answer frame
		err := w.decoder.Decode(&answer)
		if err == nil && answer.ID != f.ID {
			err = fmt.Errorf("it confirms %d instead of %d", answer.ID, f.ID)
		}
		confirmed <- err
	}()
	timer := time.NewTimer(confirmLimit)
	defer timer.Stop()
	select {
	case w.broken = <-confirmed:
	case <-timer.C:
		w.broken = fmt.Errorf("it does not answer within %s", confirmLimit)
	case <-ctx.Done():
		w.broken = ctx.Err() // out of step from now on
	}
	return f.ID, w.broken
}

// Close ends the watchdog and waits until it has reverted what was not released.
func (w *Watchdog) Close() error {
	overdue := time.AfterFunc(2*revertLimit, func() { _ = w.cmd.Process.Kill() }) // Wait returns how it ended
	defer overdue.Stop()
	return errors.Join(w.in.Close(), w.cmd.Wait())
}
