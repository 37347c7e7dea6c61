package conduct

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// ending is how the trials of a run ended, and what was left behind.
type ending struct {
	States  string // of the trials, in order
	Reason  string // of the first
	Seconds float64
	Opened  int
	Closed  int
	Err     string
}

func (r *rig) endingOf(recorded *results.Run, err error, began time.Time) ending {
	e := ending{Opened: r.opened, Closed: r.closed, Seconds: time.Since(began).Seconds()}
	var states []string
	for _, t := range recorded.Trials {
		states = append(states, t.State)
	}
	e.States, e.Reason = strings.Join(states, " "), recorded.Trials[0].Reason
	if err != nil {
		e.Err = err.Error()
	}
	return e
}

// checkNothingRuns verifies that every generator ended and every fault was reverted.
func (r *rig) checkNothingRuns() {
	r.t.Helper()
	for _, g := range r.generators {
		if !g.waited {
			r.t.Errorf("nobody waited for the generator of %s", g.spec.Name)
		}
	}
	for i, f := range r.faults {
		if f.injected && f.recoverErr == nil {
			r.t.Errorf("fault %d is still injected", i)
		}
		if !f.closed && f.recoverErr == nil {
			r.t.Errorf("fault %d is not closed", i)
		}
	}
}

// A trial is complete, halted or failed, and its reason names the cause. A trial that
// fails does not prevent the next one.
func TestEndings(t *testing.T) {
	broken := errors.New("the cable is out")
	for name, c := range map[string]struct {
		change func(*rig)
		want   ending
	}{
		"complete": {func(*rig) {},
			// 1 s of lead time and 100 s of load, twice
			ending{States: "complete complete", Seconds: 202, Opened: 2, Closed: 2}},
		"halt condition": {func(r *rig) {
			r.experiment.Halt = &spec.Halt{ErrorShare: 0.5, For: 10 * time.Second}
			r.loads["day"] = load{progress: steps(30*time.Second, 1)}
		}, ending{States: "halted halted", Reason: "halt condition: at least 50 % of the steps failed for 10s",
			// the first tick that sees nothing but failures is that of 31 s
			Seconds: 2 * (1 + 41), Opened: 2, Closed: 2}},
		"one generator fails": {func(r *rig) { r.loads["night"] = load{fails: 30 * time.Second, err: broken} },
			ending{States: "failed failed", Reason: "the cable is out", Seconds: 2 * 31, Opened: 2, Closed: 2,
				Err: "trial 01-shared: the cable is out\ntrial 02-shared: the cable is out"}},
		"target does not come up": {func(r *rig) { r.openErr = broken },
			ending{States: "failed failed", Reason: "the cable is out",
				Err: "trial 01-shared: the cable is out\ntrial 02-shared: the cable is out"}},
		"a tenant cannot be used": {func(r *rig) { r.loads["day"] = load{preflightErr: broken} },
			ending{States: "failed", Reason: "preflight: tenant t1 at http://t1: the cable is out", Opened: 1, Closed: 1,
				Err: "trial 01-shared: preflight: tenant t1 at http://t1: the cable is out\n" +
					"1 trial was not begun: it needs setup shared, or would have nothing to be compared with"}},
		"a right of a fault is missing on an external setup": {func(r *rig) { r.target.Info.Target, r.fault.unrealisable = "external", broken },
			ending{States: "failed", Reason: "preflight: fault pg: the cable is out", Opened: 1, Closed: 1,
				Err: "trial 01-shared: preflight: fault pg: the cable is out\n" +
					"1 trial was not begun: it needs setup shared, or would have nothing to be compared with"}},
		"documents cannot be made": {func(r *rig) { r.loads["night"] = load{prepareErr: broken} },
			ending{States: "failed failed", Reason: "the cable is out", Opened: 2, Closed: 2,
				Err: "trial 01-shared: the cable is out\ntrial 02-shared: the cable is out"}},
		"a generator does not start": {func(r *rig) { r.loads["night"] = load{startErr: broken} },
			ending{States: "failed failed", Reason: "start load night: the cable is out", Opened: 2, Closed: 2,
				Err: "trial 01-shared: start load night: the cable is out\ntrial 02-shared: start load night: the cable is out"}},
		"a generator ends before its load": {func(r *rig) { r.loads["day"] = load{readyErr: broken} },
			ending{States: "failed failed", Reason: "start load day: the cable is out", Opened: 2, Closed: 2,
				Err: "trial 01-shared: start load day: the cable is out\ntrial 02-shared: start load day: the cable is out"}},
		"a generator does not get ready": {func(r *rig) { r.loads["night"] = load{readyHangs: true} },
			ending{States: "failed failed", Reason: "start load night: it was not within 20m0s", Seconds: 2 * 1200, Opened: 2, Closed: 2,
				Err: "trial 01-shared: start load night: it was not within 20m0s\n" +
					"trial 02-shared: start load night: it was not within 20m0s"}},
		"a generator does not begin": {func(r *rig) { r.loads["night"] = load{beginErr: broken} },
			ending{States: "failed failed", Reason: "start load night: the cable is out", Opened: 2, Closed: 2,
				Err: "trial 01-shared: start load night: the cable is out\ntrial 02-shared: start load night: the cable is out"}},
		"target does not close": {func(r *rig) { r.onClose = func(context.Context) error { return broken } },
			ending{States: "failed failed", Reason: "close target: the cable is out", Seconds: 202, Opened: 2, Closed: 2,
				Err: "trial 01-shared: close target: the cable is out\ntrial 02-shared: close target: the cable is out"}},
		"target hangs while it closes": {func(r *rig) {
			r.onClose = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}, ending{States: "failed failed", Reason: "close target: context deadline exceeded", Seconds: 202 + 2*120, Opened: 2, Closed: 2,
			Err: "trial 01-shared: close target: context deadline exceeded\ntrial 02-shared: close target: context deadline exceeded"}},
		"fault cannot be realised": {func(r *rig) { r.fault.unrealisable = broken },
			ending{States: "complete complete", Seconds: 202, Opened: 2, Closed: 2}},
		"fault is injected in part": {func(r *rig) { r.fault.injectErr = broken },
			ending{States: "complete complete", Seconds: 202, Opened: 2, Closed: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				c.change(r)
				began := time.Now()
				recorded, err := r.run(t.Context())
				if diff := cmp.Diff(c.want, r.endingOf(recorded, err, began)); diff != "" {
					t.Errorf("ending (-want +got):\n%s", diff)
				}
				if len(r.ended) != len(recorded.Trials) || r.ended[0].State != recorded.Trials[0].State || r.ended[0].Reason != recorded.Trials[0].Reason {
					t.Errorf("the watch was shown %+v", r.ended)
				}
				r.checkNothingRuns()
			})
		})
	}
}

