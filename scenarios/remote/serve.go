package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// serve is a load that an agent offers.
type serve struct {
	*serving
	id     string
	begins chan time.Time
	stop   context.CancelFunc
	gone   func() error // why the agent ends; nil: it does not
}

// finishLimit bounds the sending of tables after the load.
const finishLimit = 2 * time.Minute

// offer runs a load and reports it. The error is a coordinator that cannot be reached: a
// load that fails is reported.
func (l *serve) offer(ctx context.Context, with start) (err error) {
	dir, err := l.dir(l.id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, "out")
	r, w := io.Pipe()
	lines := json.NewEncoder(w)
	finished := make(chan error, 1)
	go func() {
		// Not ctx: what a stopped load has recorded is sent.
		finished <- l.call(context.WithoutCancel(ctx), http.MethodPost, "loads/"+l.id+"/lines", r, nil)
		_ = r.Close() // of a pipe: a writer then sees that nobody reads
	}()
	sent := &sent{dir: out, sizes: map[string]int64{}, put: l.put(context.WithoutCancel(ctx))}
	last, err := l.run(ctx, dir, out, with, lines, sent)
	if err == nil {
		err = lines.Encode(line{Report: &last})
	}
	return errors.Join(err, w.Close(), <-finished)
}

// run runs the load to its end, and sends all that it has recorded.
func (l *serve) run(ctx context.Context, dir, out string, with start, lines *json.Encoder, sent *sent) (last report, err error) {
	spec, err := unpack(dir, out, with)
	if err != nil {
		return report{Err: err.Error()}, nil
	}
	child, err := l.Begin(ctx, spec)
	if err != nil {
		return report{Err: err.Error()}, nil
	}
	began := l.Clock()
	var first reading
	err = l.until(ctx, child, lines, sent, func(ctx context.Context) error {
		if err := child.Ready(ctx); err != nil {
			return nil // why it ended is in Wait
		}
		if err := lines.Encode(line{Ready: true}); err != nil {
			return err
		}
		select {
		case base := <-l.begins:
			began = l.Clock()
			first, _ = l.clocks.since(time.Time{})
			return child.Begin(moved(base.Add(-first.Offset), l.Clock, time.Now))
		case <-ctx.Done():
			return nil
		}
	})
	generator, load, failed := child.Wait()
	generator.Clock = clockOf(first, &l.clocks, began)
	last = report{Generator: generator, Load: load}
	if why := l.gone(); why != nil {
		failed = errors.Join(fmt.Errorf("%s ended before its load: %w", l.Host, why), failed)
	}
	if failed != nil {
		last.Err = failed.Error()
	}
	return last, errors.Join(err, l.finish(lines, sent))
}

// clockOf describes how far the clock of this host is from the coordinator's.
func clockOf(first reading, clocks *estimate, began time.Time) *results.HostClock {
	c := &results.HostClock{Offset: first.Offset.Seconds(), Bound: first.Bound.Seconds()}
	if last, ok := clocks.since(began); ok {
		// Two readings of one offset differ by their bounds. What is beyond is drift.
		c.Drift = max(0, (last.Offset-first.Offset).Abs()-last.Bound-first.Bound).Seconds()
	}
	return c
}

// until begins the load and passes its progress and its files on, until it ends.
func (l *serve) until(ctx context.Context, child Child, lines *json.Encoder, sent *sent,
	begin func(context.Context) error) error {
	beginning, ended := context.WithCancel(ctx)
	defer ended()
	begun := make(chan error, 1)
	go func() { begun <- begin(beginning) }()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var problem error
	waiting, progress := begun, child.Progress()
	for {
		select {
		case err := <-waiting:
			problem, waiting = errors.Join(problem, err), nil
		case p, open := <-progress:
			if !open {
				if ended(); waiting != nil {
					problem = errors.Join(problem, <-waiting)
				}
				return problem
			}
			if waiting == nil && problem == nil { // lines are in one hand at a time
				problem = lines.Encode(line{Progress: &p})
			}
		case <-tick.C:
			_ = sent.more() // what could not be sent is sent with the next tick
		}
		if problem != nil || ctx.Err() != nil {
			child.Stop()
		}
	}
}

// finish sends what is left, with several attempts.
func (l *serve) finish(lines *json.Encoder, sent *sent) error {
	limit := time.NewTimer(finishLimit)
	defer limit.Stop()
	again := time.NewTicker(beat)
	defer again.Stop()
	for {
		err := sent.more()
		var refused refusal
		if err == nil || errors.As(err, &refused) && refused.code == http.StatusGone {
			return nil // or nobody waits for the rows: the coordinator gave the load up
		}
		if err := lines.Encode(line{}); err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-limit.C:
			return fmt.Errorf("send the tables: %w", err)
		}
	}
}

// put sends files of the load.
func (l *serve) put(ctx context.Context) put {
	return func(name string, offset int64, body io.Reader, digest string) error {
		ctx, cancel := context.WithTimeout(ctx, finishLimit)
		defer cancel()
		return l.call(ctx, http.MethodPut, "loads/"+l.id+"/files/"+name, body, map[string]string{
			offsetHeader: strconv.FormatInt(offset, 10), digestHeader: digest})
	}
}

// unpack writes the files of a load to a folder, and returns its spec with their paths here.
func unpack(dir, out string, with start) (scenarios.Spec, error) {
	spec := with.Spec
	spec.Out, spec.Held = out, true
	if err := os.MkdirAll(out, 0o755); err != nil {
		return spec, err
	}
	spec.Script = filepath.Join(dir, "script.tar")
	if err := os.WriteFile(spec.Script, with.Archive, 0o600); err != nil {
		return spec, err
	}
	here := map[string]string{"": ""}
	for path, raw := range with.Files {
		here[path] = filepath.Join(dir, fmt.Sprintf("file-%d", len(here)))
		if err := os.WriteFile(here[path], raw, 0o600); err != nil {
			return spec, err
		}
	}
	spec.Documents = here[spec.Documents]
	for i, t := range spec.Tenants {
		spec.Tenants[i].CAFile = here[t.CAFile]
	}
	return spec, nil
}
