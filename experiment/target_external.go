package experiment

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/seed"
	"example.org/odooharness/telemetry"
)

// OpenTarget opens the target of a setup: a lab is brought up in labDir, anything
// else is attached to.
func OpenTarget(labDir string) Opener {
	return func(ctx context.Context, s Setup, roles map[string]string, say func(string)) (*Target, error) {
		if s.Lab != nil {
			return openLab(ctx, labDir, s, roles, say)
		}
		return openExternal(ctx, s, roles)
	}
}

// openExternal starts a guard over the setup's components and reads the
// credentials that the setup file names.
func openExternal(ctx context.Context, s Setup, roles map[string]string) (*Target, error) {
	t := &Target{Info: s.describe(roles), Versions: map[string]string{}}
	t.Info.CPUNote = "the harness does not manage this setup's workers and CPU"
	var err error
	if t.Tenants, err = externalTenants(s, roles); err != nil {
		return nil, err
	}
	for _, access := range s.Tenants {
		t.Audit = append(t.Audit, audit.Tenant{Name: access.Name, DSN: os.Getenv(access.DSNEnv), API: overAPI(t.Tenants, access.Name)})
	}
	for _, c := range s.Components {
		t.Probes = append(t.Probes, telemetry.Target{
			Component: c.Name, Kind: c.Kind, Tenants: component(s, c).Tenants, Address: c.Address,
			DSN: os.Getenv(c.DSNEnv), URL: orElse(os.Getenv(c.URLEnv), c.MetricsURL), Log: c.Log,
		})
	}
	t.watchAlerts(s)
	closeWay := func() error { return nil }
	if s.onKubernetes() {
		if closeWay, err = openKubernetes(ctx, s, t); err != nil {
			return nil, err
		}
	}
	process, err := startGuard(ctx, s.Path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the guard: %w", err), closeWay())
	}
	t.Close = func(ctx context.Context) error { return errors.Join(process.close(ctx), closeWay()) }
	if t.Driver, err = guard.Dial(process.socket); err != nil {
		return nil, errors.Join(fmt.Errorf("reach the guard: %w", err), t.Close(ctx))
	}
	return t, nil
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
func externalTenants(s Setup, roles map[string]string) ([]scenarios.Tenant, error) {
	var all []scenarios.Tenant
	for _, access := range s.Tenants {
		password, err := credential(access.PasswordEnv, access.PasswordFile)
		key, keyErr := credential(access.APIKeyEnv, access.APIKeyFile)
		if err := errors.Join(err, keyErr); err != nil {
			return nil, err
		}
		tenant := scenarios.Tenant{
			Name: access.Name, Role: roles[access.Name], URL: access.URL, Host: access.Host, Database: access.Database,
			Logins: access.Logins, Password: password,
		}
		if key != "" {
			tenant.APIKeys = []string{key}
		}
		all = append(all, tenant)
	}
	return all, nil
}

// SetupName reads a setup file for its name.
func SetupName(path string) (string, error) {
	s, err := loadSetup(path, &[]results.Input{})
	return s.Name, err
}

// ConnectTenants reads a setup file and says how its tenants are reached from here,
// until one leaves them.
func ConnectTenants(ctx context.Context, path string) (tenants []scenarios.Tenant, leave func() error, err error) {
	s, err := loadSetup(path, &[]results.Input{})
	if err != nil {
		return nil, nil, err
	}
	t := &Target{}
	if t.Tenants, err = externalTenants(s, nil); err != nil {
		return nil, nil, err
	}
	leave, err = takeWay(ctx, s, t)
	return t.Tenants, leave, err
}

// guardProcess is the process that applies the faults on a setup without a lab.
// It outlives a killed harness: its standard input ends, it takes every fault back
// and exits.
type guardProcess struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	dir    string
	socket string
}

func startGuard(ctx context.Context, setup string) (*guardProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "harness-guard-*")
	if err != nil {
		return nil, err
	}
	p := &guardProcess{dir: dir, socket: filepath.Join(dir, "guard.sock")}
	// Not bound to ctx: a cancelled run still needs its faults taken back.
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), self, "guard", "--setup", setup, "--socket", p.socket)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the harness alone
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	// The guard says one word once it listens.
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		return nil, errors.Join(fmt.Errorf("the guard said %q", strings.TrimSpace(line)), p.close(ctx))
	}
	return p, nil
}

// close ends the guard and waits until it has taken everything back.
func (p *guardProcess) close(context.Context) error {
	err := p.stdin.Close()
	overdue := time.AfterFunc(time.Minute, func() { p.cmd.Process.Kill() }) //nolint:errcheck // Wait says how it ended
	defer overdue.Stop()
	return errors.Join(err, p.cmd.Wait(), os.RemoveAll(p.dir))
}
