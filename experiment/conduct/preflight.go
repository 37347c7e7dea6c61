package conduct

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/odooharness/internal/secret"
)

// preflightLimit bounds the check of the tenants: a log-in costs Odoo half a second of
// CPU, and a first request loads the tenant's registry.
const preflightLimit = 60 * time.Second

// preflight logs in to every tenant and verifies that the modules of the scenarios are
// installed. It reports everything that is wrong at once, before any load.
func (t *trial) preflight(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, preflightLimit)
	defer cancel()
	problems := make([]error, len(t.target.Tenants))
	var checks sync.WaitGroup
	for i, tenant := range t.target.Tenants {
		checks.Go(func() {
			if err := t.Load.Preflight(ctx, tenant); err != nil {
				problems[i] = fmt.Errorf("tenant %s at %s: %w", tenant.Name, secret.Where(tenant.URL), err)
			}
		})
	}
	checks.Wait()
	return errors.Join(problems...)
}
