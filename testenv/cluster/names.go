//go:build kubernetes

package cluster

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InstallNames makes the Service and the pod by which Chaos Mesh finds its name
// server. The pod only sleeps: its address is the node's, where the recording
// daemon answers for the name server, too.
func (c *Cluster) InstallNames(ctx context.Context) error {
	labels := map[string]string{"app": "chaos-mesh-dns-server"}
	meta := metav1.ObjectMeta{Name: "chaos-mesh-dns-server", Namespace: MeshNamespace, Labels: labels}
	err := errors.Join(
		c.Client.Create(ctx, &corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
			Selector: labels, Ports: []corev1.ServicePort{{Port: 53, Protocol: corev1.ProtocolUDP}},
		}}),
		c.Client.Create(ctx, &corev1.Pod{ObjectMeta: meta, Spec: corev1.PodSpec{
			NodeName:   NodeName,
			Containers: []corev1.Container{{Name: "main", Image: "proc.local/names", Command: []string{"sleep", "infinity"}}},
		}}),
	)
	if err != nil {
		return fmt.Errorf("install the name server: %w", err)
	}
	return nil
}
