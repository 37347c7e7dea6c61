package podstack

import (
	"errors"
	"fmt"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
)

// Labels of everything that a lab makes, with mesh.ManagedByLabel.
const (
	LabLabel   = "odoo-harness/lab"
	StackLabel = "odoo-harness/stack"
)

// Lab is a lab on a cluster.
type Lab struct {
	Spec   lab.Spec
	Source Source
	Images Images
}

// Source is what the pods' data and programs come from: folders of the node.
type Source struct {
	Root     string // the tree with the servers
	Template *odoostack.Template
}

// Images are those of the pods.
type Images struct {
	Tool    string // has /bin/busybox: starts the servers of the tree
	Harness string // the connector, the carrier
}

// DefaultImages are those that deploy/ names.
func DefaultImages() Images {
	return Images{Tool: "docker.io/library/busybox:1.37", Harness: "odoo-harness:latest"}
}

// Stack is a part of the lab with a namespace of its own.
type Stack struct {
	lab.Share
	Namespace string
}

// Stacks are the lab's, in a fixed order.
func (l *Lab) Stacks() ([]Stack, error) {
	shares, _, err := lab.Divide(l.Spec)
	if err != nil {
		return nil, err
	}
	var problems []error
	if l.Spec.Kind != results.LabOdoo {
		problems = append(problems, fmt.Errorf("a lab as pods is a real Odoo, not kind %q; write odoo", l.Spec.Kind))
	}
	if l.Spec.Odoo != 0 && l.Spec.Odoo != lab.DefaultOdoo {
		problems = append(problems, fmt.Errorf("a lab as pods is of Odoo %d, not %d: leave the version out",
			lab.DefaultOdoo, l.Spec.Odoo))
	}
	if s := l.Spec; s.Standby || s.Synchronous || s.ReadReplica || s.Instances > 1 || s.Archive || s.Notices || s.WALDisk > 0 ||
		len(s.Weaknesses) > 0 || s.Ingress != "" {
		problems = append(problems, errors.New("standby, synchronous, readReplica, instances, archive, notices, walDisk, "+
			"ingress and weaknesses are of the lab of processes; leave them out"))
	}
	stacks := make([]Stack, len(shares))
	for i, s := range shares {
		stacks[i] = Stack{Share: s, Namespace: "odoo-lab-" + l.Spec.Name}
		if len(shares) > 1 {
			stacks[i].Namespace += "-" + s.Stack
		}
		if len(stacks[i].Namespace) > 63 {
			problems = append(problems, fmt.Errorf("the namespace %s would be too long; shorten the names", stacks[i].Namespace))
		}
	}
	return stacks, errors.Join(problems...)
}

// labels are on every object of a stack.
func (l *Lab) labels(s Stack) map[string]string {
	all := map[string]string{mesh.ManagedByLabel: mesh.ManagedBy, LabLabel: l.Spec.Name, StackLabel: s.Stack}
	if len(s.Tenants) == 1 && s.Tenants[0] == s.Stack {
		all["odoo-harness/tenant"] = s.Stack
	}
	return all
}

// hostOf is the name under which the ingress knows a tenant: the first label is the
// database.
func hostOf(tenant string) string { return tenant + ".localhost" }
