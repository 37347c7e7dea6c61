package lab

import (
	"fmt"

	"example.org/odooharness/chaos"
)

// Kinds of the components that every stack has, in start order.
func stackKinds() []string {
	return []string{"postgres", "redis", "carrier", "odoo", "ingress", "connector"}
}

// AppName is the value of the label app.kubernetes.io/name of a kind.
func AppName(kind string) string {
	if kind == "postgres" {
		return "postgresql"
	}
	return kind
}

// Components lists the parts that a lab of the spec will have, without building it. A
// plan needs them to list what faults would hit.
func Components(spec Spec) []chaos.Component {
	var all []chaos.Component
	for _, stack := range Stacks(spec) {
		for _, kind := range stackKinds() {
			all = append(all, stack.Component(kind))
			switch {
			case kind == "postgres" && spec.Standby:
				all = append(all, stack.Standby())
			case kind == "odoo":
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
	c := s.Component("postgres")
	c.Name = s.Stack + "/standby"
	c.Labels["app.kubernetes.io/name"] = "postgresql-standby"
	return c
}

// Instance is one of several servers of a kind, counted from 1; the first has the
// plain name.
func (s Share) Instance(kind string, n int) chaos.Component {
	c := s.Component(kind)
	if n > 1 {
		c.Name = fmt.Sprintf("%s-%d", c.Name, n)
	}
	return c
}

// Component is a part of the stack with the labels that manifests select by.
func (s Share) Component(kind string) chaos.Component {
	labels := map[string]string{
		"app.kubernetes.io/name":    AppName(kind),
		"app.kubernetes.io/part-of": "odoo-lab",
		"odoo-harness/stack":        s.Stack,
	}
	if len(s.Tenants) == 1 && s.Tenants[0] == s.Stack {
		labels["odoo-harness/tenant"] = s.Stack
	}
	c := chaos.Component{Name: s.Stack + "/" + kind, Kind: kind, Labels: labels, Tenants: s.Tenants}
	if kind == "postgres" {
		c.Databases = s.Tenants // each has one of its name
	}
	return c
}
