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

// Leftovers finds the resources of runs that are over: whose process has ended on
// this machine, or which were to end on another one.
func (d *Driver) Leftovers(ctx context.Context) ([]unstructured.Unstructured, error) {
	var left []unstructured.Unstructured
	for _, kind := range append(childKinds(), v1alpha1.KindSchedule, v1alpha1.KindWorkflow) {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
		err := d.Client.List(ctx, list, client.InNamespace(d.Namespace), client.MatchingLabels{ManagedByLabel: ManagedBy})
		if absent(err) || apierrors.IsForbidden(err) && startsOthers(kind) {
			continue // a role without Workflows has created none
		}
		if err != nil {
			return nil, fmt.Errorf("list %s in namespace %s: %w", kind, d.Namespace, err)
		}
		for _, r := range list.Items {
			if d.orphaned(r) {
				left = append(left, r)
			}
		}
	}
	slices.SortFunc(left, func(a, b unstructured.Unstructured) int {
		return a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time)
	})
	return left, nil
}

func startsOthers(kind string) bool {
	return kind == v1alpha1.KindSchedule || kind == v1alpha1.KindWorkflow
}

// grace is how long after its end a run of another machine is taken for dead.
const grace = time.Minute

func (d *Driver) orphaned(r unstructured.Unstructured) bool {
	annotations := r.GetAnnotations()
	if annotations[HostAnnotation] == d.Host {
		pid, err := strconv.Atoi(annotations[PIDAnnotation])
		return err != nil || pid <= 1 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	expires, err := time.Parse(time.RFC3339, annotations[ExpiresAnnotation])
	return err != nil || time.Since(expires) > grace
}

// Sweep removes what is left of runs that are over, and reports what it did.
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
