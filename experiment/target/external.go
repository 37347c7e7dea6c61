package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/seed"
	"example.org/odooharness/telemetry"
)

// Open returns the opener of any setup: it brings a lab up in labDir, and attaches to
// anything else.
func Open(labDir string) Opener {
	return func(ctx context.Context, s spec.Setup, roles map[string]results.Role, log *slog.Logger) (*Target, error) {
		if s.Lab != nil {
			return openLab(ctx, labDir, s, roles, log)
		}
		return openExternal(ctx, s, roles)
	}
}

// openExternal starts a guard over the setup's components and reads the
// credentials that the setup file names.
func openExternal(ctx context.Context, s spec.Setup, roles map[string]results.Role) (t *Target, err error) {
	t = &Target{Info: s.Describe(roles), Versions: map[string]string{}}
	t.Info.CPUNote = "the harness does not manage this setup's workers and CPU"
	if t.Tenants, err = externalTenants(s, roles); err != nil {
		return nil, err
	}
	for _, access := range s.Tenants {
		t.Audit = append(t.Audit, audit.Tenant{Name: access.Name, Database: access.Database, DSN: secret.Text(os.Getenv(access.DSNEnv)),
			API: overAPI(t.Tenants, access.Name)})
	}
	databases, hosts := namesOf(s.Tenants)
	for _, c := range s.Components {
		t.Probes = append(t.Probes, telemetry.Target{
			Component: c.Name, Kind: c.Kind, Tenants: component(s, c).Tenants, Databases: databases, Hosts: hosts, Address: c.Address,
			DSN: secret.Text(os.Getenv(c.DSNEnv)), URL: secret.Text(cmp.Or(os.Getenv(c.URLEnv), c.MetricsURL)), Log: c.Log,
		})
	}
	t.watchAlerts(s)
	closeTunnel := func() error { return nil }
	if s.OnKubernetes() {
		if closeTunnel, err = openKubernetes(ctx, s, t); err != nil {
			return nil, err
		}
	}
	process, err := startGuard(ctx, s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the guard: %w", err), closeTunnel())
	}
	t.Caveats = append(t.Caveats, process.notes...)
	t.Close = func(ctx context.Context) error { return errors.Join(process.close(ctx), closeTunnel()) }
	if t.Driver, err = guard.Dial(process.socket); err != nil {
		return nil, errors.Join(fmt.Errorf("reach the guard: %w", err), t.Close(ctx))
	}
	return t, nil
}

// namesOf is by which database and host logs and servers know each tenant: as in the
// setup, also where the tenant is reached through a tunnel.
func namesOf(tenants []spec.TenantAccess) (databases, hosts map[string]string) {
	databases, hosts = map[string]string{}, map[string]string{}
	for _, t := range tenants {
		databases[t.Name], hosts[t.Name] = t.Database, t.Host
		if u, err := odoo.ParseURL(t.URL); err == nil && t.Host == "" {
			hosts[t.Name] = u.Host
		}
	}
	return databases, hosts
}

// overAPI reads a tenant back through its Odoo, as the first of its users.
func overAPI(tenants []scenarios.Tenant, name string) audit.Connect {
	return func(ctx context.Context) (*odoo.Client, func(), error) {
		for _, t := range tenants {
			if t.Name == name {
				return seed.Connect(ctx, t)
			}
		}
		return nil, nil, fmt.Errorf("there is no tenant %s", name)
	}
}

// externalTenants reads the credentials that the setup file names.
func externalTenants(s spec.Setup, roles map[string]results.Role) ([]scenarios.Tenant, error) {
	var all []scenarios.Tenant
	for _, access := range s.Tenants {
		tenant := scenarios.Tenant{
			Tenant:   results.Tenant{Name: access.Name, Role: roles[access.Name]},
			Address:  access.Address,
			Insecure: access.Insecure,
		}
		err := readCredentials(&tenant, access)
		if err != nil {
			return nil, fmt.Errorf("tenant %s: %w", access.Name, err)
		}
		if access.CAFile != "" {
			if tenant.CAFile, err = filepath.Abs(access.CAFile); err != nil {
				return nil, fmt.Errorf("tenant %s: caFile: %w", access.Name, err)
			}
		}
		all = append(all, tenant)
	}
	return all, nil
}

// readCredentials reads the credentials of a tenant and of its logins.
func readCredentials(tenant *scenarios.Tenant, access spec.TenantAccess) error {
	password, err := credential(access.PasswordEnv, access.PasswordFile)
	key, keyErr := credential(access.APIKeyEnv, access.APIKeyFile)
	problems := []error{err, keyErr}
	tenant.Password = password
	if key != "" {
		tenant.APIKeys = []secret.Text{key}
	}
	own := make([]secret.Text, len(access.Logins))
	for i, login := range access.Logins {
		tenant.Logins = append(tenant.Logins, login.Name)
		own[i], err = credential(login.PasswordEnv, login.PasswordFile)
		problems = append(problems, err)
		if own[i] != "" {
			tenant.Passwords = own
		}
		key, err := credential(login.APIKeyEnv, login.APIKeyFile)
		problems = append(problems, err)
		if key != "" {
			tenant.APIKeys = append(tenant.APIKeys, key)
		}
	}
	return errors.Join(problems...)
}

// ConnectTenants reads a setup file and returns how its tenants are reached from here,
// until leave is called. It opens the proxies of the setup, as a run does: the tenants'
// URLs may lead through one.
func ConnectTenants(ctx context.Context, path string) (tenants []scenarios.Tenant, leave func() error, err error) {
	s, err := spec.LoadSetup(path)
	if err != nil {
		return nil, nil, err
	}
	t := &Target{}
	if t.Tenants, err = externalTenants(s, nil); err != nil {
		return nil, nil, err
	}
	if slices.ContainsFunc(s.Components, func(c spec.ComponentEntry) bool { return c.Proxy != nil }) {
		process, err := startGuard(ctx, s)
		if err != nil {
			return nil, nil, fmt.Errorf("open the proxies of the setup: %w", err)
		}
		return t.Tenants, func() error { return process.close(context.WithoutCancel(ctx)) }, nil
	}
	leave, err = openTunnel(ctx, s, t)
	return t.Tenants, leave, err
}

// credential reads a secret from its environment variable or its file.
func credential(env, path string) (secret.Text, error) {
	if env != "" {
		return secret.Text(os.Getenv(env)), nil
	}
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read credential: %w", err)
	}
	return secret.Text(strings.TrimSpace(string(data))), nil
}
