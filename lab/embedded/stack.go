package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/ingress"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// stack is one embedded target with everything it needs.
//
//	client ~> ingress -> embedded target ~> PostgreSQL (one database a tenant), ~> Redis (sessions)
//	connector ~> PostgreSQL (outbox), ~> Redis (stream), ~> carrier, ~> ingress
//
// Every arrow marked ~ passes an edge on which faults can be put.
type stack struct {
	share          lab.Share
	spec           lab.Spec
	template       *template
	dir            string // configurations
	data           string // of the servers
	logs           string
	program        string
	scale          float64
	redisPassword  string
	at, edge       map[results.Kind]string // kind -> address of the process, of its front door
	bulk           string                  // address of the embedded target for bulk work, empty without
	jobs, jobsEdge string                  // addresses of the Redis for jobs, the same as those of the first without
	postgres       *cluster
}

func (s *stack) has(weakness string) bool { return slices.Contains(s.spec.Weaknesses, weakness) }

// prepare clones the cluster and writes the configurations.
func (s *stack) prepare() error {
	s.postgres = &cluster{tools: s.template.tools, secrets: s.template.secrets, dir: filepath.Join(s.data, "postgres"),
		address: s.at[results.KindPostgres], tenants: s.share.Tenants, limits: s.spec.Limits, cloned: &atomic.Bool{}}
	if err := errors.Join(os.MkdirAll(s.dir, 0o700), os.MkdirAll(s.logs, 0o755), os.Mkdir(s.data, 0o711)); err != nil {
		return fmt.Errorf("make the folders of stack %s: %w", s.share.Stack, err)
	}
	if err := copyTree(s.template.dir, s.postgres.dir, s.template.tools.user); err != nil {
		return fmt.Errorf("clone the cluster of stack %s: %w", s.share.Stack, err)
	}
	if err := s.writeRedis("redis", s.at[results.KindRedis]); err != nil {
		return err
	}
	if s.spec.JobsRedis {
		if err := s.writeRedis("redis-jobs", s.jobs); err != nil {
			return err
		}
	}
	carry := connector.Config{Redis: s.redisURL(s.jobsEdge), Carrier: "http://" + s.edge[results.KindCarrier],
		Consumers: 2}
	for _, t := range s.share.Tenants {
		carry.Tenants = append(carry.Tenants, connector.Tenant{
			Address: odoo.Address{Database: t, URL: "http://" + s.edge[results.KindIngress], Host: hostOf(t)},
			DSN:     s.postgres.dsn("odoo", s.edge[results.KindPostgres], t), Key: s.template.secrets.Connector,
		})
	}
	serve := server.Config{Listen: s.at[results.KindOdoo],
		Postgres: s.postgres.dsn("odoo", s.edge[results.KindPostgres], "postgres"),
		Redis:    s.redisURL(s.edge[results.KindRedis]), Tenants: s.share.Tenants, Workers: s.share.Workers - s.share.Bulk,
		Scale: s.scale, Weaknesses: s.spec.Weaknesses, Seed: 1}
	bulk := serve
	bulk.Listen, bulk.Workers, bulk.Seed = s.bulk, s.share.Bulk, 2
	return errors.Join(
		writeConfig(s.config(results.KindOdoo), serve),
		writeConfig(s.configOf("odoo-imports"), bulk),
		writeConfig(s.config(results.KindIngress), ingress.Config{Listen: s.at[results.KindIngress],
			Upstream: s.at[results.KindOdoo], Bulk: s.bulk, Limits: s.spec.Limits, GatewayTimeout: s.spec.GatewayTimeout,
			AccessLog: s.accessLog()}),
		writeConfig(s.config(results.KindConnector), carry),
	)
}

func hostOf(tenant string) string { return tenant + ".localhost" }

func (s *stack) config(kind results.Kind) string { return s.configOf(string(kind)) }

func (s *stack) configOf(process string) string { return filepath.Join(s.dir, process+".json") }

func (s *stack) log(kind results.Kind) string {
	return filepath.Join(s.logs, s.share.Stack+"-"+string(kind)+".log")
}

func (s *stack) accessLog() string { return filepath.Join(s.logs, s.share.Stack+"-access.log") }

