package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/lab/proctree"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/telemetry"
)

// labSpec is the lab that a setup requests.
func labSpec(s spec.Setup) lab.Spec {
	spec := lab.Spec{
		Name: s.Name, Kind: s.Lab.Kind, Odoo: s.Lab.Odoo, Tenancy: s.Tenancy, Strategic: s.Lab.Strategic,
		Workers: cmp.Or(s.Lab.Workers, 4), CPU: s.Lab.CPU, Standby: s.Lab.Standby,
		Synchronous: s.Lab.Synchronous, ReadReplica: s.Lab.ReadReplica, Archive: s.Lab.Archive,
		Notices: s.Lab.Notices, WALDisk: int64(s.Lab.WALDisk), Instances: s.Lab.Instances,
		Weaknesses: s.Lab.Weaknesses, GatewayTimeout: cmp.Or(time.Duration(s.Lab.GatewayTimeout), 15*time.Second),
		ServiceTimes: s.Lab.ServiceTimes, Volume: s.Lab.Volume, ImportWorkers: s.Lab.ImportWorkers, JobsRedis: s.Lab.JobsRedis,
		CronWorkers: s.Lab.CronWorkers, Pooler: s.Lab.Pooler, Ingress: s.Lab.Ingress,
	}
	for name, l := range s.Lab.Limits {
		if spec.Limits == nil {
			spec.Limits = map[string]lab.Limit{}
		}
		spec.Limits[name] = lab.Limit{RequestsPerSecond: l.RequestsPerSecond, RequestsAtOnce: l.RequestsAtOnce,
			Connections: l.Connections, StatementTimeout: time.Duration(l.StatementTimeout)}
	}
	for _, t := range s.Tenants {
		spec.Tenants = append(spec.Tenants, t.Name)
	}
	return spec
}

// openLab brings a lab up. Closing the target takes it down again, so that the
// next trial starts from the same state.
func openLab(
	ctx context.Context, dir string, s spec.Setup, roles map[string]results.Role, log *slog.Logger,
) (*Target, error) {
	spec := labSpec(s)
	// A run's lab has a name of its own: it must not meet one that a person keeps up.
	spec.Name = fmt.Sprintf("%s-%d", s.Name, os.Getpid())
	self, err := proctree.Of(os.Getpid())
	if err != nil {
		return nil, fmt.Errorf("bring up lab %s: %w", s.Name, err)
	}
	spec.Owner = &self
	status, err := lab.Up(ctx, spec, dir, log)
	if err != nil {
		return nil, fmt.Errorf("bring up lab %s: %w", s.Name, err)
	}
	client, err := guard.Dial(status.Guard)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reach the guard of lab %s: %w", s.Name, err),
			lab.Down(context.WithoutCancel(ctx), dir, spec.Name))
	}
	t := &Target{
		Driver: client, Info: labInfo(s, roles, status), Versions: status.Versions, Caveats: status.Caveats,
		Close: func(ctx context.Context) error {
			// A lab that went down cleanly leaves its logs; nobody needs those of a run.
			if err := lab.Down(ctx, dir, spec.Name); err != nil {
				return err
			}
			return lab.Forget(dir, spec.Name)
		},
	}
	t.Parts = status.Components
	if spec.Kind == results.LabOdoo {
		t.Operate = func(ctx context.Context) (lab.Operator, error) {
			return odoostack.Builder{}.Operate(ctx, filepath.Dir(lab.StatusFile(dir, spec.Name)), log)
		}
	}
	databases, hosts := map[string]string{}, map[string]string{}
	for _, a := range status.Tenants {
		t.Tenants = append(t.Tenants, scenarios.Tenant{
			Tenant:  results.Tenant{Name: a.Name, Role: roles[a.Name]},
			Address: a.Address,
			Logins:  a.Logins, Password: a.Password, APIKeys: a.APIKeys,
		})
		t.Audit = append(t.Audit, audit.Tenant{Name: a.Name, Database: a.Database, DSN: a.DSN})
		databases[a.Name], hosts[a.Name] = a.Database, a.Host
	}
	for _, c := range status.Components {
		t.Probes = append(t.Probes, telemetry.Target{
			Component: c.Name, Kind: c.Kind, Tenants: c.Tenants, Databases: databases, Hosts: hosts, Address: c.Upstream,
			DSN: c.DSN, URL: cmp.Or(c.URL, secret.Text(c.Metrics)), Log: c.Log, PID: c.PID, Cgroup: c.Cgroup,
		})
	}
	t.watchAlerts(s)
	return t, nil
}

func labInfo(s spec.Setup, roles map[string]results.Role, status *lab.Status) results.Setup {
	info := s.Describe(roles)
	info.Workers, info.CPU = status.Spec.Workers, status.Spec.CPU
	info.CPUEnforced, info.CPUNote = status.CPUEnforced, status.CPUNote
	return info
}
