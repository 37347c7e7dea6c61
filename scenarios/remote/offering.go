package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"example.org/odooharness/results"
)

// offering is a load that an agent offers.
type offering struct {
	*serving
	id     string
	begins chan begin
	stop   context.CancelFunc
}

// Limits of sending.
const (
	finishLimit = 2 * time.Minute // all that is left, after the load
	sendLimit   = 2 * Silence     // what is new, during the load
	sendEvery   = 250 * time.Millisecond
)

// offer runs a load and reports it. Its requests end with the agent, and the load also when it
// is stopped. The error is a coordinator that cannot be reached: a load that fails is reported.
func (l *offering) offer(agent, load context.Context, with start) (err error) {
	dir, err := l.dir(l.id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, w := io.Pipe()
	lines := json.NewEncoder(w)
	finished := make(chan error, 1)
	go func() {
		finished <- l.call(agent, http.MethodPost, "loads/"+l.id+"/lines", r, nil)
		_ = r.Close() // of a pipe: a writer then sees that nobody reads
	}()
	last := l.run(agent, load, dir, with, lines)
	return errors.Join(lines.Encode(line{Report: &last}), w.Close(), <-finished)
}

// run runs the load to its end, and sends all that it has recorded.
func (l *offering) run(agent, load context.Context, dir string, with start, lines *json.Encoder) report {
	spec, err := unpack(dir, filepath.Join(dir, "out"), with)
	if err != nil {
		return report{Err: err.Error()}
	}
	child, err := l.Begin(load, spec)
	if err != nil {
		return report{Err: err.Error()}
	}
	sent := &sent{dir: spec.Out, sizes: map[string]int64{}, put: l.put}
	var clock *results.HostClock
	var began time.Time
	err = l.until(agent, load, child, lines, sent, func(ctx context.Context) error {
		if err := child.Ready(ctx); err != nil {
			return nil // why it ended is in Wait
		}
		if err := lines.Encode(line{Ready: true}); err != nil {
			return err
		}
		select {
		case b := <-l.begins:
			offset, ok := l.clocks.since(time.Time{})
			if !ok {
				return errors.New("this host's clock could not be compared with the coordinator's")
			}
			base, off := moved(b.Base.Add(-offset.Offset), l.Clock, time.Now)
			began = l.Clock()
			clock = &results.HostClock{Offset: offset.Offset.Seconds(), Error: (offset.Bound + b.Off + off).Seconds()}
			return child.Begin(base)
		case <-ctx.Done():
			return nil
		}
	})
	generator, offered, failed := child.Wait()
	if generator.Clock = clock; clock != nil {
		l.drifted(clock, began)
	}
	last := report{Generator: generator, Load: offered}
	if agent.Err() != nil { // the report may arrive before the connection breaks
		failed = errors.Join(fmt.Errorf("%s ended before its load: %w", l.Host, context.Cause(agent)), failed)
	}
	if err := errors.Join(err, failed, l.finish(agent, lines, sent)); err != nil {
		last.Err = err.Error()
	}
	return last
}

// drifted adds what the clocks have moved apart since the load began.
func (l *offering) drifted(c *results.HostClock, began time.Time) {
	last, ok := l.clocks.since(began)
	if !ok {
		return
	}
	apart := math.Abs(last.Offset.Seconds() - c.Offset)
	c.Drift = max(0, apart-last.Bound.Seconds()-c.Error)
	c.Error = max(c.Error, apart+last.Bound.Seconds())
}

// until begins the load and passes its progress and its files on, until it ends.
func (l *offering) until(agent, load context.Context, child Child, lines *json.Encoder, sent *sent,
	begin func(context.Context) error) error {
	running, ended := context.WithCancel(load)
	defer ended()
	begun := make(chan error, 1)
	go func() { begun <- begin(running) }()
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		l.follow(agent, running, sent)
	}()
	var problem error
	waiting, progress := begun, child.Progress()
	for {
		select {
		case err := <-waiting:
			if problem, waiting = err, nil; err != nil {
				child.Stop()
			}
		case p, open := <-progress:
			if !open {
				if ended(); waiting != nil {
					problem = <-waiting
				}
				<-sending
				return problem
			}
			if waiting == nil && problem == nil { // lines are in one hand at a time
				if problem = lines.Encode(line{Progress: &p}); problem != nil {
					child.Stop()
				}
			}
		}
	}
}

// follow sends the files of a load as they grow, until it ends. It does not disturb progress:
// what could not be sent is sent later.
func (l *offering) follow(agent, running context.Context, sent *sent) {
	tick := time.NewTicker(sendEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-running.Done():
			return
		}
		ctx, cancel := context.WithTimeout(agent, sendLimit)
		_ = sent.more(ctx)
		cancel()
	}
}

// finish sends what is left, with several attempts.
func (l *offering) finish(agent context.Context, lines *json.Encoder, sent *sent) error {
	ctx, cancel := context.WithTimeout(agent, finishLimit)
	defer cancel()
	again := time.NewTicker(beat)
	defer again.Stop()
	for {
		err := sent.more(ctx)
		var refused refusal
		if err == nil || errors.As(err, &refused) && refused.code == http.StatusGone {
			return nil // or nobody waits for the rows: the coordinator gave the load up
		}
		if refused.code != 0 && refused.code != http.StatusConflict && refused.code < http.StatusInternalServerError {
			return fmt.Errorf("send the tables: %w", err)
		}
		if err := lines.Encode(line{}); err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("send the tables: %w", err)
		}
	}
}

// put sends a piece of a file of the load.
func (l *offering) put(ctx context.Context, name string, offset int64, body io.Reader, digest string) error {
	return l.call(ctx, http.MethodPut, "loads/"+l.id+"/files/"+name, body, map[string]string{
		offsetHeader: strconv.FormatInt(offset, 10), digestHeader: digest})
}
