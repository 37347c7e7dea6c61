package odoostack

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// kindStandby is the key of a standby's edge. The component itself is of the kind postgres.
const kindStandby results.Kind = "standby"

// part is a process of a stack with its description.
type part struct {
	process lab.Process
	running lab.Running
}

// assemble puts the stacks' parts in start order: everything others need first,
// the same kind of all stacks together.
func assemble(stacks []*stack) *lab.Stack {
	out := &lab.Stack{}
	for _, makeParts := range []func(*stack) []*part{
		(*stack).postgresPart, (*stack).standbyPart, (*stack).redisPart, (*stack).carrierPart,
		(*stack).odooParts, (*stack).ingressPart, (*stack).connectorPart,
	} {
		for _, s := range stacks {
			for _, p := range makeParts(s) {
				out.Processes = append(out.Processes, p.process)
				out.Components = append(out.Components, p.running)
			}
		}
	}
	for _, s := range stacks {
		out.Edges = append(out.Edges, s.edgeList()...)
		for _, t := range s.share.Tenants {
			out.Tenants = append(out.Tenants, s.access(t))
		}
	}
	return out
}

// edgeList is every proxy of the stack. The standby's lies between it and its
// primary: what passes there is the write-ahead log.
func (s *stack) edgeList() []lab.Edge {
	edge := func(kind results.Kind, upstream int) lab.Edge {
		return lab.Edge{Component: s.share.Stack + "/" + string(kind), Listen: loopback(s.edges[kind]), Upstream: loopback(upstream)}
	}
	out := []lab.Edge{
		edge(results.KindIngress, s.nginx.port), edge(results.KindPostgres, s.postgres.port), edge(results.KindRedis, s.redis.port),
		edge(results.KindCarrier, s.carrierPort),
	}
	if s.standby != nil {
		out = append(out, edge(kindStandby, s.postgres.port))
	}
	return out
}

// describe starts a part: names, log and addresses that every kind has.
func (s *stack) describe(kind results.Kind, port int) *part { return s.describeOne(kind, 1, port) }

// describeOne is describe for one of several servers of a kind.
func (s *stack) describeOne(kind results.Kind, number, port int) *part {
	component := s.component(kind, number)
	log := filepath.Join(s.logs, strings.ReplaceAll(component.Name, "/", "-")+".log")
	p := &part{
		process: lab.Process{Component: component.Name, Stop: syscall.SIGTERM, Log: log},
		running: lab.Running{Component: component, Log: log},
	}
	if port != 0 {
		p.running.Address, p.running.Upstream = loopback(port), loopback(port)
	}
	if front, ok := s.edges[kind]; ok && kind != kindStandby {
		p.running.Address = loopback(front)
	}
	if len(s.cgroups) > 0 && kind != results.KindCarrier {
		p.running.Cgroup = s.cgroups[0]
	}
	return p
}

func (s *stack) postgresPart() []*part {
	p := s.describe(results.KindPostgres, s.postgres.port)
	p.process.Command, p.process.Ready = s.postgres.command, s.postgres.ready
	p.process.Stop = syscall.SIGINT // fast shutdown: do not wait for clients
	p.running.DSN, p.running.Role = secret.Text(s.anyPrimary("postgres", "postgres")), "primary"
	p.running.WAL = s.postgres.walDisk()
	return []*part{p}
}

func (s *stack) standbyPart() []*part {
	if s.standby == nil {
		return nil
	}
	p := s.describe(kindStandby, s.standby.port)
	p.process.Command, p.process.Ready = s.standby.command, s.standby.ready
	p.process.Stop = syscall.SIGINT
	p.running.DSN, p.running.Role = secret.Text(s.standby.dsn("postgres", "postgres")), "standby"
	return []*part{p}
}

func (s *stack) redisPart() []*part {
	p := s.describe(results.KindRedis, s.redis.port)
	p.process.Command, p.process.Ready = s.redis.command, s.redis.ready
	p.running.URL = secret.Text(s.redis.url(s.redis.port))
	return []*part{p}
}

// carrierPart is outside of the stack's share of CPU: it stands for a service
// that somebody else runs.
func (s *stack) carrierPart() []*part {
	p := s.describe(results.KindCarrier, s.carrierPort)
	p.process.Command = func() *exec.Cmd {
		return s.own(nil, "lab", "carrier", "--listen", loopback(s.carrierPort))
	}
	p.process.Ready = func(ctx context.Context) error {
		return answers(ctx, "http://"+loopback(s.carrierPort)+"/healthz")
	}
	p.running.URL = secret.Text("http://" + loopback(s.carrierPort))
	return []*part{p}
}

func (s *stack) odooParts() []*part {
	var all []*part
	for i, o := range s.odoos {
		p := s.describeOne(results.KindOdoo, o.number, o.httpPort)
		p.process.Command = func() *exec.Cmd { return o.command(!s.warmers[i].isDone()) }
		p.process.Ready = s.warmers[i].ready
		all = append(all, p)
	}
	return all
}

func (s *stack) ingressPart() []*part {
	p := s.describe(results.KindIngress, s.nginx.port)
	p.process.Command = s.nginx.command
	p.process.Ready = func(ctx context.Context) error {
		return answers(ctx, "http://"+loopback(s.nginx.port)+"/harness/ingress")
	}
	p.process.Stop = syscall.SIGQUIT // let answers under way finish
	p.running.Log = s.nginx.accessLog()
	return []*part{p}
}

func (s *stack) connectorPart() []*part {
	p := s.describe(results.KindConnector, 0)
	config := filepath.Join(s.dir, "connector.json")
	p.process.Command = func() *exec.Cmd { return s.own(s.cgroups, "lab", "connector", "--config", config) }
	p.process.Ready = func(context.Context) error { return logHas(p.process.Log, "connector runs") }
	return []*part{p}
}
