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
	if kind == results.KindPostgres {
		return "postgresql"
	}
	return string(kind)
}

// Components lists the parts that a lab of the spec will have, without building it. A
// plan needs them to list what faults would hit.
func Components(spec Spec) []chaos.Component {
	var all []chaos.Component
	for _, stack := range Stacks(spec) {
		for _, kind := range stackKinds() {
			all = append(all, stack.Component(kind))
			switch {
			case kind == results.KindPostgres && spec.Standby:
				all = append(all, stack.Standby())
			case kind == results.KindOdoo:
				for n := 2; n <= spec.Instances; n++ {
					all = append(all, stack.Instance(kind, n))
				}
			}
		}
	}
	return all
}

// Standby is the stack's second PostgreSQL. It goes by an app name of its own: a
// selector for postgresql means the primary.
func (s Share) Standby() chaos.Component {
	c := s.Component(results.KindPostgres)
	c.Name = s.Stack + "/standby"
	c.Labels["app.kubernetes.io/name"] = "postgresql-standby"
	return c
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
