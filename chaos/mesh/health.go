package mesh

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Health is how the pods of a component are.
type Health struct {
	Pods, Ready int
	Restarts    int // of their containers
}

// Health counts the pods of a component.
func (d *Driver) Health(ctx context.Context, component string) (Health, error) {
	var h Health
	for _, c := range d.Components {
		if c.Name != component {
			continue
		}
		for _, namespace := range d.NamespacesOf(c) {
			var list corev1.PodList
			if err := d.Client.List(ctx, &list, client.InNamespace(namespace), client.MatchingLabels(c.Labels)); err != nil {
				return h, fmt.Errorf("list pods of %s: %w", component, err)
			}
			for _, pod := range list.Items {
				h.Pods++
				if PodReady(pod) && pod.DeletionTimestamp == nil {
					h.Ready++
				}
				for _, s := range pod.Status.ContainerStatuses {
					h.Restarts += int(s.RestartCount)
				}
			}
		}
	}
	return h, nil
}
