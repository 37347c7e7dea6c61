package telemetry

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// fake is a probe whose readings a test makes.
type fake struct {
	name       string
	read       func(ctx context.Context, n int) ([]Reading, error)
	n          int
	within     atomic.Int32
	overlapped atomic.Bool
	closed     int
}

func (f *fake) Name() string { return f.name }

func (f *fake) Close() error {
	f.closed++
	return nil
}

func (f *fake) Read(ctx context.Context) ([]Reading, error) {
	if f.within.Add(1) > 1 {
		f.overlapped.Store(true)
	}
	defer f.within.Add(-1)
	f.n++
	return f.read(ctx, f.n)
}

func value(series string, v float64) []Reading {
	return []Reading{{Series: series, Component: "c", Value: v}}
}

// sampled runs the sampler in virtual time, for a duration from before the base.
func sampled(t *testing.T, d, untilBase, every time.Duration, probes ...Probe) (points []results.Point, problems []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		var err error
		problems, err = Sample(ctx, time.Now().Add(untilBase), every, probes, func(p []results.Point) error {
			points = append(points, p...)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	return points, problems
}

func at(ms int) results.Offset { return results.OffsetOf(time.Duration(ms) * time.Millisecond) }

func cpu(ms int, v float64) results.Point {
	return results.Point{At: at(ms), Series: "host.cpu", Component: "c", Value: v, Unit: "ratio", Better: "lower"}
}

// A probe that hangs loses its own readings, each after one interval, and not those of
// others. It is never read concurrently with itself.
func TestHungProbe(t *testing.T) {
	hung := &fake{name: "hung", read: func(ctx context.Context, _ int) ([]Reading, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	fine := &fake{name: "fine", read: func(_ context.Context, n int) ([]Reading, error) { return value("host.cpu", float64(n)), nil }}
	points, problems := sampled(t, 450*time.Millisecond, 0, 100*time.Millisecond, hung, fine)
	want := []results.Point{cpu(0, 1), cpu(100, 2), cpu(200, 3), cpu(300, 4), cpu(400, 5)}
	if diff := cmp.Diff(want, points); diff != "" {
		t.Error(diff)
	}
	// It is given up at 100 ms, tried again at 200 ms, and so on.
	if diff := cmp.Diff([]string{"hung: context deadline exceeded (2 times, from 0.0 s to 0.2 s)"}, problems); diff != "" {
		t.Error(diff)
	}
	if hung.n != 3 || fine.n != 5 || hung.overlapped.Load() || fine.overlapped.Load() || hung.closed != 1 || fine.closed != 1 {
		t.Errorf("read %d and %d times, closed %d and %d times", hung.n, fine.n, hung.closed, fine.closed)
	}
}

// A reading that lasts longer than the interval is skipped, not made up for; one within
// the interval changes nothing.
func TestSlowProbe(t *testing.T) {
	slow := &fake{name: "slow", read: func(ctx context.Context, n int) ([]Reading, error) {
		last := 60 * time.Millisecond
		if n == 2 {
			last = 150 * time.Millisecond
		}
		select {
		case <-time.After(last):
			return value("host.cpu", float64(n)), nil
		case <-ctx.Done():
			return nil, errors.New("too slow")
		}
	}}
	points, problems := sampled(t, 470*time.Millisecond, 0, 100*time.Millisecond, slow)
	// The second, at 100 ms, is given up at 200 ms: the third begins at 300 ms.
	if diff := cmp.Diff([]results.Point{cpu(0, 1), cpu(300, 3), cpu(400, 4)}, points); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"slow: too slow (at 0.1 s)"}, problems); diff != "" {
		t.Error(diff)
	}
}

// A target that is down for a while is one problem with its time, and readings resume.
func TestProblemsAreCounted(t *testing.T) {
	p := &fake{name: "postgres shared", read: func(_ context.Context, n int) ([]Reading, error) {
		switch n {
		case 2:
			return nil, errors.New("dial tcp 127.0.0.1:50001->127.0.0.1:5432: refused")
		case 3:
			return value("host.cpu", 0), errors.New("dial tcp 127.0.0.1:50002->127.0.0.1:5432: refused")
		case 4:
			return value("made.up", 1), errors.Join(errors.New("one"), errors.New("two"))
		}
		return value("host.cpu", 1), nil
	}}
	points, problems := sampled(t, 4500*time.Millisecond, 0, time.Second, p)
	want := []string{
		"postgres shared: dial tcp 127.0.0.1->127.0.0.1:5432: refused (2 times, from 1.0 s to 2.0 s)",
		"postgres shared: one; two (at 3.0 s)",
		"postgres shared: series made.up is not in the catalogue (at 3.0 s)",
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
	wantPoints := []results.Point{cpu(0, 1), cpu(2000, 0), {At: at(3000), Series: "made.up", Component: "c", Value: 1}, cpu(4000, 1)}
	if diff := cmp.Diff(wantPoints, points); diff != "" {
		t.Error(diff)
	}
}

// Readings before the base start the rates and are not passed on. Units and directions
// are those of the catalogue, but for series whose unit the user chose.
func TestPoints(t *testing.T) {
	p := &fake{name: "p", read: func(_ context.Context, n int) ([]Reading, error) {
		return []Reading{
			{Series: "host.cpu", Component: "host", Value: float64(n)},
			{Series: "redis.queue.lag", Label: "jobs", Component: "shared/redis", Tenant: "t1", Value: 2},
			{Series: "prometheus.query", Label: "p99", Component: "prom", Value: 3, Unit: "s", Better: "lower"},
		}, nil
	}}
	points, problems := sampled(t, 290*time.Millisecond, 250*time.Millisecond, 100*time.Millisecond, p)
	want := []results.Point{ // the readings were at -250, -200, -100 and 0 ms
		{At: 0, Series: "host.cpu", Component: "host", Value: 4, Unit: "ratio", Better: "lower"},
		{At: 0, Series: "redis.queue.lag[jobs]", Component: "shared/redis", Tenant: "t1", Value: 2, Unit: "count", Better: "lower"},
		{At: 0, Series: "prometheus.query[p99]", Component: "prom", Value: 3, Unit: "s", Better: "lower"},
	}
	if diff := cmp.Diff(want, points); diff != "" || len(problems) > 0 {
		t.Errorf("%v %s", problems, diff)
	}
}

func TestSinkErrorEndsSampling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fake{name: "p", read: func(context.Context, int) ([]Reading, error) { return value("host.cpu", 1), nil }}
		full := errors.New("disk full")
		began := time.Now()
		_, err := Sample(t.Context(), began.Add(time.Second), time.Second, []Probe{p}, func([]results.Point) error { return full })
		if !errors.Is(err, full) || p.closed != 1 || time.Since(began) != time.Second {
			t.Errorf("%v after %v, closed %d times, want the sink's error at the base", err, time.Since(began), p.closed)
		}
	})
}

