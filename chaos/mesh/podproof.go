package mesh

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// shownByPods checks the effect of a PodChaos on the pods themselves, next to what Chaos
// Mesh reports. Faults in a pod's network or clock cannot be read without touching the
// pod: there the records decide.
func (f *fault) shownByPods(ctx context.Context) (bool, string, error) {
	if f.manifest.Kind != v1alpha1.KindPodChaos {
		return true, "", nil
	}
	var evidence []string
	for _, record := range sortedHits(f.hit) {
		parts := strings.Split(record, "/") // namespace/pod, with /container for container-kill
		if len(parts) < 2 {
			return false, "", fmt.Errorf("record %q names no pod", record)
		}
		before, known := f.before[parts[0]+"/"+parts[1]]
		if !known {
			continue // a pod that came after Prepare
		}
		var now corev1.Pod
		err := f.driver.Client.Get(ctx, client.ObjectKey{Namespace: parts[0], Name: parts[1]}, &now)
		if err != nil && !apierrors.IsNotFound(err) {
			return false, "", fmt.Errorf("read pod %s: %w", record, err)
		}
		if apierrors.IsNotFound(err) || now.UID != before.UID {
			evidence = append(evidence, fmt.Sprintf("pod %s with uid %s was removed", id(before), before.UID))
			continue
		}
		if f.manifest.Action == string(v1alpha1.PodKillAction) {
			return false, fmt.Sprintf("pod %s is still there", id(before)), nil
		}
		var only string
		if len(parts) > 2 {
			only = parts[2]
		}
		if still := sameContainer(before, now, only); still != "" {
			return false, fmt.Sprintf("container %s of pod %s still runs", still, id(before)), nil
		}
		evidence = append(evidence, fmt.Sprintf("the containers of pod %s that ran before no longer do", id(before)))
	}
	return true, strings.Join(evidence, ", "), nil
}

// sameContainer names a container that runs on as before; only limits it to one.
func sameContainer(before, now corev1.Pod, only string) string {
	for _, b := range before.Status.ContainerStatuses {
		if only != "" && b.Name != only {
			continue
		}
		for _, n := range now.Status.ContainerStatuses {
			if n.Name == b.Name && n.State.Running != nil && n.ContainerID == b.ContainerID {
				return n.Name
			}
		}
	}
	return ""
}

func countReady(pods map[string]corev1.Pod) int {
	count := 0
	for _, pod := range pods {
		if PodReady(pod) {
			count++
		}
	}
	return count
}

// PodReady reports whether the pod serves.
func PodReady(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func sortedIDs(pods map[string]corev1.Pod) []string {
	ids := make([]string, 0, len(pods))
	for name := range pods {
		ids = append(ids, name)
	}
	slices.Sort(ids)
	return ids
}

func sortedHits(hit map[string]bool) []string {
	ids := make([]string, 0, len(hit))
	for name := range hit {
		ids = append(ids, name)
	}
	slices.Sort(ids)
	return ids
}
