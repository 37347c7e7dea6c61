package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
)

// sweepLimit bounds the sweep of a cluster.
const sweepLimit = 5 * time.Minute

// Roles are the ServiceAccount and the roles that faults on a setup file take, as
// YAML. The cluster is not contacted.
func Roles(setupPath string) ([]byte, error) {
	s, err := spec.LoadKubernetes(setupPath)
	if err != nil {
		return nil, err
	}
	d := mesh.New(mesh.Options{Namespace: s.Chaos.Namespace, Namespaces: s.AllowedNamespaces()})
	needs := append(d.Needs(), tunnelNeeds(s)...)
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

// Examine reports what of Chaos Mesh and of the permissions is missing in the cluster
// of a setup file, and which faults an earlier crash left; sweep removes them.
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
	problems := []error{d.Installed(ctx), d.Permitted(ctx, append(d.Needs(), tunnelNeeds(s)...))}
	left, err := d.Leftovers(ctx)
	problems = append(problems, err)
	for _, r := range left {
		fmt.Fprintf(out, "left: %s %s/%s of run %s\n",
			r.GetKind(), r.GetNamespace(), r.GetName(), r.GetLabels()[mesh.RunLabel])
	}
	if sweep {
		done, err := d.Sweep(ctx)
		for _, line := range done {
			fmt.Fprintln(out, "removed "+line)
		}
		problems = append(problems, err)
	}
	_, err = fmt.Fprintf(out, "%d faults were left in namespace %s\n", len(left), s.Chaos.Namespace)
	return errors.Join(append(problems, err)...)
}
