package target

import (
	"context"
	"log/slog"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/telemetry"
)

// Target is a setup that is up and may be used.
type Target struct {
	Tenants  []scenarios.Tenant
	Driver   chaos.Driver
	Probes   []telemetry.Target
	Audit    []audit.Tenant
	Parts    []lab.Running     // of a lab
	Operate  Operate           // a lab's administrator; nil without
	Info     results.Setup     // with what was found out on the spot
	Versions map[string]string // of its parts
	Caveats  []string          // sentences that every report must carry
	Close    func(ctx context.Context) error
}

// Operate opens the tools of a lab's administrator, when a drill needs them.
type Operate func(ctx context.Context) (lab.Operator, error)

// Opener brings the target of a setup up, or attaches to it. The log
// receives each step.
type Opener func(ctx context.Context, s spec.Setup, roles map[string]results.Role, log *slog.Logger) (*Target, error)
