package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

var errInjected = errors.New("injected error")

// flaky is a fault that fails at random. It knows what is injected.
type flaky struct {
	random   *rand.Rand
	errors   float64
	injected bool
	kept     bool // Prepare's resources
	panics   bool
}

func (f *flaky) fails() bool { return f.random.Float64() < f.errors }

func (f *flaky) Prepare(context.Context) error {
	f.kept = true // also when it fails: Close must release it
	if f.fails() {
		return errInjected
	}
	return nil
}

func (f *flaky) Inject(context.Context) error {
	fails := f.fails()
	if !fails || f.random.IntN(2) == 0 { // a failed injection may have happened in part
		f.injected = true
	}
	if f.panics {
		panic("on purpose")
	}
	if fails {
		return errInjected
	}
	return nil
}

func (f *flaky) InEffect(context.Context) (chaos.Proof, error) {
	if f.fails() {
		return chaos.Proof{}, errInjected
	}
	return chaos.Proof{Shown: f.injected, Evidence: "looked"}, nil
}

func (f *flaky) Recover(ctx context.Context) error {
	if err := ctx.Err(); err != nil { // as a fault does that talks to a server
		return err
	}
	if f.fails() {
		return errInjected
	}
	f.injected = false
	return nil
}

func (f *flaky) Recovered(context.Context) (chaos.Proof, error) {
	if f.fails() {
		return chaos.Proof{}, errInjected
	}
	return chaos.Proof{Shown: !f.injected, Evidence: "looked again"}, nil
}

func (f *flaky) Close(context.Context) error {
	if f.fails() {
		return errInjected
	}
	f.kept = false
	return nil
}

// ticking is a clock that advances at each reading.
func ticking() func() results.Offset {
	var now atomic.Int64
	return func() results.Offset { return results.Offset(now.Add(1)) }
}

// TestRandomWalk calls verbs at random, one in ten of which fails, and holds
// that only legal ones pass, that marks are in order, and that a closed session
// has nothing injected.
func TestRandomWalk(t *testing.T) { synctest.Test(t, walk) }

func walk(t *testing.T) {
	// From a state, which verbs are legal, and where they may lead.
	legal := map[chaos.State]map[string][]chaos.State{
		chaos.Fresh:  {"prepare": {chaos.Ready, chaos.Failed}, "close": {chaos.Closed, chaos.Fresh}},
		chaos.Failed: {"close": {chaos.Closed, chaos.Failed}},
		chaos.Ready:  {"inject": {chaos.Injected, chaos.Suspect}, "close": {chaos.Closed, chaos.Ready}},
		chaos.Injected: {
			"in effect": {chaos.InEffect, chaos.Injected}, "recover": {chaos.Removed, chaos.Suspect},
			"close": {chaos.Closed, chaos.Suspect, chaos.Removed},
		},
		chaos.InEffect:  {"recover": {chaos.Removed, chaos.Suspect}, "close": {chaos.Closed, chaos.Suspect, chaos.Removed}},
		chaos.Suspect:   {"recover": {chaos.Removed, chaos.Suspect}, "close": {chaos.Closed, chaos.Suspect, chaos.Removed}},
		chaos.Removed:   {"recovered": {chaos.Recovered, chaos.Removed}, "close": {chaos.Closed, chaos.Removed}},
		chaos.Recovered: {"close": {chaos.Closed, chaos.Recovered}},
		chaos.Closed:    {"close": {chaos.Closed}},
	}
	verbs := []string{"prepare", "inject", "in effect", "recover", "recovered", "close"}
	random := rand.New(rand.NewPCG(42, 0))
	visited := map[chaos.State]int{}
	var fault *flaky
	var session *chaos.Session
	fresh := func() {
		fault = &flaky{random: random, errors: 0.1}
		session = chaos.NewSession(fault, chaos.Options{
			Clock: ticking(), Poll: time.Microsecond, Proof: 50 * time.Microsecond, Gone: 50 * time.Microsecond,
		})
	}
	fresh()
	for range 10_000 {
		from := session.State()
		visited[from]++
		verb := verbs[random.IntN(len(verbs))]
		if verb == "close" && random.IntN(4) > 0 {
			continue // or most walks would end early
		}
		err := call(session, verb)
		to := session.State()
		allowed, ok := legal[from][verb]
		if !ok {
			if !errors.Is(err, chaos.ErrOrder) || to != from {
				t.Fatalf("%s from %s: %v, now %s; want it refused", verb, from, err, to)
			}
			continue
		}
		if errors.Is(err, chaos.ErrOrder) || !contains(allowed, to) {
			t.Fatalf("%s from %s: %v, now %s; want one of %v", verb, from, err, to, allowed)
		}
		if fault.injected && !to.Touched() {
			t.Fatalf("%s from %s: injected, yet the session is %s", verb, from, to)
		}
		ordered(t, session.Injection())
		if to == chaos.Closed {
			if fault.injected || fault.kept {
				t.Fatalf("closed with injected %t, kept %t", fault.injected, fault.kept)
			}
			fresh()
		}
	}
	for state := range legal {
		if visited[state] == 0 && state != chaos.Closed {
			t.Errorf("the walk never was in %s", state)
		}
	}
}

