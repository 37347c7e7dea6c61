package podstack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
)

// Part is a pod of a lab, as it is.
type Part struct {
	Lab, Namespace, Component, Pod string
	Ready                          bool
	Restarts                       int
	State                          string // phase, or what is wrong
}

// List returns the pods of every lab on the cluster.
func List(ctx context.Context, c client.Client) ([]Part, error) {
	namespaces, err := labelled(ctx, c, client.MatchingLabels{mesh.ManagedByLabel: mesh.ManagedBy})
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, n := range namespaces {
		name := n.Labels[LabLabel]
		if name == "" {
			continue
		}
		var pods corev1.PodList
		if err := c.List(ctx, &pods, client.InNamespace(n.Name), client.HasLabels{StackLabel}); err != nil {
			return nil, fmt.Errorf("list the pods of %s: %w", n.Name, err)
		}
		for _, p := range pods.Items {
			parts = append(parts, part(name, p))
		}
		if len(pods.Items) == 0 {
			parts = append(parts, Part{Lab: name, Namespace: n.Name, State: "no pods"})
		}
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return strings.Compare(a.Lab+"/"+a.Namespace+"/"+a.Component+a.Pod, b.Lab+"/"+b.Namespace+"/"+b.Component+b.Pod)
	})
	return parts, nil
}

func part(name string, p corev1.Pod) Part {
	out := Part{
		Lab: name, Namespace: p.Namespace, Pod: p.Name, State: string(p.Status.Phase) + whyNotRunning(p),
		Component: p.Labels[StackLabel] + "/" + p.Labels["app.kubernetes.io/name"],
		Ready:     mesh.PodReady(p),
	}
	for _, s := range p.Status.ContainerStatuses {
		out.Restarts += int(s.RestartCount)
	}
	if p.DeletionTimestamp != nil {
		out.State = "Terminating"
	}
	return out
}
