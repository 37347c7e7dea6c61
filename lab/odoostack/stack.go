package odoostack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/odoostack/debian"
	odooapi "example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// stack is one complete Odoo with everything it needs, and where its parts are.
type stack struct {
	share    lab.Share
	root     *debian.Root
	template *Template
	dir      string // on the host
	logs     string
	cgroups  []string
	program  string // has `lab connector` and `lab carrier`

	postgres *postgres
	standby  *postgres // nil without
	redis    *redis
	odoos    []*odoo // behind one ingress
	warmers  []*warmer
	nginx    *nginx

	carrierPort int
	edges       map[results.Kind]int // kind -> port of its front door
}

// design chooses ports and settings of a stack; it touches nothing yet.
func (b Builder) design(ctx context.Context, spec lab.Spec, share lab.Share, group *cgroup, root *debian.Root, t *Template,
	dir string) (*stack, error) {
	var cgroups []string
	ready := func() error { return nil }
	if group != nil {
		cgroups, ready = []string{group.dir}, group.enforce
	}
	var problems []error
	take := func() int {
		port, err := ports.Number(ctx)
		problems = append(problems, err)
		return port
	}
	s := &stack{share: share, root: root, template: t, cgroups: cgroups, program: b.Executable,
		dir: filepath.Join(dir, "stacks", share.Stack), logs: filepath.Join(dir, "logs"),
		carrierPort: take(),
		edges: map[results.Kind]int{results.KindIngress: take(), results.KindPostgres: take(), results.KindRedis: take(),
			results.KindCarrier: take()},
	}
	s.postgres = &postgres{root: root, stack: s.dir, data: "postgres", port: take(), bufferMB: share.Buffers,
		cgroups: cgroups, passwords: t.Passwords, synchronous: spec.Synchronous, archive: spec.Archive,
		walBytes: spec.WALDisk}
	if spec.Standby {
		s.edges[kindStandby] = take()
		s.standby = standbyOf(s.postgres, take(), s.edges[kindStandby])
	}
	s.redis = &redis{root: root, stack: s.dir, cgroups: cgroups, port: take(), password: t.Passwords.Odoo,
		volatile: slices.Contains(spec.Weaknesses, WeaknessVolatileRedis)}
	b.designOdoos(s, spec, take, ready)
	s.nginx = &nginx{root: root, stack: s.dir, cgroups: cgroups, port: take(), geventPort: s.odoos[0].geventPort,
		timeout: spec.GatewayTimeout}
	for _, o := range s.odoos {
		s.nginx.httpPorts = append(s.nginx.httpPorts, o.httpPort)
	}
	return s, errors.Join(problems...)
}

// designOdoos cuts the stack's workers into its Odoo servers. The first has the
// cron worker, so that there are as many of those whatever the number of servers.
func (b Builder) designOdoos(s *stack, spec lab.Spec, take func() int, ready func() error) {
	redisURL := s.redis.url(s.edges[results.KindRedis])
	instances := max(1, min(spec.Instances, s.share.Workers))
	for n := range instances {
		o := &odoo{root: s.root, stack: s.dir, number: n + 1, cgroups: s.cgroups, tenants: s.share.Tenants,
			workers:  s.share.Workers / instances,
			httpPort: take(), geventPort: take(), dbPort: s.edges[results.KindPostgres], dbPassword: s.template.Passwords.Odoo}
		if n < s.share.Workers%instances {
			o.workers++
		}
		if spec.ReadReplica && s.standby != nil {
			o.replicaPort = s.standby.port
		}
		o.env = []string{
			"HARNESS_SESSION_REDIS_URL=" + redisURL,
			fmt.Sprintf("HARNESS_SESSION_REDIS_TIMEOUT=%g", b.SessionTimeout.Seconds()),
			"HARNESS_CONNECTOR_MODE=" + connectorMode(spec.Weaknesses),
			"HARNESS_CONNECTOR_REDIS_URL=" + redisURL,
			"HARNESS_CONNECTOR_STREAM=" + connector.Stream,
		}
		if spec.Notices {
			o.env = append(o.env, "HARNESS_CONNECTOR_NOTICES=1")
		}
		s.odoos = append(s.odoos, o)
		s.warmers = append(s.warmers,
			&warmer{address: loopback(o.httpPort), workers: o.workers, tenants: s.share.Tenants, then: ready})
	}
}