func call(s *chaos.Session, verb string) error {
	ctx := context.Background()
	switch verb {
	case "prepare":
		return s.Prepare(ctx)
	case "inject":
		return s.Inject(ctx)
	case "in effect":
		return s.InEffect(ctx)
	case "recover":
		return s.Recover(ctx)
	case "recovered":
		return s.Recovered(ctx)
	}
	return s.Close(ctx)
}

func contains(states []chaos.State, state chaos.State) bool {
	for _, s := range states {
		if s == state {
			return true
		}
	}
	return false
}

// ordered holds that marks do not go back in time.
func ordered(t *testing.T, r results.Injection) {
	t.Helper()
	last := r.Requested
	for i, mark := range []*results.Offset{r.Injected, r.InEffect, r.Removing, r.Removed, r.Recovered} {
		if mark == nil {
			continue
		}
		if *mark <= last {
			t.Fatalf("mark %d is at %d, before %d", i, *mark, last)
		}
		last = *mark
	}
}

func newSession(fault chaos.Fault) *chaos.Session {
	start := time.Now()
	return chaos.NewSession(fault, chaos.Options{
		Clock: func() results.Offset { return results.OffsetOf(time.Since(start)) },
		Poll:  time.Millisecond, Proof: time.Second, Gone: time.Second,
		Describe: results.Injection{Fault: "f"},
	})
}

func steady() *flaky { return &flaky{random: rand.New(rand.NewPCG(1, 1))} }

func mark(at time.Duration) *results.Offset {
	o := results.OffsetOf(at)
	return &o
}

// The fault is held for 50 ms from the injection. It shows its effect at once.
func TestRunStampsEveryMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := steady()
		s := newSession(fault)
		start := func(context.Context) error { time.Sleep(time.Second); return nil }
		if err := s.Run(t.Context(), chaos.Plan{Start: start, Hold: 50 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		want := results.Injection{
			Fault: "f", Proof: "looked", ProofKind: results.ProofShown, GoneProof: "looked again", Requested: *mark(time.Second),
			Injected: mark(time.Second), InEffect: mark(time.Second),
			Removing:  mark(1050 * time.Millisecond),
			Removed:   mark(1050 * time.Millisecond),
			Recovered: mark(1050 * time.Millisecond),
		}
		if diff := cmp.Diff(want, s.Injection()); diff != "" {
			t.Error(diff)
		}
		if s.State() != chaos.Closed || fault.injected || fault.kept {
			t.Errorf("state %s, injected %t, kept %t", s.State(), fault.injected, fault.kept)
		}
	})
}

func TestRunWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := steady()
		s := newSession(fault)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		err := s.Run(ctx, chaos.Plan{Hold: time.Hour})
		if !errors.Is(err, context.Canceled) || fault.injected || s.State() != chaos.Closed || s.Injection().Recovered == nil {
			t.Errorf("run: %v, injected %t, %s", err, fault.injected, s.State())
		}
	})
}

// A recovery that failed is repeated: the fault counts as being removed from the first try.
func TestRecoverAgainKeepsTheFirstMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := steady()
		s := newSession(fault)
		if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
			t.Fatal(err)
		}
		fault.errors = 1
		if err := s.Recover(t.Context()); !errors.Is(err, errInjected) || s.State() != chaos.Suspect {
			t.Fatalf("recover: %v, %s", err, s.State())
		}
		first := *s.Injection().Removing
		time.Sleep(time.Millisecond)
		fault.errors = 0
		if err := s.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := s.Injection(); *r.Removing != first || *r.Removed <= first {
			t.Errorf("removing %v, removed %v; want %v and later", *r.Removing, *r.Removed, first)
		}
	})
}

