package target

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/local/pidfile"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// CheckFault returns what a fault would hit on a setup, from the setup's description
// alone: nothing is contacted, but for a setup on Kubernetes, whose pods are listed.
// It is a [Checker].
func CheckFault(ctx context.Context, s spec.Setup, m chaos.Manifest) ([]chaos.Component, error) {
	if s.OnKubernetes() {
		driver, err := meshDriver(ctx, s, false, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		return driver.Check(ctx, m)
	}
	return local.New(plannedParts(s)).Check(ctx, m)
}

// plannedParts describes the parts that a setup will have. Their proxies and
// processes can be queried, and do nothing.
func plannedParts(s spec.Setup) []local.Part {
	var parts []local.Part
	if s.Lab != nil {
		for _, c := range lab.Components(labSpec(s)) {
			part := local.Part{Component: c, Proxy: planned{}, Process: planned{},
				DSN: "planned", RedisURL: "planned", Cgroup: "planned"}
			if s.Lab.WALDisk > 0 && c.Labels["app.kubernetes.io/name"] == lab.AppName(results.KindPostgres) {
				part.WAL = "planned"
			}
			parts = append(parts, part)
		}
		return parts
	}
	for _, c := range s.Components {
		part := local.Part{Component: component(s, c)}
		if c.Proxy != nil {
			part.Proxy = planned{}
		}
		if c.PIDFile != "" {
			part.Process, part.Foreign = plannedProcess{file: pidFile(c)}, true
		}
		if c.DSNEnv != "" {
			part.DSN = "planned"
		}
		if c.URLEnv != "" {
			part.RedisURL = "planned"
		}
		parts = append(parts, part)
	}
	return parts
}

// component is an entry of the setup file in the words of package chaos.
func component(s spec.Setup, c spec.ComponentEntry) chaos.Component {
	tenants := c.Tenants
	if len(tenants) == 0 {
		for _, t := range s.Tenants {
			tenants = append(tenants, t.Name)
		}
	}
	part := c.Component
	part.Tenants = tenants
	for _, t := range s.Tenants {
		if c.Kind == results.KindPostgres && slices.Contains(tenants, t.Name) {
			part.Databases = append(part.Databases, t.Database)
		}
	}
	return part
}

// planned stands for a proxy or a process that will be there.
type planned struct{}

// plannedProcess can be verified: a plan refuses the pidFile that the run would refuse.
type plannedProcess struct {
	planned
	file pidfile.File
}

func (p plannedProcess) Verify() (proc.Process, error) { return p.file.Verify() }
func (p plannedProcess) Keeper() string                { return p.file.Keeper() }

var errPlanned = errors.New("a plan touches nothing")

func (planned) AddToxic(context.Context, string, string, string, map[string]float64) error {
	return errPlanned
}
func (planned) RemoveToxic(context.Context, string) error    { return errPlanned }
func (planned) SetEnabled(context.Context, bool) error       { return errPlanned }
func (planned) Address() string                              { return "planned" }
func (planned) Upstream() string                             { return "planned" }
func (planned) PID() int                                     { return 0 }
func (planned) Running() bool                                { return false }
func (planned) Kill(context.Context) error                   { return errPlanned }
func (planned) Hold(context.Context) error                   { return errPlanned }
func (planned) Release(context.Context) error                { return errPlanned }
func (planned) Signal(context.Context, syscall.Signal) error { return errPlanned }
