package conduct

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/odooharness/scenarios"
)

// preflightLimit bounds the check of one tenant: a log-in costs Odoo half a second
// of CPU, and a first request loads the tenant's registry.
const preflightLimit = 60 * time.Second

// preflight logs in to every tenant and asks for the modules that the scenarios
// use. All that is wrong is reported at once, before any load.
func preflight(ctx context.Context, tenants []scenarios.Tenant) error {
	ctx, cancel := context.WithTimeout(ctx, preflightLimit)
	defer cancel()
	problems := make([]error, len(tenants))
	var wait sync.WaitGroup
	for i, tenant := range tenants {
		wait.Go(func() {
			if err := scenarios.Preflight(ctx, tenant); err != nil {
				problems[i] = fmt.Errorf("tenant %s at %s: %w", tenant.Name, tenant.URL, err)
			}
		})
	}
	wait.Wait()
	return errors.Join(problems...)
}
