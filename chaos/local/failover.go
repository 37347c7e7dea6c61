package local

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// repointer is a proxy whose upstream can change.
type repointer interface {
	Repoint(ctx context.Context, upstream string) error
}

// failover is PostgresChaos action failover: the primary is killed and fenced (held
// down), the standby is promoted, and the primary's front door leads to it. What
// the standby has not received is lost, as with the loss of a machine.
//
// It is not reverted: making the old primary a standby again is a rebuild, which
// is no part of a trial. It stays fenced as long as its supervisor lives, so that
// nobody can read the history that did not happen.
type failover struct {
	processFault
	standby Part
	target  postgres.Target
	address string // host:port of the standby
}

// buildFailover finds the standby of the selected primary.
func buildFailover(r request, part Part) (chaos.Fault, error) {
	if part.Proxy == nil {
		return nil, fmt.Errorf("spec.selector: the traffic of %s passes no proxy that could lead to its standby", part.Name)
	}
	for _, other := range r.driver.parts {
		if other.Kind == results.KindPostgres && other.Name != part.Name && other.DSN != "" &&
			other.Labels["odoo-harness/stack"] == part.Labels["odoo-harness/stack"] {
			return &failover{processFault: processFault{part: part}, standby: other,
				target: postgres.Target{Name: other.Name, DSN: other.DSN}}, nil
		}
	}
	return nil, fmt.Errorf("spec.selector: %s has no standby; write standby: true in the setup's lab", part.Name)
}

// Prepare checks that the primary runs, that the standby follows it, and that the
// front door can be moved.
func (f *failover) Prepare(ctx context.Context) error {
	if _, ok := f.part.Proxy.(repointer); !ok {
		return fmt.Errorf("the upstream of %s's proxy cannot change", f.part.Name)
	}
	config, err := pgx.ParseConfig(f.standby.DSN.Reveal())
	if err != nil {
		return fmt.Errorf("read dsn of %s: %w", f.standby.Name, secret.ErrMalformed)
	}
	f.address = fmt.Sprintf("%s:%d", config.Host, config.Port)
	standby, err := postgres.InRecovery(ctx, f.target)
	if err != nil {
		return err
	}
	if !standby {
		return fmt.Errorf("%s is no standby (any more): a failover happens once", f.standby.Name)
	}
	return f.processFault.Prepare(ctx)
}

// Inject kills, promotes at once, and moves the front door.
func (f *failover) Inject(ctx context.Context) error {
	if err := f.observe(); err != nil {
		return err
	}
	if err := errors.Join(f.part.Process.Hold(ctx), proc.SignalAll(f.under, syscall.SIGKILL)); err != nil {
		return err
	}
	if err := postgres.Promote(ctx, f.target); err != nil {
		return err
	}
	if err := f.part.Proxy.(repointer).Repoint(ctx, f.address); err != nil { // Prepare has checked it
		return err
	}
	// The line that brought the log leads to the new primary too: the next
	// standby comes this way, and the end of a delay on it can be shown.
	if line, ok := f.standby.Proxy.(repointer); ok {
		return line.Repoint(ctx, f.address)
	}
	return nil
}

// InEffect shows that the old primary has ended and the other accepts writes.
func (f *failover) InEffect(ctx context.Context) (chaos.Proof, error) {
	standby, err := postgres.InRecovery(ctx, f.target)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: !standby && !f.before.Alive() && f.part.Proxy.Upstream() == f.address,
		Evidence: fmt.Sprintf("%s: process %d has ended and is held down; %s is promoted and behind the front door %s",
			f.part.Name, f.before.PID, f.standby.Name, f.part.Proxy.Address()),
	}, nil
}

// Recovered shows that clients reach a server that accepts writes.
func (f *failover) Recovered(ctx context.Context) (chaos.Proof, error) {
	if err := postgres.Ready(ctx, f.target); err != nil {
		return chaos.Proof{Evidence: err.Error()}, nil
	}
	return answers(ctx, f.standby.Name, results.KindPostgres, f.part.Proxy.Address())
}
