package experiment

import (
	"context"

	"odooharness/audit"
	"odooharness/chaos"
	"odooharness/results"
	"odooharness/scenarios"
	"odooharness/telemetry"
)

// Target is a setup that is up and may be used.
type Target struct {
	Tenants  []scenarios.Tenant
	Driver   chaos.Driver
	Probes   []telemetry.Target
	Audit    []audit.Tenant
	Info     results.Setup     // with what was found out on the spot
	Versions map[string]string // of its parts
	Caveats  []string          // sentences that every report must carry
	Close    func(ctx context.Context) error
}

// Opener brings the target of a setup up, or attaches to it. Say is told each
// step.
type Opener func(ctx context.Context, s Setup, roles map[string]string, say func(string)) (*Target, error)
