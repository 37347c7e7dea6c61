package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
)

// sweepLimit bounds the sweep of a cluster.
const sweepLimit = 5 * time.Minute

// RoleOptions are what roles must permit.
type RoleOptions struct {
	Setup string // file
	// Faults are those of the experiments; nil: all kinds of single faults.
	Faults []chaos.Manifest
	// Workflows permits Workflow and Schedule, where a fault is one.
	Workflows bool
	// More are needed next to those of faults: for generators that are pods.
	More []mesh.Need
}

// Roles are the ServiceAccount and the roles that faults on a setup require, as YAML. The
// cluster is not contacted.
func Roles(o RoleOptions) ([]byte, error) {
	s, err := spec.LoadKubernetes(o.Setup)
	if err != nil {
		return nil, err
	}
	d := mesh.New(mesh.Options{Namespace: s.Chaos.Namespace, Namespaces: s.AllowedNamespaces()})
	needs := d.Needs()
	if o.Faults != nil {
		needs = d.NeedsOf(o.Faults)
	}
	for _, m := range o.Faults {
		if (m.Kind == "Workflow" || m.Kind == "Schedule") && !o.Workflows {
			return nil, fmt.Errorf("%s: a %s needs the right to create Workflows. Who has it may run any container in the namespace "+
				"by a Task, with the rights of Chaos Mesh; list its faults in the experiment instead, or add --workflows", m.Path, m.Kind)
		}
	}
	needs = append(append(needs, tunnelNeeds(s)...), o.More...)
	secret := func(ref *spec.SecretRef, whose string) {
		if ref != nil {
			needs = append(needs, mesh.Need{
				Namespace: cmp.Or(ref.Namespace, s.Chaos.Namespace), Resource: "secrets", Name: ref.Name,
				Verbs: []string{"get"}, Because: "to reach " + whose,
			})
		}
	}
	for _, c := range s.Components {
		secret(c.Secret, c.Name)
	}
	for _, t := range s.Tenants {
		secret(t.Secret, "the database of "+t.Name)
	}
	return mesh.Roles(needs, "odoo-harness", s.Chaos.Namespace)
}

// Examine prints what it has checked in the cluster of a setup file, what of Chaos Mesh and
// of the permissions is missing, and the faults that are there: those of a living run with
// their end, and those that an earlier crash left. Sweep removes the latter.
func Examine(ctx context.Context, setupPath string, sweep bool, out io.Writer) error {
	s, err := spec.LoadKubernetes(setupPath)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	d, err := meshDriver(ctx, s, false, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	needs := append(d.Needs(), tunnelNeeds(s)...)
	problems := []error{d.Whole(ctx, needs)}
	if problems[0] == nil {
		fmt.Fprintf(out, "checked: Chaos Mesh's kinds and webhook answer, %s are granted in %s, no namespace is labelled production\n",
			plural(len(needs), "permission"), strings.Join(s.AllowedNamespaces(), ", "))
		for _, c := range d.Components {
			health, err := d.Health(ctx, c.Name)
			problems = append(problems, err)
			fmt.Fprintf(out, "checked: %s has %s, %d ready\n", c.Name, plural(health.Pods, "pod"), health.Ready)
		}
	}
	found, err := d.Faults(ctx)
	problems = append(problems, err)
	living := 0
	for _, f := range found {
		if f.Living {
			living++
			fmt.Fprintf(out, "in effect: %s\n", f)
		} else {
			fmt.Fprintf(out, "left: %s\n", f)
		}
	}
	if sweep {
		done, err := d.Sweep(ctx)
		for _, line := range done {
			fmt.Fprintln(out, "removed "+line)
		}
		problems = append(problems, err)
	}
	if living > 0 {
		fmt.Fprintf(out, "%s of a run that goes on in namespace %s; Chaos Mesh ends each by its duration\n",
			plural(living, "fault"), s.Chaos.Namespace)
	}
	well := ""
	if errors.Join(problems...) == nil && len(found) == 0 {
		well = "; the cluster is ready for a run"
	}
	_, err = fmt.Fprintf(out, "%s left in namespace %s%s\n", were(len(found)-living), s.Chaos.Namespace, well)
	return errors.Join(append(problems, err)...)
}

// plural is a number of things in words.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func were(faults int) string {
	if faults == 1 {
		return "1 fault was"
	}
	return fmt.Sprintf("%d faults were", faults)
}
