package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Found is a resource of a run in the cluster.
type Found struct {
	Resource unstructured.Unstructured
	Living   bool      // its run goes on
	Ends     time.Time // when Chaos Mesh ends the fault, by the API server's clock; zero for a kill
	Left     time.Duration
}

// String names the resource, its run and its end.
func (f Found) String() string {
	r := f.Resource
	text := fmt.Sprintf("%s %s/%s of run %s", r.GetKind(), r.GetNamespace(), r.GetName(),
		orElse(r.GetAnnotations()[ExperimentAnnotation], r.GetLabels()[RunLabel]))
	if host := r.GetAnnotations()[HostAnnotation]; host != "" {
		text += " on " + host
	}
	switch {
	case f.Ends.IsZero():
		return text
	case f.Left > 0:
		return fmt.Sprintf("%s, ends in %s at %s", text, f.Left.Round(time.Second), f.Ends.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s, its time was over at %s", text, f.Ends.UTC().Format(time.RFC3339))
}

// Faults finds the resources of all runs in the setup's namespace, the oldest first. Only
// the API server's clock is read, so that it does not matter on which machine this runs.
func (d *Driver) Faults(ctx context.Context) ([]Found, error) {
	var found []Found
	var forbidden error
	listed := 0
	for _, kind := range append(childKinds(), v1alpha1.KindSchedule, v1alpha1.KindWorkflow) {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
		err := d.Client.List(ctx, list, client.InNamespace(d.Namespace), client.MatchingLabels{ManagedByLabel: ManagedBy})
		switch {
		case absent(err):
			continue
		case apierrors.IsForbidden(err):
			forbidden = err // an account without a kind has created none of it
			continue
		case err != nil:
			return nil, fmt.Errorf("list %s in namespace %s: %w", kind, d.Namespace, err)
		}
		listed++
		for _, r := range list.Items {
			found = append(found, Found{Resource: r})
		}
	}
	if listed == 0 && forbidden != nil {
		return nil, fmt.Errorf("list faults in namespace %s: %w", d.Namespace, forbidden)
	}
	if len(found) > 0 {
		d.date(ctx, found)
	}
	slices.SortFunc(found, func(a, b Found) int {
		return a.Resource.GetCreationTimestamp().Compare(b.Resource.GetCreationTimestamp().Time)
	})
	return found, nil
}

// date sets the end of each resource, and whether its run lives.
func (d *Driver) date(ctx context.Context, found []Found) {
	now := d.now(ctx)
	lease, err := d.lease(ctx, d.Namespace)
	for i, f := range found {
		length, _ := time.ParseDuration(f.Resource.GetAnnotations()[LengthAnnotation]) // without: it was to be over at once
		end := f.Resource.GetCreationTimestamp().Add(length)
		if length > 0 {
			found[i].Ends, found[i].Left = end, end.Sub(now)
		}
		other := err == nil && lease.Labels[RunLabel] != f.Resource.GetLabels()[RunLabel]
		found[i].Living = !other && d.lives(f.Resource, now.Sub(end) > grace)
	}
}

// Leftovers finds the resources of runs that are over.
func (d *Driver) Leftovers(ctx context.Context) ([]unstructured.Unstructured, error) {
	found, err := d.Faults(ctx)
	var left []unstructured.Unstructured
	for _, f := range found {
		if !f.Living {
			left = append(left, f.Resource)
		}
	}
	return left, err
}

// grace is how long after its end a run of another machine is taken for dead.
const grace = time.Minute

// lives reports whether the run of a resource goes on: whether its process does on this
// machine; elsewhere, whether its time is not overdue. The only process of a container is
// number 1, which proves nothing.
func (d *Driver) lives(r unstructured.Unstructured, overdue bool) bool {
	annotations := r.GetAnnotations()
	pid, err := strconv.Atoi(annotations[PIDAnnotation])
	if annotations[HostAnnotation] == d.Host && err == nil && pid > 1 {
		return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	return !overdue
}

// Sweep removes what is left of runs that are over, and returns what it did in words.
func (d *Driver) Sweep(ctx context.Context) ([]string, error) {
	left, err := d.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var done []string
	var problems []error
	for _, r := range left {
		notes, err := d.remove(ctx, &r)
		if err == nil {
			done = append(done, r.GetKind()+" "+r.GetNamespace()+"/"+r.GetName())
		}
		done, problems = append(done, notes...), append(problems, err)
	}
	return done, errors.Join(problems...)
}
