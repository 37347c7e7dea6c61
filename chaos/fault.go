package chaos

import (
	"context"
	"errors"
)

// Component is a part of a setup that a fault can hit.
type Component struct {
	Name    string            `json:"name"`    // shared/postgres, t1/redis
	Kind    string            `json:"kind"`    // postgres, redis, ingress, odoo, connector, carrier
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

// Bounded is a fault that can hit more than was planned. A session reads it while the
// fault lasts, and reverts the fault at once on [ErrBeyondPlan].
type Bounded interface {
	// Within reads what the fault hits. It returns an error that wraps ErrBeyondPlan
	// when that is more than was planned; other errors have no meaning.
	Within(ctx context.Context) error
}

// ErrBeyondPlan is returned when a fault hits what no plan has named.
var ErrBeyondPlan = errors.New("beyond the plan")

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
