package telemetry

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// fake is a probe whose readings a test makes.
type fake struct {
	name   string
	read   func(ctx context.Context, n int) ([]Reading, error)
	n      int
	within atomic.Int32
	beside atomic.Bool
	closed int
}

func (f *fake) Name() string { return f.name }

func (f *fake) Close() error {
	f.closed++
	return nil
}

func (f *fake) Read(ctx context.Context) ([]Reading, error) {
	if f.within.Add(1) > 1 {
		f.beside.Store(true)
	}
	defer f.within.Add(-1)
	f.n++
	return f.read(ctx, f.n)
}

func value(series string, v float64) []Reading {
	return []Reading{{Series: series, Component: "c", Value: v}}
}

func sampleFor(t *testing.T, d time.Duration, base time.Time, every time.Duration, probes ...Probe) ([]results.Point, []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var points []results.Point
	problems, err := Sample(ctx, base, every, probes, func(p []results.Point) error {
		points = append(points, p...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return points, problems
}

// A probe that hangs loses its own readings, not those of others, and is never
// read twice at once.
func TestHungProbeStopsNoOther(t *testing.T) {
	hung := &fake{name: "hung", read: func(ctx context.Context, _ int) ([]Reading, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	fine := &fake{name: "fine", read: func(context.Context, int) ([]Reading, error) { return value("host.cpu", 0.5), nil }}
	points, problems := sampleFor(t, 2*time.Second, time.Now(), 100*time.Millisecond, hung, fine)
	if len(points) < 6 {
		t.Errorf("%d points of the fine probe within 20 intervals", len(points))
	}
	if hung.beside.Load() || fine.beside.Load() {
		t.Error("a probe was read beside itself")
	}
	if hung.n < 3 {
		t.Errorf("the hung probe was tried %d times, want it tried again", hung.n)
	}
	if hung.closed != 1 || fine.closed != 1 {
		t.Errorf("closed %d and %d times, want once", hung.closed, fine.closed)
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "hung: context deadline exceeded (") {
		t.Errorf("problems %q, want one line on the hung probe", problems)
	}
}

// A target that is down for a while is one problem with its time, and readings
// resume.
func TestProblemsAreToldOnce(t *testing.T) {
	p := &fake{name: "postgres shared", read: func(_ context.Context, n int) ([]Reading, error) {
		switch n {
		case 2:
			return nil, errors.New("dial tcp 127.0.0.1:50001->127.0.0.1:5432: refused")
		case 3:
			return value("postgres.up", 0), errors.New("dial tcp 127.0.0.1:50002->127.0.0.1:5432: refused")
		case 4:
			return value("made.up", 1), errors.Join(errors.New("one"), errors.New("two"))
		}
		return value("postgres.up", 1), nil
	}}
	points, problems := sampleFor(t, 2*time.Second, time.Now(), 100*time.Millisecond, p)
	for i, want := range []string{
		"postgres shared: dial tcp 127.0.0.1->127.0.0.1:5432: refused (2 times, from ",
		"postgres shared: one; two (at ",
		"postgres shared: series made.up is not in the catalogue (at ",
	} {
		if i >= len(problems) || !strings.HasPrefix(problems[i], want) {
			t.Fatalf("problems %q, want one that begins %q", problems, want)
		}
	}
	if len(points) < 4 || points[len(points)-1].Value != 1 {
		t.Errorf("points %v, want readings again after the gap", points)
	}
}

func TestPoints(t *testing.T) {
	p := &fake{name: "p", read: func(_ context.Context, n int) ([]Reading, error) {
		return []Reading{
			{Series: "host.cpu", Component: "host", Value: float64(n)},
			{Series: "redis.queue.lag", Label: "jobs", Component: "shared/redis", Tenant: "t1", Value: 2},
			{Series: "prometheus.query", Label: "p99", Component: "prom", Value: 3, Unit: "s", Better: "lower"},
		}, nil
	}}
	// Readings before the base are taken and not handed on.
	base := time.Now().Add(250 * time.Millisecond)
	points, problems := sampleFor(t, 2*time.Second, base, 100*time.Millisecond, p)
	if len(problems) > 0 {
		t.Error(problems)
	}
	if len(points) < 3 {
		t.Fatalf("%d points", len(points))
	}
	if p.n < 3 || points[0].Value < 2 {
		t.Errorf("read %d times, the first point is reading %v: want readings before the base", p.n, points[0].Value)
	}
	at := points[0].At
	if at < 0 || at.Duration() > time.Second {
		t.Errorf("first point at %v, want one of the first intervals after the base", at.Duration())
	}
	want := []results.Point{
		{At: at, Series: "host.cpu", Component: "host", Value: points[0].Value, Unit: "ratio", Better: "lower"},
		{At: at, Series: "redis.queue.lag[jobs]", Component: "shared/redis", Tenant: "t1", Value: 2, Unit: "count", Better: "lower"},
		{At: at, Series: "prometheus.query[p99]", Component: "prom", Value: 3, Unit: "s", Better: "lower"},
	}
	if diff := cmp.Diff(want, points[:3]); diff != "" {
		t.Error(diff)
	}
}

func TestSinkErrorEndsSampling(t *testing.T) {
	p := &fake{name: "p", read: func(context.Context, int) ([]Reading, error) { return value("host.cpu", 1), nil }}
	full := errors.New("disk full")
	ended := make(chan error, 1)
	go func() {
		_, err := Sample(context.Background(), time.Now(), 10*time.Millisecond, []Probe{p},
			func([]results.Point) error { return full })
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, full) {
			t.Errorf("got %v, want the sink's error", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("sampling goes on")
	}
	if p.closed != 1 {
		t.Errorf("closed %d times", p.closed)
	}
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
