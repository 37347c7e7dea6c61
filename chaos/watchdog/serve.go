package watchdog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
	"time"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/redis"
)

const (
	revertLimit = time.Minute            // for all that is to be reverted
	pause       = 200 * time.Millisecond // between two attempts
)

// Serve keeps what it is to revert until in ends, and then reverts it. Signals are the
// caller's matter: it must ignore those that a terminal sends.
func Serve(in io.Reader, out io.Writer) error {
	held := map[int]Undo{}
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var f frame
		if err := decoder.Decode(&f); err != nil {
			break // the guard has ended; what it had not finished to send, it did not do
		}
		if f.Hold != nil {
			held[f.ID] = *f.Hold
		}
		delete(held, f.Release)
		if err := encoder.Encode(frame{ID: f.ID}); err != nil {
			break
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), revertLimit)
	defer cancel()
	return revertAll(ctx, held)
}

// revertAll reverts processes first: Redis may be one of them.
func revertAll(ctx context.Context, held map[int]Undo) error {
	ids := slices.SortedFunc(maps.Keys(held), func(a, b int) int { return held[b].PID - held[a].PID })
	var problems []error
	for _, id := range ids {
		problems = append(problems, again(ctx, held[id].revert))
	}
	return errors.Join(problems...)
}

// again tries until it succeeds or ctx ends.
func again(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

func (u Undo) revert(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var problems []error
	if u.PID > 0 {
		problems = append(problems, Continue(proc.Process{PID: u.PID, Start: u.Start}))
	}
	if u.Redis != "" {
		left, err := redis.Find(ctx, redis.Target{Name: "redis", URL: u.Redis})
		problems = append(problems, err)
		for _, l := range left {
			problems = append(problems, l.Revert(ctx))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if u.Note != "" {
		if err := os.Remove(u.Note); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the note of a fault: %w", err)
		}
	}
	return nil
}

// Continue lets a stopped process go on, after all that is under it. A process that has
// ended is no error.
func Continue(p proc.Process) error {
	if !p.Alive() {
		return nil
	}
	under, err := proc.Descendants(p.PID)
	slices.Reverse(under)
	return errors.Join(err, proc.SignalAll(under, syscall.SIGCONT), p.Signal(syscall.SIGCONT))
}
