package postgres

import (
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
)

// margin is how long after its duration the server itself ends a fault that nobody
// has recovered, where the server can.
const margin = 10 * time.Second

// Builder makes the fault of one action on a server.
type Builder func(target Target, parameters manifest.PostgresParameters, duration time.Duration) chaos.Fault

// Builders returns the builder of each action that SQL alone makes, by action.
func Builders() map[string]Builder {
	return map[string]Builder{
		"terminate-backends": func(t Target, _ manifest.PostgresParameters, _ time.Duration) chaos.Fault {
			return TerminateBackends(t)
		},
		"lock-table": func(t Target, p manifest.PostgresParameters, duration time.Duration) chaos.Fault {
			return LockTable(t, p.Table, p.LockMode, duration+margin)
		},
		"connection-limit": func(t Target, p manifest.PostgresParameters, duration time.Duration) chaos.Fault {
			return ConnectionLimit(t, p.Limit, duration+margin)
		},
		"replay-pause": func(t Target, _ manifest.PostgresParameters, duration time.Duration) chaos.Fault {
			return PauseReplay(t, duration+margin)
		},
	}
}
