package local

import (
	"context"
	"errors"

	"example.org/odooharness/chaos/postgres"
)

// Sweep reverts what an earlier crash left in the components, and returns what
// it did. It must not run while a fault is in effect: it would revert that as
// well. Proxies, stopped processes and locks need no sweeping: they end with the
// process that made them.
func (d *Driver) Sweep(ctx context.Context) ([]string, error) {
	var done []string
	var problems []error
	for _, server := range d.Servers() {
		did, err := postgres.Sweep(ctx, server)
		done, problems = append(done, did...), append(problems, err)
	}
	return done, errors.Join(problems...)
}

// Servers are the PostgreSQL servers of the driver, for [postgres.NewClaim].
func (d *Driver) Servers() []postgres.Target {
	var servers []postgres.Target
	for _, part := range d.parts {
		if part.Kind == "postgres" && part.DSN != "" {
			servers = append(servers, postgres.Target{Name: part.Name, DSN: part.DSN, Setup: part.Databases})
		}
	}
	return servers
}
