package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/results"
)

// State is where a [Session] is.
//
//	         Prepare           Inject            InEffect              Recover           Recovered
//	Fresh ───────────> Ready ───────────> Injected ───────────> InEffect ───────────> Removed ───────────> Recovered
//	  │                  │                    │ │                                       ▲ │                    │
//	  │ error            │           error of │ └────────────── Recover ────────────────┘ │ not shown          │
//	  ▼                  │           Inject   ▼                                           │                    │
//	Failed               │                 Suspect ── Recover ──> Removed                 │                    │
//	  │                  │                    ▲ │ (error: stays Suspect, Recover may be   │                    │
//	  │                  │   error of Recover ┘ │  called again)                          │                    │
//	  └──── Close ───────┴──────── Close ───────┴──────────── Close ──────────────────────┴────────────────────┘
//	                                            │
//	                                            ▼
//	                                         Closed
//
// Close from a state in which something may be injected (Injected, InEffect,
// Suspect) recovers first, and stays Suspect when that fails: a session never
// reaches Closed while a fault may be injected. InEffect without a proof stays
// Injected, Recovered without a proof stays Removed.
type State string

// The states.
const (
	Fresh     State = "fresh"     // nothing done
	Failed    State = "failed"    // Prepare refused; only Close is left
	Ready     State = "ready"     // prepared, nothing touched
	Injected  State = "injected"  // injected, not proven
	InEffect  State = "in effect" // proven in effect
	Suspect   State = "suspect"   // may be injected in part; only Recover or Close
	Removed   State = "removed"   // recovered, not proven
	Recovered State = "recovered" // proven to have ended
	Closed    State = "closed"
)

// Touched reports whether something may be injected in this state.
func (s State) Touched() bool { return s == Injected || s == InEffect || s == Suspect }

// ErrOrder is returned for a verb that is not legal in the session's state.
var ErrOrder = errors.New("not legal in this state")

// ErrNotShown is returned when a deadline passed without a proof.
var ErrNotShown = errors.New("could not be shown")

// Options of a session. The zero value of a duration means its default.
type Options struct {
	Clock    func() results.Offset // the trial's clock; required
	Poll     time.Duration         // between two checks, default 100 ms
	Proof    time.Duration         // until InEffect must be shown, default 15 s
	Gone     time.Duration         // until Recovered must be shown, default 60 s
	CleanUp  time.Duration         // for Recover and Close each, with a context of their own, default 30 s
	Describe results.Injection     // fault, class, targets and so on, copied into Injection
}

// Session drives one fault through its lifecycle and keeps the marks. Its verbs
// may be called from several goroutines; they run one after the other.
type Session struct {
	fault   Fault
	options Options

	verb sync.Mutex // held while a verb runs

	mu        sync.Mutex // guards what follows
	state     State
	injection results.Injection
}

// NewSession returns a session in state Fresh.
func NewSession(fault Fault, options Options) *Session {
	if options.Poll == 0 {
		options.Poll = 100 * time.Millisecond
	}
	if options.Proof == 0 {
		options.Proof = 15 * time.Second
	}
	if options.Gone == 0 {
		options.Gone = 60 * time.Second
	}
	if options.CleanUp == 0 {
		options.CleanUp = 30 * time.Second
	}
	return &Session{fault: fault, options: options, state: Fresh, injection: options.Describe}
}

// State returns the state as it is now, also while a verb runs.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Injection returns a copy of the record so far, also while a verb runs.
func (s *Session) Injection() results.Injection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.injection
}

// Prepare verifies the target and keeps what undoing needs.
func (s *Session) Prepare(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if err := s.legal("prepare", Fresh); err != nil {
		return err
	}
	if err := s.fault.Prepare(ctx); err != nil {
		return s.fail(Failed, fmt.Errorf("prepare: %w", err))
	}
	s.enter(Ready, nil)
	return nil
}

// Inject makes the fault happen. After an error the session is Suspect.
func (s *Session) Inject(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if err := s.legal("inject", Ready); err != nil {
		return err
	}
	// From here on something may be injected, also when Inject panics.
	s.enter(Suspect, func(r *results.Injection, now results.Offset) { r.Requested = now })
	if err := s.fault.Inject(ctx); err != nil {
		return s.fail(Suspect, fmt.Errorf("inject: %w", err))
	}
	s.enter(Injected, func(r *results.Injection, now results.Offset) { r.Injected = &now })
	return nil
}

// InEffect checks until the fault is shown in effect, or the deadline passes.
func (s *Session) InEffect(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if err := s.legal("show in effect", Injected); err != nil {
		return err
	}
	proof, err := s.poll(ctx, s.options.Proof, s.fault.InEffect)
	if err != nil {
		s.beyond(err)
		return s.fail(Injected, fmt.Errorf("fault in effect: %w", err))
	}
	s.enter(InEffect, func(r *results.Injection, now results.Offset) {
		r.InEffect, r.Proof, r.ProofKind = &now, proof.Evidence, results.ProofShown
		if proof.Noted {
			r.ProofKind = results.ProofNoted
		}
	})
	return nil
}

