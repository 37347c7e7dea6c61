package podstack

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// lookEvery is the interval of queries while something is awaited.
const lookEvery = 500 * time.Millisecond

// awaitStack waits until every workload of the namespace has all its pods ready, and
// logs once what it waits for.
func awaitStack(ctx context.Context, c client.Client, namespace string, log *slog.Logger) error {
	var waiting, said string
	err := wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		var err error
		if waiting, err = unready(ctx, c, namespace); err != nil {
			return false, err
		}
		if waiting != said && waiting != "" {
			log.Info("waiting for " + waiting)
		}
		said = waiting
		return waiting == "", nil
	})
	if err != nil && waiting != "" {
		return fmt.Errorf("%s: %w", waiting, err)
	}
	return err
}

// unready names the workloads that do not serve yet, with the reasons of their pods.
func unready(ctx context.Context, c client.Client, namespace string) (string, error) {
	var deployments appsv1.DeploymentList
	var sets appsv1.StatefulSetList
	if err := c.List(ctx, &deployments, client.InNamespace(namespace)); err != nil {
		return "", fmt.Errorf("look at the Deployments of %s: %w", namespace, err)
	}
	if err := c.List(ctx, &sets, client.InNamespace(namespace)); err != nil {
		return "", fmt.Errorf("look at the StatefulSets of %s: %w", namespace, err)
	}
	missing := map[string]bool{}
	for _, d := range deployments.Items {
		if d.Status.ObservedGeneration < d.Generation || d.Status.UpdatedReplicas < *d.Spec.Replicas ||
			d.Status.Replicas > *d.Spec.Replicas || d.Status.ReadyReplicas < *d.Spec.Replicas {
			missing[d.Name] = true
		}
	}
	for _, s := range sets.Items {
		if s.Status.ObservedGeneration < s.Generation || s.Status.ReadyReplicas < *s.Spec.Replicas {
			missing[s.Name] = true
		}
	}
	if len(missing) == 0 {
		return "", nil
	}
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
		return "", fmt.Errorf("look at the pods of %s: %w", namespace, err)
	}
	var words []string
	for _, p := range pods.Items {
		name := p.Labels["app.kubernetes.io/name"]
		if missing[name] {
			words = append(words, name+whyNotRunning(p))
			delete(missing, name)
		}
	}
	for name := range missing {
		words = append(words, name)
	}
	return strings.Join(words, ", ") + " in " + namespace, nil
}

// whyNotRunning is what keeps a pod from running, in parentheses.
func whyNotRunning(p corev1.Pod) string {
	for _, condition := range p.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return " (" + condition.Message + ")"
		}
	}
	for _, s := range append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...) {
		if w := s.State.Waiting; w != nil && w.Reason != "PodInitializing" && w.Reason != "ContainerCreating" {
			return " (" + w.Reason + ")"
		}
	}
	return ""
}
