package guard

import (
	"time"

	"example.org/odooharness/chaos"
)

// protocolVersion is answered to hello; a client refuses another.
const protocolVersion = 3

// verb is what a request requires.
type verb string

const (
	hello      verb = "hello"
	check      verb = "check"
	open       verb = "open"
	prepare    verb = "prepare"
	inject     verb = "inject"
	inEffect   verb = "in-effect"
	within     verb = "within"
	recoverIt  verb = "recover"
	recovered  verb = "recovered"
	closeIt    verb = "close"
	cancelVerb verb = "cancel"
	list       verb = "list"
	recoverAll verb = "recover-all"
)

// request is a frame from the client.
type request struct {
	ID       int               `json:"id"`
	Verb     verb              `json:"verb"`
	Manifest *chaos.Manifest   `json:"manifest,omitempty"`
	Targets  []chaos.Component `json:"targets,omitempty"`
	Limit    int64             `json:"limit_ms,omitempty"` // 0: none
}

// response is a frame from the guard.
type response struct {
	ID      int               `json:"id"`
	Version int               `json:"version,omitempty"`
	Driver  string            `json:"driver,omitempty"`
	Targets []chaos.Component `json:"targets,omitempty"`
	Proof   *chaos.Proof      `json:"proof,omitempty"`
	Active  []Active          `json:"active,omitempty"`
	Err     string            `json:"error,omitempty"`
	Beyond  bool              `json:"beyond_plan,omitempty"` // the error is [chaos.ErrBeyondPlan]
	Lost    bool              `json:"lost,omitempty"`        // the error is [chaos.ErrLost]
}

// sentError is an error of package chaos as it came over the connection.
type sentError struct {
	text string
	is   error
}

func (e sentError) Error() string { return e.text }
func (e sentError) Unwrap() error { return e.is }

// sent is the error of a response that callers compare with errors.Is, nil for others.
func (r response) sent() error {
	switch {
	case r.Beyond:
		return sentError{r.Err, chaos.ErrBeyondPlan}
	case r.Lost:
		return sentError{r.Err, chaos.ErrLost}
	}
	return nil
}

// Active is a fault that is injected, or that could not be reverted yet.
type Active struct {
	Name     string        `json:"name"`
	Kind     string        `json:"kind"`
	Action   string        `json:"action"`
	Targets  []string      `json:"targets"`
	Injected time.Time     `json:"injected"`
	Duration time.Duration `json:"duration"`
	Orphaned bool          `json:"orphaned"`        // its client has ended
	Err      string        `json:"error,omitempty"` // why the last recovery failed
}
