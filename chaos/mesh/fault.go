package mesh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
)

// fault is one resource of Chaos Mesh.
type fault struct {
	driver   *Driver
	manifest chaos.Manifest
	started  []string                   // kinds of the faults that it starts
	resource *unstructured.Unstructured // as it will be created
	aims     []aim                      // its selectors

	before  map[string]corev1.Pod // the pods that may be hit, as they were before the injection
	ready   int                   // of them
	created time.Time
	hit     map[string]bool // records seen injected, which outlive the resource
	touched map[string]bool // pods of all records ever seen
	notes   []string        // what had to be done by force
}

// Prepare checks permissions, finds the pods, has the API server try the resource
// without keeping it, and looks for daemons.
func (f *fault) Prepare(ctx context.Context) error {
	needs := f.needs()
	if err := f.driver.Permitted(ctx, needs); err != nil {
		return err
	}
	f.hit, f.touched = map[string]bool{}, map[string]bool{}
	if err := f.choose(ctx); err != nil {
		return err
	}
	if err := f.driver.Installed(ctx, tried(needs)); err != nil {
		return err
	}
	trial := f.resource.DeepCopy()
	if err := f.driver.Client.Create(ctx, trial, client.DryRunAll); err != nil {
		return explain(err, f.resource)
	}
	return f.driver.daemons(ctx, f.manifest, f.before)
}

// choose finds the pods as they are now and names them in the resource.
func (f *fault) choose(ctx context.Context) error {
	s, err := f.driver.selected(ctx, f.aims)
	if err != nil {
		return err
	}
	f.before, f.ready = s.pods, countReady(s.pods)
	if f.ready == 0 {
		return fmt.Errorf("none of the pods %s is ready, and Chaos Mesh hits running pods only; "+
			"wait until the setup is up", strings.Join(sortedIDs(f.before), ", "))
	}
	for i, a := range f.aims {
		a.pin(s.chosen[i])
	}
	return nil
}

// Inject looks at the pods once more and creates the resource.
func (f *fault) Inject(ctx context.Context) error {
	if err := f.choose(ctx); err != nil {
		return fmt.Errorf("the pods are no longer as planned: %w", err)
	}
	f.created = time.Now()
	if err := f.driver.Client.Create(ctx, f.resource.DeepCopy()); err != nil && !apierrors.IsAlreadyExists(err) {
		return explain(err, f.resource)
	}
	return nil
}

// InEffect reads the records, then the pods.
func (f *fault) InEffect(ctx context.Context) (chaos.Proof, error) {
	seen, err := f.read(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	if err := f.within(ctx, seen); err != nil {
		return chaos.Proof{}, err
	}
	if !seen.injected {
		return chaos.Proof{Evidence: f.whyNotInEffect(seen)}, nil
	}
	for _, r := range seen.records {
		f.hit[r.Id] = true
	}
	shown, evidence, err := f.shownByPods(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: shown, Evidence: joinEvidence(seen.evidence, evidence), Noted: f.manifest.Kind != v1alpha1.KindPodChaos,
	}, nil
}

// Recover deletes the resource, if need be by force, and then what a Schedule or
// Workflow had started: the garbage collector would do it in its own time.
func (f *fault) Recover(ctx context.Context) error {
	children, childErr := f.children(ctx)
	var problems []error
	for _, r := range append([]*unstructured.Unstructured{f.resource}, children...) {
		notes, err := f.driver.remove(ctx, r)
		f.notes, problems = append(f.notes, notes...), append(problems, err)
	}
	return errors.Join(append(problems, childErr)...)
}

// Recovered shows that the resource was removed, that nothing of it is left with the
// pods, and that as many pods are ready as before.
func (f *fault) Recovered(ctx context.Context) (chaos.Proof, error) {
	now := &unstructured.Unstructured{}
	now.SetGroupVersionKind(f.resource.GroupVersionKind())
	err := f.driver.Client.Get(ctx, client.ObjectKeyFromObject(f.resource), now)
	switch {
	case err == nil:
		return chaos.Proof{Evidence: f.resource.GetKind() + " " + f.resource.GetName() + " is still there"}, nil
	case !apierrors.IsNotFound(err):
		return chaos.Proof{}, fmt.Errorf("read %s: %w", f.resource.GetName(), err)
	}
	children, err := f.children(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	if len(children) > 0 {
		return chaos.Proof{Evidence: fmt.Sprintf("%d faults that it started are still there", len(children))}, nil
	}
	left, err := f.driver.leftWithPods(ctx, f.resource)
	if err != nil {
		return chaos.Proof{}, err
	}
	if len(left) > 0 {
		return chaos.Proof{Evidence: "rules are left in " + strings.Join(left, ", ")}, nil
	}
	after := map[string]corev1.Pod{}
	for _, a := range f.aims {
		pods, err := f.driver.pods(ctx, a.selector.Selector)
		if err != nil {
			return chaos.Proof{}, err
		}
		for _, pod := range pods {
			after[id(pod)] = pod
		}
	}
	ready := countReady(after)
	evidence := fmt.Sprintf("%s %s was removed, nothing of it is left with the pods, %d of %d pods are ready (%d before)",
		f.resource.GetKind(), f.resource.GetName(), ready, len(after), f.ready)
	return chaos.Proof{
		Shown:    ready >= f.ready,
		Evidence: joinEvidence(append([]string{evidence}, f.notes...)...),
	}, nil
}

// Close has nothing to release; a resource that is still there is removed.
func (f *fault) Close(ctx context.Context) error {
	if f.created.IsZero() {
		return nil
	}
	return f.Recover(ctx)
}

func joinEvidence(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, "; ")
}

// explain turns what the API server answers to a creation into what a person can
// do about it.
func explain(err error, r *unstructured.Unstructured) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "failed calling webhook"):
		return fmt.Errorf("create %s %s: the webhook of Chaos Mesh does not answer, so its controller manager is down or "+
			"cannot be reached by the API server; look at the pods of chaos-controller-manager: %w", r.GetKind(), r.GetName(), err)
	case strings.Contains(text, "denied the request") && strings.Contains(text, "is forbidden on namespace"):
		return fmt.Errorf("create %s %s: Chaos Mesh checks that the user who creates a fault may create it in every namespace "+
			"that it hits; harness init --rbac writes the roles: %w", r.GetKind(), r.GetName(), err)
	case strings.Contains(text, "denied the request"), apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return fmt.Errorf("create %s %s: this Chaos Mesh refuses the manifest; where it is right for another version, "+
			"compare the versions of its CRDs and its controller: %w", r.GetKind(), r.GetName(), err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("create %s %s: not permitted; harness init --rbac writes the roles: %w", r.GetKind(), r.GetName(), err)
	case apierrors.IsNotFound(err), errors.Is(err, errNoKind):
		return fmt.Errorf("create %s %s: the namespace or the kind is not there: %w", r.GetKind(), r.GetName(), err)
	}
	return fmt.Errorf("create %s %s: %w", r.GetKind(), r.GetName(), err)
}