// Recover reverts the fault, also when ctx is over: it has a bounded context of its
// own. It may be called again after an error.
func (s *Session) Recover(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if err := s.legal("recover", Injected, InEffect, Suspect); err != nil {
		return err
	}
	return s.recover(ctx)
}

func (s *Session) recover(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.CleanUp)
	defer cancel()
	s.enter(Suspect, func(r *results.Injection, now results.Offset) {
		if r.Removing == nil {
			r.Removing = &now
		}
	})
	if err := s.fault.Recover(ctx); err != nil {
		return s.fail(Suspect, fmt.Errorf("recover: %w", err))
	}
	s.enter(Removed, func(r *results.Injection, now results.Offset) { r.Removed = &now })
	return nil
}

// Recovered checks until the fault is shown to have ended, or the deadline passes.
func (s *Session) Recovered(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if err := s.legal("show recovered", Removed); err != nil {
		return err
	}
	proof, err := s.poll(ctx, s.options.Gone, s.fault.Recovered)
	if err != nil {
		return s.fail(Removed, fmt.Errorf("fault recovered: %w", err))
	}
	s.enter(Recovered, func(r *results.Injection, now results.Offset) { r.Recovered, r.GoneProof = &now, proof.Evidence })
	return nil
}

// Close recovers what is still injected and releases what Prepare kept. Closing
// twice is no error.
func (s *Session) Close(ctx context.Context) error {
	s.verb.Lock()
	defer s.verb.Unlock()
	if s.State() == Closed {
		return nil
	}
	if s.State().Touched() {
		if err := s.recover(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.CleanUp)
	defer cancel()
	if err := s.fault.Close(ctx); err != nil {
		return s.fail(s.State(), fmt.Errorf("close: %w", err))
	}
	s.enter(Closed, nil)
	return nil
}

func (s *Session) legal(verb string, from ...State) error {
	now := s.State()
	for _, state := range from {
		if now == state {
			return nil
		}
	}
	return fmt.Errorf("%s a fault that is %s: %w", verb, now, ErrOrder)
}

// enter moves to the state and stamps marks.
func (s *Session) enter(state State, mark func(*results.Injection, results.Offset)) {
	now := s.options.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
	if mark != nil {
		mark(&s.injection, now)
	}
}

// fail moves to the state and keeps the first error in the record.
func (s *Session) fail(state State, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
	if s.injection.Err == "" {
		s.injection.Err = err.Error()
	}
	return err
}

// poll repeats a check until it shows its proof. A check that fails counts as
// not shown: a fault in effect may prevent reading.
func (s *Session) poll(
	ctx context.Context, limit time.Duration, check func(context.Context) (Proof, error),
) (Proof, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(s.options.Poll)
	defer ticker.Stop()
	last := "nothing was read"
	for {
		proof, err := check(ctx)
		switch {
		case err == nil && proof.Shown:
			return proof, nil
		case errors.Is(err, ErrBeyondPlan):
			return Proof{}, err // nothing is worth waiting for
		case err == nil && proof.Evidence != "":
			last = proof.Evidence
		case err != nil && !ended(ctx):
			last = err.Error()
		}
		select {
		case <-ctx.Done():
			return Proof{}, fmt.Errorf("%w (%w): %s", ErrNotShown, ctx.Err(), last)
		case <-ticker.C:
		}
	}
}

// watch reads what the fault hits, until ctx is over or that is more than was planned. It
// notes when the effect is lost, and goes on: what is left of the fault is still reverted
// at its end.
func (s *Session) watch(ctx context.Context) error {
	bounded, ok := s.fault.(Bounded)
	if !ok {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := bounded.Within(ctx)
		if errors.Is(err, ErrBeyondPlan) {
			s.beyond(err)
			return s.fail(s.State(), err)
		}
		s.lost(err)
	}
}

// lost notes when and why a fault that was in effect no longer is. The first time counts.
func (s *Session) lost(err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	now := s.options.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.injection.InEffect == nil || s.injection.Lost != nil {
		return
	}
	s.injection.Lost, s.injection.LostWhy = &now, strings.TrimPrefix(err.Error(), ErrLost.Error()+": ")
}

// beyond notes in the record what was hit beyond the plan.
func (s *Session) beyond(err error) {
	if !errors.Is(err, ErrBeyondPlan) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.injection.Beyond = err.Error()
}

// lookAgain is how often a session reads what a fault hits while it lasts.
const lookAgain = time.Second

// ended reports whether ctx is over, also before its timer has noticed: a check that
// waits for its turn may refuse by the clock, and that is not what the fault shows.
func ended(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() != nil || limited && !time.Now().Before(deadline)
}