func TestUntilNext(t *testing.T) {
	for _, c := range []struct{ elapsed, want time.Duration }{
		{0, time.Second}, {300 * time.Millisecond, 700 * time.Millisecond}, {2 * time.Second, time.Second},
		{-300 * time.Millisecond, 300 * time.Millisecond}, {-2 * time.Second, time.Second},
	} {
		if got := untilNext(c.elapsed, time.Second); got != c.want {
			t.Errorf("untilNext(%v) = %v, want %v", c.elapsed, got, c.want)
		}
	}
}

func TestCounters(t *testing.T) {
	var c counters
	at := time.Now()
	rate := func(seconds int, v float64) (float64, bool) {
		c.begin(at.Add(time.Duration(seconds) * time.Second))
		r, ok := c.rate("n", v)
		c.end()
		return r, ok
	}
	for i, step := range []struct {
		at   int
		v    float64
		want float64
		ok   bool
	}{
		{0, 100, 0, false}, // nothing to compare with
		{2, 110, 5, true},
		{3, 4, 0, false}, // reset
		{4, 6, 2, true},
	} {
		if got, ok := rate(step.at, step.v); ok != step.ok || ok && got != step.want {
			t.Errorf("step %d: got %v, %v, want %v, %v", i, got, ok, step.want, step.ok)
		}
	}
}
