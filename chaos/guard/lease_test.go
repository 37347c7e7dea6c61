package guard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

func TestVerbsTravel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		client, g, _ := start(t, s)
		if client.Name() != "script" {
			t.Errorf("driver %q", client.Name())
		}
		if targets, err := client.Check(t.Context(), chaos.Manifest{}); err != nil || targets[0].Name != "t1/x" {
			t.Errorf("check: %v, %v", targets, err)
		}
		fault := inject1(t, client, time.Second)
		active, err := client.Active(t.Context())
		if err != nil || len(active) != 1 || active[0].Name != "f" || active[0].Targets[0] != "t1/x" {
			t.Errorf("active %+v, %v", active, err)
		}
		if p, err := fault.InEffect(t.Context()); err != nil || !p.Shown || p.Evidence != "seen" {
			t.Errorf("in effect %+v, %v", p, err)
		}
		if err := fault.Recover(t.Context()); err != nil || len(g.Active()) != 0 {
			t.Errorf("recover %v, active %v", err, g.Active())
		}
		if p, err := fault.Recovered(t.Context()); err != nil || p.Evidence != "gone" {
			t.Errorf("recovered %+v, %v", p, err)
		}
		if err := errors.Join(fault.Close(t.Context()), fault.Close(t.Context())); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !s.is(false, true) {
			t.Error("not closed")
		}
	})
}

func TestLostConnectionRecoversAndRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{failures: 3}
		client, g, _ := start(t, s)
		fault := inject1(t, client, time.Minute)
		_ = fault.(*remote).line.conn.Close()
		time.Sleep(699 * time.Millisecond) // the waits are 100, 200 and 400 ms
		synctest.Wait()
		if active := g.Active(); !s.is(true, false) || len(active) != 1 || !active[0].Orphaned || active[0].Err != "not yet" {
			t.Errorf("before the third repetition: %+v", active)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !s.is(false, true) || len(g.Active()) != 0 {
			t.Errorf("not recovered, closed and forgotten: %+v", g.Active())
		}
	})
}

func TestLostConnectionDuringAVerb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{block: make(chan struct{})}
		client, _, _ := start(t, s)
		fault := inject1(t, client, time.Minute)
		answered := make(chan error, 1)
		go func() { _, err := fault.InEffect(context.Background()); answered <- err }()
		synctest.Wait() // the verb runs
		_ = fault.(*remote).line.conn.Close()
		if err := <-answered; err == nil {
			t.Error("a verb on a lost lease succeeded")
		}
		synctest.Wait()
		if !s.is(false, true) {
			t.Error("not recovered and closed")
		}
	})
}

func TestOutlivedDuration(t *testing.T) {
	for name, blocks := range map[string]bool{"between verbs": false, "during a verb": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { outlive(t, blocks) })
		})
	}
}

// outlive holds a fault of 30 s, between verbs or during one, until the guard recovers
// it after the grace.
func outlive(t *testing.T, blocks bool) {
	s := &script{}
	if blocks {
		s.block = make(chan struct{})
	}
	client, _, _ := start(t, s)
	fault := inject1(t, client, 30*time.Second)
	began := time.Now()
	if blocks {
		if _, err := fault.InEffect(t.Context()); err == nil {
			t.Error("the verb was not ended")
		}
		if took := time.Since(began); took != 30*time.Second+Grace {
			t.Errorf("the verb ended after %v", took)
		}
	} else {
		time.Sleep(30*time.Second + Grace - time.Nanosecond)
		synctest.Wait()
		if !s.is(true, false) {
			t.Error("the fault was recovered before its duration and grace were over")
		}
		time.Sleep(time.Nanosecond)
	}
	synctest.Wait()
	if !s.is(false, false) {
		t.Error("not recovered when duration and grace were over")
	}
	if p, err := fault.InEffect(t.Context()); err != nil || p.Shown || !strings.Contains(p.Evidence, "outlived") {
		t.Errorf("in effect after the end: %+v, %v", p, err)
	}
	if err := errors.Join(fault.Recover(t.Context()), fault.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestCancelledVerbKeepsTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{block: make(chan struct{})}
		client, _, _ := start(t, s)
		fault := inject1(t, client, time.Minute)
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Millisecond, cancel)
			if _, err := fault.InEffect(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want cancelled", err)
			}
		}
		if !s.is(true, false) {
			t.Error("the fault was recovered")
		}
		if err := errors.Join(fault.Recover(t.Context()), fault.Close(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// What a fault hits beyond the plan travels over the lease, and ends the fault.
func TestBeyondThePlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		client, _, _ := start(t, s)
		fault, err := client.Fault(chaos.Manifest{Name: "f", Duration: time.Minute}, []chaos.Component{{Name: "t1/x"}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		time.AfterFunc(10500*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.beyond = true
		})
		session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(began)) }})
		err = session.Run(t.Context(), chaos.Plan{Hold: time.Minute})
		r := session.Injection()
		if !errors.Is(err, chaos.ErrBeyondPlan) || r.Beyond != "beyond the plan: hit t2/x" {
			t.Errorf("run: %v, %q", err, r.Beyond)
		}
		if r.Removed == nil || r.Removed.Duration() != 11*time.Second || !s.is(false, true) {
			t.Errorf("reverted at %v, want 11 s: the fault is read each second", r.Removed)
		}
	})
}

// A lost effect travels over the lease; the fault is held to its end.
func TestLostEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		client, _, _ := start(t, s)
		fault, err := client.Fault(chaos.Manifest{Name: "f", Duration: time.Minute}, []chaos.Component{{Name: "t1/x"}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		time.AfterFunc(10500*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.lost = true
		})
		session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(began)) }})
		if err := session.Run(t.Context(), chaos.Plan{Hold: time.Minute}); err != nil {
			t.Fatal(err)
		}
		r := session.Injection()
		if r.Lost == nil || r.Lost.Duration() != 11*time.Second || r.LostWhy != "pod t1/x was evicted" {
			t.Errorf("lost at %v (%s), want 11 s", r.Lost, r.LostWhy)
		}
		if r.Removing.Duration() != time.Minute {
			t.Errorf("held until %v, want a minute", r.Removing.Duration())
		}
	})
}

func TestPanicInAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{panics: true}
		client, _, _ := start(t, s)
		fault, _ := client.Fault(chaos.Manifest{Name: "f"}, nil)
		err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context()))
		if err == nil || !strings.Contains(err.Error(), "on purpose") {
			t.Errorf("got %v", err)
		}
		if err := fault.Close(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !s.is(false, true) {
			t.Error("not recovered and closed")
		}
	})
}

func TestRecoverAllAndEndOfGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		client, g, stop := start(t, s)
		first := inject1(t, client, time.Minute)
		if err := client.RecoverAll(t.Context()); err != nil || len(g.Active()) != 0 || !s.is(false, false) {
			t.Errorf("recover all: %v, active %v", err, g.Active())
		}
		if err := first.Close(t.Context()); err != nil {
			t.Error(err)
		}
		inject1(t, client, time.Minute)
		if err := stop(); err != nil || !s.is(false, true) {
			t.Errorf("end of the guard: %v, injected %v", err, s.injected)
		}
	})
}

func TestVerbsNeedPrepare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, _ := start(t, &script{})
		fault, _ := client.Fault(chaos.Manifest{Name: "f"}, nil)
		if err := fault.Inject(t.Context()); err == nil {
			t.Error("inject without prepare succeeded")
		}
		if err := fault.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
