package mesh

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/kind"
)

// early is how much before the end of its duration Chaos Mesh may end a fault: the
// creation of a resource is stamped in whole seconds.
const early = 1500 * time.Millisecond

// held returns an error that wraps [chaos.ErrLost] when the fault was in effect and no
// longer is. It looks at the resource, at its records and at each pod. What starts
// other faults comes and goes by design, and a kill is over at once: both are left out.
func (f *fault) held(ctx context.Context, seen seen, readErr error) error {
	row, known := kind.Find(f.manifest.Kind, f.manifest.Action)
	if len(f.hit) == 0 || !known || !row.Lasts || startsOthers(f.manifest.Kind) {
		return nil
	}
	lost := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", chaos.ErrLost, fmt.Sprintf(format, args...))
	}
	name := f.resource.GetKind() + " " + f.resource.GetName()
	if absent(readErr) {
		if why := f.namespaceGone(ctx); why != "" {
			return lost("%s", why)
		}
		return lost("%s no longer exists; somebody else deleted it", name)
	}
	if readErr != nil {
		return nil // nothing was seen; the next look may see it
	}
	var losses []string
	for _, record := range sortedHits(f.hit) {
		why, err := f.lossOf(ctx, record)
		if err != nil {
			return nil //nolint:nilerr // nothing was seen; the next look may see it
		}
		if why != "" {
			losses = append(losses, why)
		}
	}
	switch {
	case len(losses) > 0:
		return lost("%s (%d of %d pods)", strings.Join(losses, "; "), len(losses), len(f.hit))
	case seen.deleting:
		return lost("%s is being deleted by somebody else", name)
	case f.nearEnd():
		return nil // Chaos Mesh ends it by its duration
	}
	for _, r := range seen.records {
		if f.hit[r.Id] && r.Phase != v1alpha1.Injected {
			return lost("%s: Chaos Mesh reports %s as %q", name, r.Id, r.Phase)
		}
	}
	return nil
}

// nearEnd reports whether the duration of the fault is over, or almost.
func (f *fault) nearEnd() bool {
	return f.manifest.Duration > 0 && time.Since(f.created) >= f.manifest.Duration-early
}

// lossOf states in words why the pod of a record no longer has the fault, empty when
// nothing speaks against it. A record is namespace/pod, with /container for some kinds.
func (f *fault) lossOf(ctx context.Context, record string) (why string, err error) {
	parts := strings.Split(record, "/")
	if len(parts) < 2 {
		return "", fmt.Errorf("record %q names no pod", record)
	}
	before, known := f.before[parts[0]+"/"+parts[1]]
	if !known {
		return "", nil
	}
	var now corev1.Pod
	err = f.driver.Client.Get(ctx, client.ObjectKey{Namespace: parts[0], Name: parts[1]}, &now)
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("pod %s with uid %s no longer exists", id(before), before.UID), nil
	case err != nil:
		return "", fmt.Errorf("read pod %s: %w", record, err)
	case now.UID != before.UID:
		return fmt.Sprintf("pod %s was replaced: uid %s became %s", id(before), before.UID, now.UID), nil
	case now.Status.Phase == corev1.PodFailed || now.Status.Phase == corev1.PodSucceeded:
		return strings.TrimSpace(fmt.Sprintf("pod %s has ended (%s) %s", id(before), orElse(now.Status.Reason,
			string(now.Status.Phase)),
			now.Status.Message)), nil
	case now.DeletionTimestamp != nil:
		return fmt.Sprintf("pod %s is being deleted%s", id(before), disruption(now)), nil
	}
	return f.restarted(before, now, parts[2:]), nil
}

// disruption is why Kubernetes ends a pod, where it gives a reason: an eviction, a drain.
func disruption(pod corev1.Pod) string {
	i := slices.IndexFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue
	})
	if i < 0 {
		return ""
	}
	return " (" + pod.Status.Conditions[i].Reason + ")"
}

// restarted states which container has restarted, for the kinds whose fault lives in the
// processes of a container and ends with them. A pod-failure has ended when the pod is
// ready again.
func (f *fault) restarted(before, now corev1.Pod, container []string) string {
	switch f.manifest.Kind {
	case v1alpha1.KindPodChaos:
		if PodReady(now) && !f.nearEnd() {
			return fmt.Sprintf("pod %s is ready again", id(before))
		}
		return ""
	case v1alpha1.KindStressChaos, v1alpha1.KindTimeChaos, v1alpha1.KindIOChaos:
	default:
		return "" // lives in the pod's network, which a restart keeps
	}
	for _, was := range before.Status.ContainerStatuses {
		if len(container) > 0 && was.Name != container[0] {
			continue
		}
		for _, is := range now.Status.ContainerStatuses {
			if is.Name == was.Name && is.ContainerID != was.ContainerID {
				return fmt.Sprintf("container %s of pod %s has restarted", was.Name, id(before))
			}
		}
	}
	return ""
}

// namespaceGone states that the namespace of the resource is deleted, empty otherwise.
func (f *fault) namespaceGone(ctx context.Context) string {
	var namespace corev1.Namespace
	name := f.resource.GetNamespace()
	err := f.driver.Client.Get(ctx, client.ObjectKey{Name: name}, &namespace)
	if apierrors.IsNotFound(err) || err == nil && namespace.DeletionTimestamp != nil {
		return "namespace " + name + " was deleted"
	}
	return ""
}