// A person can end a run at every stage. The trial is halted, the next one does not
// begin, the target is closed, and nothing keeps running.
func TestCancelledAtEveryStage(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(r *rig, cancel func())
		seconds float64 // until the run ended
		opened  int
		faults  int
	}{
		"while the target comes up": {func(r *rig, cancel func()) {
			r.onOpen, r.openErr = cancel, context.Canceled
		}, 0, 0, 0},
		"in the preflight": {func(r *rig, cancel func()) {
			r.onConnect = nil
			r.loads["day"] = load{preflightErr: context.Canceled}
			r.onOpen = cancel
		}, 0, 1, 0},
		"while documents are seeded": {func(r *rig, cancel func()) {
			r.loads["night"] = load{onPrepare: cancel, prepareErr: context.Canceled}
		}, 0, 1, 0},
		"while the laws are read": {func(r *rig, cancel func()) {
			r.loads["day"] = load{readyHangs: true}
			r.onConnect = func(int) { cancel() }
		}, 0, 1, 0},
		"while a generator gets ready": {func(r *rig, cancel func()) {
			r.loads["night"] = load{readyHangs: true, onReady: func() { time.AfterFunc(7*time.Second, cancel) }}
		}, 7, 1, 0},
		"before the base instant":   {func(_ *rig, cancel func()) { time.AfterFunc(500*time.Millisecond, cancel) }, 0.5, 1, 0},
		"under load":                {func(_ *rig, cancel func()) { time.AfterFunc(31*time.Second, cancel) }, 31, 1, 0},
		"while a fault is prepared": {func(_ *rig, cancel func()) { time.AfterFunc(59*time.Second, cancel) }, 59, 1, 1},
		// it is removed within a second, and seen to be recovered two seconds later
		"while a fault is in effect": {func(_ *rig, cancel func()) { time.AfterFunc(66*time.Second, cancel) }, 69, 1, 1},
		"while the load drains": {func(r *rig, cancel func()) {
			r.loads["day"] = load{drain: 20 * time.Second}
			time.AfterFunc(110*time.Second, cancel)
		}, 121, 1, 1},
		"in the audit": {func(r *rig, cancel func()) {
			r.onConnect = func(call int) {
				if call == 2 {
					cancel()
				}
			}
		}, 101, 1, 1},
		"while the target closes": {func(r *rig, cancel func()) {
			r.onClose = func(context.Context) error { cancel(); return nil }
		}, 101, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				began := time.Now()
				c.arrange(r, cancel)
				recorded, err := r.run(ctx)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the run returned %v", err)
				}
				got := r.endingOf(recorded, nil, began)
				want := ending{States: "halted", Reason: "stopped by a person", Seconds: c.seconds, Opened: c.opened, Closed: c.opened}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("ending (-want +got):\n%s", diff)
				}
				if len(r.faults) != c.faults {
					t.Errorf("%d faults, want %d", len(r.faults), c.faults)
				}
				r.checkNothingRuns()
			})
		})
	}
}

// What was acknowledged before a person stopped the run is read back where a DSN is named.
func TestStoppedRunIsAudited(t *testing.T) {
	for dsn, want := range map[secret.Text]bool{"": false, "postgres://reader@127.0.0.1:1/t1": true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.target.Audit[0].DSN = dsn
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(31*time.Second, cancel)
			recorded, err := r.run(ctx)
			if !errors.Is(err, context.Canceled) || recorded.Trials[0].State != results.TrialHalted {
				t.Errorf("the run returned %v, trial %s", err, recorded.Trials[0].State)
			}
			if got := recorded.Trials[0].Audit != nil; got != want {
				t.Errorf("with DSN %q: audited %v, want %v", dsn, got, want)
			}
		})
	}
}

// When one generator fails, the others are stopped at once: a part of the load measures
// nothing.
func TestFailedGeneratorStopsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates = 1
		r.loads["night"] = load{fails: 30 * time.Second, err: errors.New("out of memory")}
		if _, err := r.run(t.Context()); err == nil {
			t.Error("no error")
		}
		day := r.generators[0]
		if got := day.to.Sub(day.from); !day.stopped || got != 30*time.Second {
			t.Errorf("the other load lasted %s, want 30s", got)
		}
	})
}
