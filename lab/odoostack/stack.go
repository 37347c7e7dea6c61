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
	"path"
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
	spec     lab.Spec
	root     *debian.Root
	template *Template
	dir      string // on the host
	logs     string
	cgroups  []string
	program  string // has `lab connector` and `lab carrier`

	postgres *postgres
	standby  *postgres // nil without
	redis    *redis
	jobs     *redis    // for the connector; the same as redis without one of its own
	pooler   *pooler   // nil without
	odoos    []*odoo   // behind one ingress
	warmers  []*warmer // nil for a server that serves no request
	front    *front
	ingress  ingress

	carrierPort int
	edges       map[results.Kind]int // kind -> port of its front door
}

// design chooses ports and settings of a stack; it touches nothing yet.
func (b Builder) design(ctx context.Context, spec lab.Spec, share lab.Share, group *cgroup, root *debian.Root, t *Template,
	found *Traefik, dir string) (*stack, error) {
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
	s := &stack{share: share, spec: spec, root: root, template: t, cgroups: cgroups, program: b.Executable,
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
	s.jobs = s.redis
	if spec.JobsRedis {
		own := *s.redis
		own.name, own.port, s.edges[kindJobs] = "redis-jobs", take(), take()
		s.jobs = &own
	}
	if spec.Pooler {
		s.edges[results.KindPooler] = take()
		s.pooler = &pooler{port: take(), server: s.edges[results.KindPostgres], size: share.Workers + 4,
			password: t.Passwords.Odoo}
	}
	s.front = &front{root: root, stack: s.dir, cgroups: cgroups, port: take(), tenants: share.Tenants,
		timeout: spec.GatewayTimeout, limits: spec.Limits}
	b.designOdoos(s, take, ready)
	s.front.geventPort = s.odoos[0].geventPort
	s.ingress = newIngress(spec, s.front, found, take)
	return s, errors.Join(problems...)
}

// designOdoos cuts the stack's workers into its Odoo servers: for people, for bulk work, for
// scheduled jobs. The first has the cron worker unless those have a server of their own, so
// that there are as many of them whatever the number of servers.
func (b Builder) designOdoos(s *stack, take func() int, ready func() error) {
	people := s.share.Workers - s.share.Bulk
	instances := max(1, min(s.spec.Instances, people))
	for n := range instances {
		o := s.newOdoo(b, s.share.Instance(results.KindOdoo, n+1).Name, people/instances, take)
		if n < people%instances {
			o.workers++
		}
		if n == 0 && s.spec.CronWorkers == 0 {
			o.crons = 1
		}
		s.front.httpPorts = append(s.front.httpPorts, o.httpPort)
		s.serve(o, ready)
	}
	if s.share.Bulk > 0 {
		o := s.newOdoo(b, s.share.Imports().Name, s.share.Bulk, take)
		s.front.bulkPorts = append(s.front.bulkPorts, o.httpPort)
		s.serve(o, ready)
	}
	if s.spec.CronWorkers > 0 {
		o := s.newOdoo(b, s.share.Crons().Name, 1, take) // prefork; without HTTP the worker is not started
		o.crons, o.cronOnly = s.spec.CronWorkers, true
		s.odoos, s.warmers = append(s.odoos, o), append(s.warmers, nil)
	}
}

// serve adds a server that has to be warm before the lab is up.
func (s *stack) serve(o *odoo, ready func() error) {
	s.odoos = append(s.odoos, o)
	s.warmers = append(s.warmers,
		&warmer{address: loopback(o.httpPort), workers: o.workers, tenants: s.share.Tenants, then: ready,
			health: versionOf(s.root).health})
}

// newOdoo is one Odoo of the stack by the name of its component.
func (s *stack) newOdoo(b Builder, component string, workers int, take func() int) *odoo {
	o := &odoo{root: s.root, stack: s.dir, name: path.Base(component), cgroups: s.cgroups, tenants: s.share.Tenants,
		workers: workers, httpPort: take(), geventPort: take(), dbPort: s.edges[results.KindPostgres],
		dbPassword: s.template.Passwords.Odoo}
	if s.pooler != nil {
		o.dbPort = s.edges[results.KindPooler]
	}
	if s.spec.ReadReplica && s.standby != nil {
		o.replicaPort = s.standby.port
	}
	o.env = []string{
		"HARNESS_SESSION_REDIS_URL=" + s.redis.url(s.edges[results.KindRedis]),
		fmt.Sprintf("HARNESS_SESSION_REDIS_TIMEOUT=%g", b.SessionTimeout.Seconds()),
		"HARNESS_CONNECTOR_MODE=" + connectorMode(s.spec.Weaknesses),
		"HARNESS_CONNECTOR_REDIS_URL=" + s.jobsURL(),
		"HARNESS_CONNECTOR_STREAM=" + connector.Stream,
	}
	if s.spec.Notices {
		o.env = append(o.env, "HARNESS_CONNECTOR_NOTICES=1")
	}
	return o
}

// jobsURL reaches the Redis with the stream of jobs through its edge.
func (s *stack) jobsURL() string {
	if s.jobs != s.redis {
		return s.jobs.url(s.edges[kindJobs])
	}
	return s.redis.url(s.edges[results.KindRedis])
}

// prepare writes files and databases: after it the processes can start.
func (s *stack) prepare(ctx context.Context) error {
	for _, d := range s.data() {
		if s.pooler != nil && d == s.pooler.dir {
			continue // it is new
		}
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
	err = errors.Join(s.postgres.configure(), s.redis.layOut(), s.ingress.layOut(ctx), s.writeConnector(),
		s.root.Folder("postgres", filepath.Join(s.dir, archiveFolder)))
	for _, o := range s.odoos {
		err = errors.Join(err, o.layOut())
	}
	if s.jobs != s.redis {
		err = errors.Join(err, s.jobs.layOut())
	}
	if s.pooler != nil {
		err = errors.Join(err, s.pooler.layOut())
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
		err := cloneTenants(ctx, &loading, s.template, s.share.Tenants, s.spec.Limits, s.edges[results.KindIngress])
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
	names := []string{"postgres", "standby", "redis", "redis-jobs", "odoo", "addons", archiveFolder, backupFolder, walFolder,
		"redis.conf", "redis-jobs.conf", "nginx.conf", traefikConfig, traefikDir + "/traefik", "connector.json"}
	for _, o := range s.odoos {
		names = append(names, o.file())
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = filepath.Join(s.dir, n)
	}
	if s.pooler != nil && s.pooler.dir != "" {
		out = append(out, s.pooler.dir)
	}
	return out
}

// writeConnector writes the connector's configuration: its tenants, through the edges.
func (s *stack) writeConnector() error {
	ingress := "http://" + loopback(s.edges[results.KindIngress])
	config := connector.Config{
		Redis:   s.jobsURL(),
		Carrier: "http://" + loopback(s.edges[results.KindCarrier]),
		// As many jobs at once in all stacks together, whatever the tenancy.
		Consumers: len(s.share.Tenants),
	}
	for _, t := range s.share.Tenants {
		user := 0 // a call of JSON-2 names none
		if versionOf(s.root).external {
			user = s.template.ConnectorUser
		}
		config.Tenants = append(config.Tenants, connector.Tenant{
			User:    user,
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

// own is a program of the host as a process, in the cgroups given.
func (s *stack) own(cgroups []string, command ...string) *exec.Cmd {
	script := `for group in $CGROUPS; do echo 0 > "$group/cgroup.procs" || exit 1; done; exec "$@"`
	argv := append([]string{"-c", script, "enter"}, command...)
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

// component describes a part of the stack to faults and probes.
func (s *stack) component(kind results.Kind) chaos.Component {
	switch kind {
	case kindStandby:
		return s.share.Standby()
	case kindJobs:
		return s.share.JobsRedis()
	}
	return s.share.Component(kind)
}

// access is how a tenant of the stack is reached by the load.
func (s *stack) access(tenant string) lab.Access {
	return lab.Access{
		Name: tenant,
		Address: odooapi.Address{
			URL: "http://" + loopback(s.edges[results.KindIngress]), Host: hostOf(tenant), Database: tenant},
		Logins: s.template.Logins, Password: secret.Text(s.template.Password), APIKeys: secret.Texts(s.template.APIKeys),
		DSN: secret.Text(s.anyPrimary(lab.AuditRole(s.spec, tenant), tenant)),
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