// prepare writes files and databases: after it the processes can start.
func (s *stack) prepare(ctx context.Context) error {
	for _, d := range s.data() {
		if err := os.RemoveAll(d); err != nil { // of an earlier lab of this name
			return fmt.Errorf("remove old data: %w", err)
		}
	}
	if err := errors.Join(os.MkdirAll(s.dir, 0o755), os.MkdirAll(s.logs, 0o755)); err != nil {
		return fmt.Errorf("make folders: %w", err)
	}
	err := debian.CopyTree(ctx, filepath.Join(s.template.Dir, "postgres"), filepath.Join(s.dir, "postgres"), false)
	if err != nil {
		return err
	}
	err = errors.Join(s.postgres.configure(), s.redis.layOut(), s.nginx.layOut(), s.writeConnector(),
		s.root.Folder("postgres", filepath.Join(s.dir, archiveFolder)))
	for _, o := range s.odoos {
		err = errors.Join(err, o.layOut())
	}
	if err != nil {
		return err
	}
	loading := *s.postgres
	// Nothing here has to survive a crash of the machine, and the cgroup's share
	// counts for the lab under test, not for its making.
	// The standby that a commit could wait for does not run yet.
	loading.extra, loading.cgroups = []string{"fsync=off", "archive_mode=off", "synchronous_standby_names="}, nil
	err = loading.during(ctx, func() error {
		err := cloneTenants(ctx, &loading, s.template, s.share.Tenants, s.edges[results.KindIngress])
		if err != nil || s.standby == nil {
			return err
		}
		return copyStandby(ctx, &loading, s.standby)
	})
	if err != nil || s.postgres.walBytes == 0 {
		return err
	}
	return s.postgres.separateWAL(ctx)
}

// data is what is removed with the lab; logs stay.
func (s *stack) data() []string {
	names := []string{"postgres", "standby", "redis", "odoo", "addons", archiveFolder, backupFolder, walFolder,
		"redis.conf", "nginx.conf", "connector.json"}
	for _, o := range s.odoos {
		names = append(names, o.file())
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = filepath.Join(s.dir, n)
	}
	return out
}

// writeConnector writes the connector's configuration: its tenants, through the edges.
func (s *stack) writeConnector() error {
	ingress := "http://" + loopback(s.edges[results.KindIngress])
	config := connector.Config{
		Redis:   s.redis.url(s.edges[results.KindRedis]),
		Carrier: "http://" + loopback(s.edges[results.KindCarrier]),
		// As many jobs at once in all stacks together, whatever the tenancy.
		Consumers: len(s.share.Tenants),
	}
	for _, t := range s.share.Tenants {
		config.Tenants = append(config.Tenants, connector.Tenant{
			Address: odooapi.Address{Database: t, Host: hostOf(t), URL: ingress}, Key: s.template.ConnectorKey,
			DSN: postgresURL("odoo", s.template.Passwords.Odoo, s.edges[results.KindPostgres], t),
		})
	}
	raw, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fmt.Errorf("write the connector's configuration: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "connector.json"), raw, 0o600)
}

// own is one of our own programs as a process, in the cgroups given.
func (s *stack) own(cgroups []string, args ...string) *exec.Cmd {
	script := `for group in $CGROUPS; do echo 0 > "$group/cgroup.procs" || exit 1; done; exec "$@"`
	argv := append([]string{"-c", script, "enter", s.program}, args...)
	cmd := exec.Command("/bin/sh", argv...) //nolint:noctx // its owner ends it by signals to its group
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "CGROUPS=" + strings.Join(cgroups, " ")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// answers is one try to get status 2xx from a URL.
func answers(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	err = errors.Join(err, resp.Body.Close())
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s answered %d", url, resp.StatusCode)
	}
	return err
}

// logHas is one try to find a text in a log, for a process that does not listen.
func logHas(path, text string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Contains(raw, []byte(text)) {
		return fmt.Errorf("%s has no line %q yet", path, text)
	}
	return nil
}

// component describes a part of the stack to faults and probes; number counts the
// servers of its kind from 1.
func (s *stack) component(kind results.Kind, number int) chaos.Component {
	if kind == kindStandby {
		return s.share.Standby()
	}
	return s.share.Instance(kind, number)
}

// access is how a tenant of the stack is reached by the load.
func (s *stack) access(tenant string) lab.Access {
	return lab.Access{
		Name: tenant,
		Address: odooapi.Address{
			URL: "http://" + loopback(s.edges[results.KindIngress]), Host: hostOf(tenant), Database: tenant},
		Logins: s.template.Logins, Password: secret.Text(s.template.Password), APIKeys: secret.Texts(s.template.APIKeys),
		DSN: secret.Text(s.anyPrimary("odoo", tenant)),
	}
}

// anyPrimary reaches the server that takes writes, whichever of the two it is: a
// standby may have been promoted.
func (s *stack) anyPrimary(role, database string) string {
	if s.standby == nil {
		return s.postgres.dsn(role, database)
	}
	dsn := strings.Replace(s.postgres.dsn(role, database), loopback(s.postgres.port),
		loopback(s.postgres.port)+","+loopback(s.standby.port), 1)
	return dsn + "&target_session_attrs=primary"
}
