package lab

import (
	"fmt"
	"slices"

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

// Components lists the parts that a lab of the spec will have, without building
// it: what a plan needs to say what faults would hit.
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

// StackShare is a stack with the tenants that it serves.
type StackShare struct {
	Name    string // shared, or the tenant's name
	Tenants []string
}

// Stacks cuts the tenants of a spec into stacks: one for all that share, one for
// each that has its own.
func Stacks(spec Spec) []StackShare {
	var pooled []string
	var own []StackShare
	for _, t := range spec.Tenants {
		if spec.Tenancy == "dedicated" || spec.Tenancy == "hybrid" && slices.Contains(spec.Strategic, t) {
			own = append(own, StackShare{Name: t, Tenants: []string{t}})
		} else {
			pooled = append(pooled, t)
		}
	}
	if len(pooled) == 0 {
		return own
	}
	return append([]StackShare{{Name: "shared", Tenants: pooled}}, own...)
}

// Standby is the stack's second PostgreSQL. It goes by an app name of its own: a
// selector for postgresql means the primary.
func (s StackShare) Standby() chaos.Component {
	c := s.Component("postgres")
	c.Name = s.Name + "/standby"
	c.Labels["app.kubernetes.io/name"] = "postgresql-standby"
	return c
}

// Instance is one of several servers of a kind, counted from 1; the first has the
// plain name.
func (s StackShare) Instance(kind string, n int) chaos.Component {
	c := s.Component(kind)
	if n > 1 {
		c.Name = fmt.Sprintf("%s-%d", c.Name, n)
	}
	return c
}

// Component is a part of the stack with the labels that manifests select by.
func (s StackShare) Component(kind string) chaos.Component {
	labels := map[string]string{
		"app.kubernetes.io/name":    AppName(kind),
		"app.kubernetes.io/part-of": "odoo-lab",
		"odoo-harness/stack":        s.Name,
	}
	if len(s.Tenants) == 1 && s.Tenants[0] == s.Name {
		labels["odoo-harness/tenant"] = s.Name
	}
	return chaos.Component{Name: s.Name + "/" + kind, Kind: kind, Labels: labels, Tenants: s.Tenants}
}
