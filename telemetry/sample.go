package telemetry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/odooharness/results"
)

// Sample reads every probe at base, base+every, base+2*every, ... until ctx ends,
// and passes the points to sink, one call at a time. It closes the probes.
//
// A reading may last until the next one is due, and is then given up. A late probe skips
// the readings that it missed: two readings of one probe never overlap. Readings before
// base start the rates and are not passed on.
//
// Failed readings are returned as problems, one line a kind. The error is that of the
// sink; it ends sampling.
func Sample(
	ctx context.Context, base time.Time, every time.Duration, probes []Probe, sink func([]results.Point) error,
) (problems []string, err error) {
	if every <= 0 {
		return nil, fmt.Errorf("sample: the interval must be positive, got %v", every)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &sampler{base: base, every: every, sink: sink, stop: cancel, series: map[string]Series{}, notes: newNotes()}
	for _, known := range Catalogue() {
		s.series[known.Name] = known
	}
	var running sync.WaitGroup
	for _, p := range probes {
		running.Go(func() { s.follow(ctx, p) })
	}
	<-ctx.Done()
	running.Wait()
	for _, p := range probes {
		if err := p.Close(); err != nil {
			s.notes.add(p.Name(), fmt.Errorf("close: %w", err), time.Since(base))
		}
	}
	var failed *sinkError
	if errors.As(context.Cause(ctx), &failed) {
		err = fmt.Errorf("keep telemetry: %w", failed.err)
	}
	return s.notes.lines(), err
}

// sinkError is why sampling stopped by itself.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

type sampler struct {
	base   time.Time
	every  time.Duration
	series map[string]Series
	stop   context.CancelCauseFunc
	notes  *notes

	mu   sync.Mutex // one sink call at a time
	sink func([]results.Point) error
}

// follow reads one probe until ctx ends.
func (s *sampler) follow(ctx context.Context, p Probe) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		s.read(ctx, p)
		timer.Reset(untilNext(time.Since(s.base), s.every))
	}
}

// untilNext is the time from elapsed to the next multiple of every.
func untilNext(elapsed, every time.Duration) time.Duration {
	rest := elapsed % every
	if rest < 0 {
		rest += every
	}
	return every - rest
}

func (s *sampler) read(ctx context.Context, p Probe) {
	at := time.Since(s.base)
	limited, cancel := context.WithTimeout(ctx, s.every)
	defer cancel()
	readings, err := p.Read(limited)
	if ctx.Err() != nil {
		return // the end interrupted it, not the target
	}
	if err != nil {
		s.notes.add(p.Name(), err, at)
	}
	if at < 0 || len(readings) == 0 {
		return
	}
	points := make([]results.Point, 0, len(readings))
	for _, r := range readings {
		points = append(points, s.point(p, r, at))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sink(points); err != nil {
		s.stop(&sinkError{err})
	}
}

func (s *sampler) point(p Probe, r Reading, at time.Duration) results.Point {
	known, ok := s.series[r.Series]
	if !ok {
		s.notes.add(p.Name(), fmt.Errorf("series %s is not in the catalogue", r.Series), at)
	}
	if r.Unit != "" {
		known.Unit = r.Unit
	}
	if r.Better != "" {
		known.Better = r.Better
	}
	return results.Point{
		At: results.OffsetOf(at), Series: r.series(), Component: r.Component, Tenant: r.Tenant,
		Value: r.Value, Unit: known.Unit, Better: known.Better,
	}
}