func TestRunWhenPanicking(t *testing.T) {
	fault := steady()
	fault.panics = true
	s := newSession(fault)
	func() {
		defer func() {
			if p := recover(); p != "on purpose" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.Run(t.Context(), chaos.Plan{Hold: time.Hour})
	}()
	if fault.injected || s.State() != chaos.Closed {
		t.Errorf("after the panic: injected %t, %s", fault.injected, s.State())
	}
}

func TestRunWhenStartFails(t *testing.T) {
	fault := steady()
	s := newSession(fault)
	err := s.Run(t.Context(), chaos.Plan{Start: func(context.Context) error { return errInjected }})
	if !errors.Is(err, errInjected) || fault.kept || s.Injection().Injected != nil {
		t.Errorf("run: %v, kept %t, %+v", err, fault.kept, s.Injection())
	}
}

// hidden never shows its effect.
type hidden struct{ *flaky }

func (hidden) InEffect(context.Context) (chaos.Proof, error) {
	return chaos.Proof{Evidence: "saw nothing"}, nil
}

func TestRunWithoutProofHoldsAndReportsWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := hidden{steady()}
		s := newSession(fault)
		err := s.Run(t.Context(), chaos.Plan{Hold: 60 * time.Millisecond})
		r := s.Injection()
		if !errors.Is(err, chaos.ErrNotShown) || !strings.Contains(r.Err, "saw nothing") || r.InEffect != nil || r.Recovered == nil {
			t.Errorf("run: %v, %+v", err, r)
		}
		if held := (*r.Removing - *r.Injected).Duration(); held != 60*time.Millisecond {
			t.Errorf("held for %v, want 60 ms", held)
		}
	})
}

func TestAllJoinsAndRecoversEach(t *testing.T) {
	first, second := steady(), steady()
	second.errors = 1 // its Prepare is skipped below; Inject fails
	both := chaos.All(first, second)
	if err := both.Inject(t.Context()); !errors.Is(err, errInjected) || !first.injected {
		t.Fatalf("inject: %v, first injected %t", err, first.injected)
	}
	second.errors, second.injected = 0, true
	proof, err := both.InEffect(t.Context())
	if err != nil || !proof.Shown || proof.Evidence != "looked; looked" {
		t.Errorf("proof %+v, %v", proof, err)
	}
	second.injected = false
	if proof, _ := both.InEffect(t.Context()); proof.Shown {
		t.Error("shown although one of two is not injected")
	}
	first.errors, second.injected = 1, true
	if err := both.Recover(t.Context()); !errors.Is(err, errInjected) || !first.injected || second.injected {
		t.Errorf("recover: %v, first injected %t, second injected %t; want an error of the first alone", err, first.injected, second.injected)
	}
}

// fading is a fault whose effect is lost a while after the injection.
type fading struct {
	*flaky
	lost time.Time
}

func (f fading) Within(context.Context) error {
	if time.Now().Before(f.lost) {
		return nil
	}
	return fmt.Errorf("%w: pod shop/pg-0 no longer exists", chaos.ErrLost)
}

// A fault whose effect is lost is held to its end and reverted. The record has the first
// look that did not find it, a second after the last one that did not.
func TestLostEffectIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := fading{steady(), time.Now().Add(3500 * time.Millisecond)}
		s := newSession(fault)
		if err := s.Run(t.Context(), chaos.Plan{Hold: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
		r := s.Injection()
		if r.Lost == nil || r.LostWhy != "pod shop/pg-0 no longer exists" || r.ProofKind != results.ProofShown || r.Recovered == nil {
			t.Fatalf("record %+v", r)
		}
		if after := (*r.Lost - *r.InEffect).Duration(); after != 4*time.Second {
			t.Errorf("lost %v after it was in effect, want 4 s", after)
		}
		if held := (*r.Removing - *r.Injected).Duration(); held != 10*time.Second {
			t.Errorf("held for %v, want 10 s", held)
		}
	})
}

// An effect that was never shown cannot be lost.
func TestHiddenEffectIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(struct {
			hidden
			chaos.Bounded
		}{hidden{steady()}, fading{steady(), time.Now()}})
		err := s.Run(t.Context(), chaos.Plan{Hold: 5 * time.Second})
		if r := s.Injection(); !errors.Is(err, chaos.ErrNotShown) || r.Lost != nil {
			t.Errorf("run: %v, %+v", err, r)
		}
	})
}