// own is a command of this same program.
func (s *stack) own(command string, args ...string) *exec.Cmd {
	//nolint:noctx // its owner ends it by signals; the program is our own
	cmd := exec.Command(s.program, append([]string{"lab", command}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2", "GOGC=200")
	return cmd
}

// part is a process with its description.
type part struct {
	process lab.Process
	running lab.Running
}

// second is a part of a kind that the stack has already, at addresses of its own.
func (s *stack) second(of *part, c chaos.Component, edge, at string) *part {
	log := filepath.Join(s.logs, strings.ReplaceAll(c.Name, "/", "-")+".log")
	p := *of
	p.process.Component, p.process.Log = c.Name, log
	p.running.Component, p.running.Log, p.running.Address, p.running.Upstream = c, log, edge, at
	return &p
}

// describe begins a part with what every kind has.
func (s *stack) describe(kind results.Kind, command func() *exec.Cmd, ready func(context.Context) error) *part {
	component := s.share.Component(kind)
	return &part{
		process: lab.Process{Component: component.Name, Command: command, Ready: ready, Stop: syscall.SIGTERM, Log: s.log(kind)},
		running: lab.Running{Component: component, Address: s.edge[kind], Upstream: s.at[kind], Log: s.log(kind)},
	}
}

// parts are the processes in start order.
func (s *stack) parts() []*part {
	configured := func(command string, kind results.Kind) func() *exec.Cmd {
		return func() *exec.Cmd { return s.own(command, "--config", s.config(kind)) }
	}
	postgres := s.describe(results.KindPostgres, s.postgres.command, s.postgres.ready)
	postgres.process.Stop = syscall.SIGINT // fast shutdown: do not wait for clients
	postgres.running.DSN, postgres.running.Role = secret.Text(s.postgres.dsn("postgres", s.at[results.KindPostgres],
		"postgres")), "primary"
	redis := s.describe(results.KindRedis, s.redisCommand("redis"), s.redisReady(s.at[results.KindRedis]))
	redis.running.URL = secret.Text(s.redisURL(s.at[results.KindRedis]))
	carrier := s.describe(results.KindCarrier,
		func() *exec.Cmd { return s.own("carrier", "--listen", s.at[results.KindCarrier]) },
		answers("http://"+s.at[results.KindCarrier]+"/healthz"))
	carrier.running.URL = secret.Text("http://" + s.at[results.KindCarrier])
	odoo := s.describe(results.KindOdoo, configured("embedded-odoo", results.KindOdoo),
		answers("http://"+s.at[results.KindOdoo]+"/web/health"))
	front := s.describe(results.KindIngress, configured("ingress", results.KindIngress),
		answers("http://"+s.at[results.KindIngress]+ingress.Health))
	front.running.Log = s.accessLog()
	carry := s.describe(results.KindConnector, configured("connector", results.KindConnector), func(context.Context) error {
		raw, err := os.ReadFile(s.log(results.KindConnector))
		if err == nil && !strings.Contains(string(raw), "connector runs") {
			err = errors.New("the connector has not logged that it runs")
		}
		return err
	})
	all := []*part{postgres, redis, carrier, odoo, front, carry}
	if s.spec.JobsRedis {
		p := s.second(redis, s.share.JobsRedis(), s.jobsEdge, s.jobs)
		p.process.Command, p.process.Ready = s.redisCommand("redis-jobs"), s.redisReady(s.jobs)
		p.running.URL = secret.Text(s.redisURL(s.jobs))
		all = slices.Insert(all, 2, p)
	}
	if s.bulk != "" {
		p := s.second(odoo, s.share.Imports(), s.bulk, s.bulk)
		p.process.Command = func() *exec.Cmd { return s.own("embedded-odoo", "--config", s.configOf("odoo-imports")) }
		p.process.Ready = answers("http://" + s.bulk + "/web/health")
		all = slices.Insert(all, slices.Index(all, odoo)+1, p)
	}
	return all
}

// answers is one try to get an answer that is no error.
func answers(url string) func(context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if resp.StatusCode >= 300 {
			err = fmt.Errorf("%s answers %s", url, resp.Status)
		}
		return errors.Join(err, resp.Body.Close())
	}
}

// assemble puts the parts of all stacks in start order, one kind after the other.
// Carriers, connectors and ingresses start with the embedded targets: none waits for
// another to start.
func assemble(stacks []*stack) *lab.Stack {
	out := &lab.Stack{}
	var all []*part
	for _, s := range stacks {
		all = append(all, s.parts()...)
		for _, kind := range []results.Kind{results.KindPostgres, results.KindRedis, results.KindCarrier, results.KindIngress} {
			out.Edges = append(out.Edges, lab.Edge{
				Component: s.share.Stack + "/" + string(kind), Listen: s.edge[kind], Upstream: s.at[kind]})
		}
		if s.spec.JobsRedis {
			out.Edges = append(out.Edges, lab.Edge{Component: s.share.JobsRedis().Name, Listen: s.jobsEdge, Upstream: s.jobs})
		}
		for _, t := range s.share.Tenants {
			out.Tenants = append(out.Tenants, s.access(t))
		}
	}
	// The parts of a stack are in start order by kind; stacks may have a different number.
	var order []results.Kind
	for _, p := range all {
		if !slices.Contains(order, p.running.Kind) {
			order = append(order, p.running.Kind)
		}
	}
	slices.SortStableFunc(all, func(a, b *part) int {
		return slices.Index(order, a.running.Kind) - slices.Index(order, b.running.Kind)
	})
	for _, p := range all {
		out.Processes = append(out.Processes, p.process)
		out.Components = append(out.Components, p.running)
	}
	return out
}

// access is how the load reaches a tenant.
func (s *stack) access(tenant string) lab.Access {
	a := lab.Access{
		Name: tenant, Address: odoo.Address{URL: "http://" + s.edge[results.KindIngress], Host: hostOf(tenant), Database: tenant},
		Password: secret.Text(s.template.secrets.Password), APIKeys: secret.Texts(s.template.secrets.Keys),
		DSN: secret.Text(s.postgres.dsn(lab.AuditRole(s.spec, tenant), s.at[results.KindPostgres], tenant)),
	}
	for i := range loadUsers {
		a.Logins = append(a.Logins, loadLogin(i+1))
	}
	return a
}
