package lab

import (
	"fmt"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

// Kinds of the components that every stack has, in start order.
func stackKinds() []results.Kind {
	return []results.Kind{
		results.KindPostgres, results.KindRedis, results.KindCarrier, results.KindOdoo, results.KindIngress, results.KindConnector,
	}
}

// AppName is the value of the label app.kubernetes.io/name of a kind.
func AppName(kind results.Kind) string {
	switch kind {
	case results.KindPostgres:
		return "postgresql"
	case results.KindPooler:
		return "pgbouncer"
	}
	return string(kind)
}

// Components lists the parts that a lab of the spec will have, without building it. A
// plan needs them to list what faults would hit.
func Components(spec Spec) []chaos.Component {
	var all []chaos.Component
	shares, _, err := Divide(spec)
	if err != nil {
		shares = Stacks(spec) // the builder reports the error
	}
	for _, stack := range shares {
		for _, kind := range stackKinds() {
			all = append(all, stack.Component(kind))
			switch {
			case kind == results.KindPostgres:
				if spec.Standby {
					all = append(all, stack.Standby())
				}
				if spec.Pooler {
					all = append(all, stack.Component(results.KindPooler))
				}
			case kind == results.KindRedis && spec.JobsRedis:
				all = append(all, stack.JobsRedis())
			case kind == results.KindOdoo:
				for n := 2; n <= spec.Instances; n++ {
					all = append(all, stack.Instance(kind, n))
				}
				if stack.Bulk > 0 {
					all = append(all, stack.Imports())
				}
				if spec.CronWorkers > 0 {
					all = append(all, stack.Crons())
				}
			}
		}
	}
	return all
}

// named is a component of a kind under a name of its own.
func (s Share) named(kind results.Kind, name, app string) chaos.Component {
	c := s.Component(kind)
	c.Name = s.Stack + "/" + name
	c.Labels["app.kubernetes.io/name"] = app
	return c
}

// Imports is the stack's Odoo for bulk work. A selector for odoo means it, too.
func (s Share) Imports() chaos.Component {
	return s.named(results.KindOdoo, "odoo-imports", AppName(results.KindOdoo))
}

// Crons is the stack's Odoo for scheduled jobs. It serves no request, and has an app name of
// its own.
func (s Share) Crons() chaos.Component { return s.named(results.KindOdoo, "odoo-cron", "odoo-cron") }

// JobsRedis is the stack's Redis for the jobs of the connector. A selector for redis means
// the one with the sessions.
func (s Share) JobsRedis() chaos.Component {
	return s.named(results.KindRedis, "redis-jobs", "redis-jobs")
}

// Standby is the stack's second PostgreSQL. It goes by an app name of its own: a
// selector for postgresql means the primary.
func (s Share) Standby() chaos.Component {
	return s.named(results.KindPostgres, "standby", "postgresql-standby")
}

// Instance is one of several servers of a kind, counted from 1; the first has the
// plain name.
func (s Share) Instance(kind results.Kind, n int) chaos.Component {
	c := s.Component(kind)
	if n > 1 {
		c.Name = fmt.Sprintf("%s-%d", c.Name, n)
	}
	return c
}

// Component is a part of the stack with the labels that manifests select by.
func (s Share) Component(kind results.Kind) chaos.Component {
	labels := map[string]string{
		"app.kubernetes.io/name":    AppName(kind),
		"app.kubernetes.io/part-of": "odoo-lab",
		"odoo-harness/stack":        s.Stack,
	}
	if len(s.Tenants) == 1 && s.Tenants[0] == s.Stack {
		labels["odoo-harness/tenant"] = s.Stack
	}
	c := chaos.Component{Name: s.Stack + "/" + string(kind), Kind: kind, Labels: labels, Tenants: s.Tenants}
	if kind == results.KindPostgres {
		c.Databases = s.Tenants // each has one of its name
	}
	return c
}
