package experiment

import (
	"context"
	"errors"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos"
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

func (t *Target) operator(ctx context.Context) (lab.Operator, error) {
	if t.Operate == nil {
		return nil, errors.New("the harness does not know this target's tools; name them under commands")
	}
	return t.Operate(ctx)
}

// Opener brings the target of a setup up, or attaches to it. Say is told each
// step.
type Opener func(ctx context.Context, s Setup, roles map[string]string, say func(string)) (*Target, error)
