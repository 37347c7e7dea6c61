package chaos

import (
	"context"
	"errors"

	"example.org/odooharness/results"
)

// Component is a part of a setup that a fault can hit. Setup files, labs and drivers embed
// it and add where it is.
type Component struct {
	Name    string            `json:"name"` // shared/postgres, t1/redis
	Kind    results.Kind      `json:"kind"`
	Labels  map[string]string `json:"labels"`  // what selectors of manifests match
	Tenants []string          `json:"tenants"` // that it serves
	// Databases of the setup's tenants, on a postgres component. Faults in PostgreSQL
	// touch no others, unless the manifest names them.
	Databases []string `json:"databases,omitempty"`
	// Reach describes which part of it is hit now, for a component of many parts.
	Reach string `json:"reach,omitempty"`
}

// Proof is the answer of a read-only check on a fault.
type Proof struct {
	Shown    bool   `json:"shown"`
	Evidence string `json:"evidence"` // what was read, in one sentence with figures
	// Noted: only the platform's record notes it, e.g. that of Chaos Mesh. No effect was read.
	Noted bool `json:"noted,omitempty"`
}

// Fault is one fault on fixed targets. The verbs are called in the order of
// [Session]; Recover and Close are idempotent and may follow a failed Inject.
type Fault interface {
	// Prepare verifies permission and target, and keeps what Recover needs.
	Prepare(ctx context.Context) error
	// Inject makes the fault happen.
	Inject(ctx context.Context) error
	// InEffect reads, without touching, whether the fault is in effect now.
	InEffect(ctx context.Context) (Proof, error)
	// Recover reverts the fault.
	Recover(ctx context.Context) error
	// Recovered reads, without touching, whether the fault has ended.
	Recovered(ctx context.Context) (Proof, error)
	// Close releases what Prepare kept.
	Close(ctx context.Context) error
}

// Bounded is a fault that can change while it lasts: it hits more than was planned, or
// its effect is lost. A session reads it each second. It reverts the fault at once on
// [ErrBeyondPlan], and records the time of the first [ErrLost].
type Bounded interface {
	// Within reads, without touching, what the fault hits now. It returns an error that
	// wraps ErrBeyondPlan when that is more than was planned, and one that wraps ErrLost
	// when the effect has ended before Recover. Other errors have no meaning: a fault in
	// effect may prevent reading.
	Within(ctx context.Context) error
}

// ErrBeyondPlan is returned when a fault hits what no plan has named.
var ErrBeyondPlan = errors.New("beyond the plan")

// ErrLost is returned when a fault was in effect and no longer is, although nobody has
// recovered it. Its victim may have been deleted or restarted.
var ErrLost = errors.New("the effect is lost")

// Driver realises manifests on a kind of platform.
type Driver interface {
	// Name is local or chaos-mesh.
	Name() string
	// Check returns what the manifest would hit now, without touching anything.
	// The error joins every reason why it cannot be realised, naming the field.
	Check(ctx context.Context, m Manifest) ([]Component, error)
	// Fault returns the fault on the targets that Check found.
	Fault(m Manifest, targets []Component) (Fault, error)
}
