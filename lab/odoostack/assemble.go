package odoostack

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// kindStandby is the key of a standby's edge. The component itself is of the kind postgres.
const kindStandby results.Kind = "standby"

// kindJobs is the key of the edge of a Redis for jobs. The component itself is of the kind redis.
const kindJobs results.Kind = "redis-jobs"

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
		(*stack).postgresPart, (*stack).standbyPart, (*stack).poolerPart, (*stack).redisParts, (*stack).carrierPart,
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
		return lab.Edge{Component: s.share.Stack + "/" + string(kind), Listen: loopback(s.edges[kind]),
			Upstream: loopback(upstream)}
	}
	out := []lab.Edge{
		edge(results.KindIngress, s.front.port), edge(results.KindPostgres, s.postgres.port), edge(results.KindRedis, s.redis.port),
		edge(results.KindCarrier, s.carrierPort),
	}
	if s.standby != nil {
		out = append(out, edge(kindStandby, s.postgres.port))
	}
	if s.jobs != s.redis {
		out = append(out, edge(kindJobs, s.jobs.port))
	}
	if s.pooler != nil {
		out = append(out, edge(results.KindPooler, s.pooler.port))
	}
	return out
}

// describe starts a part: names, log and addresses that every kind has.
func (s *stack) describe(kind results.Kind, port int) *part {
	return s.describeAs(s.component(kind), kind, port)
}

// describeAs is describe for a component of several of a kind; kind is the key of its edge.
func (s *stack) describeAs(component chaos.Component, kind results.Kind, port int) *part {
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

func (s *stack) redisParts() []*part {
	all := []*part{s.redisPart(results.KindRedis, s.redis)}
	if s.jobs != s.redis {
		all = append(all, s.redisPart(kindJobs, s.jobs))
	}
	return all
}

func (s *stack) redisPart(kind results.Kind, r *redis) *part {
	p := s.describe(kind, r.port)
	p.process.Command, p.process.Ready = r.command, r.ready
	p.running.URL = secret.Text(r.url(r.port))
	return p
}

func (s *stack) poolerPart() []*part {
	if s.pooler == nil {
		return nil
	}
	p := s.describe(results.KindPooler, s.pooler.port)
	p.process.Command = func() *exec.Cmd { return s.own(s.cgroups, s.pooler.argv()...) }
	p.process.Ready = s.pooler.ready
	p.process.Stop = syscall.SIGTERM // at once: clients see it end
	return []*part{p}
}

// carrierPart is outside of the stack's share of CPU: it stands for a service
// that somebody else runs.
func (s *stack) carrierPart() []*part {
	p := s.describe(results.KindCarrier, s.carrierPort)
	p.process.Command = func() *exec.Cmd {
		return s.own(nil, s.program, "lab", "carrier", "--listen", loopback(s.carrierPort))
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
		component := s.share.Component(results.KindOdoo)
		component.Name = s.share.Stack + "/" + o.name
		if o.cronOnly {
			p := s.describeAs(s.share.Crons(), results.KindOdoo, 0)
			p.process.Command = func() *exec.Cmd { return o.command(false) }
			p.process.Ready = func(context.Context) error { return logHas(p.process.Log, "WorkerCron") }
			all = append(all, p)
			continue
		}
		p := s.describeAs(component, results.KindOdoo, o.httpPort)
		p.process.Command = func() *exec.Cmd { return o.command(!s.warmers[i].isDone()) }
		p.process.Ready = s.warmers[i].ready
		all = append(all, p)
	}
	return all
}

func (s *stack) ingressPart() []*part {
	p := s.describe(results.KindIngress, s.front.port)
	p.process.Command = s.ingress.command
	p.process.Ready = func(ctx context.Context) error {
		return answers(ctx, "http://"+loopback(s.front.port)+healthPath)
	}
	p.process.Stop = s.ingress.stop()
	p.running.Log, p.running.Metrics = s.ingress.accessLog(), s.ingress.metrics()
	return []*part{p}
}

func (s *stack) connectorPart() []*part {
	p := s.describe(results.KindConnector, 0)
	config := filepath.Join(s.dir, "connector.json")
	p.process.Command = func() *exec.Cmd { return s.own(s.cgroups, s.program, "lab", "connector", "--config", config) }
	p.process.Ready = func(context.Context) error { return logHas(p.process.Log, "connector runs") }
	return []*part{p}
}
