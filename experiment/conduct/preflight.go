package conduct

import (
	"context"
	"time"
)

// preflightLimit bounds the check of the tenants: a log-in costs Odoo half a second of
// CPU, and a first request loads the tenant's registry.
const preflightLimit = 60 * time.Second

// preflight verifies the target before any load: tenants with the modules of the
// scenarios, databases, Redis, and the rights that the faults need.
func (t *trial) preflight(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, preflightLimit)
	defer cancel()
	trust(t.target, t.planned.Bursts)
	return access(ctx, t.target, t.planned.Faults, t.Load)
}
