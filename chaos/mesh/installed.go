package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
)

// The reasons why a cluster cannot do faults.
var (
	ErrNotInstalled = errors.New("chaos mesh is not installed in this cluster: there is no kind PodChaos; " +
		"install it (helm install chaos-mesh chaos-mesh/chaos-mesh -n chaos-mesh --create-namespace)")
	ErrHalfInstalled = errors.New("chaos mesh is half installed: its kinds are there, but no webhook checked a resource " +
		"that it would refuse, so most likely no controller runs either; install the whole chart again")
)

// Installed reports which part of Chaos Mesh is missing. It tries, without keeping
// it, a resource that the webhooks must refuse and the schema alone accepts.
func (d *Driver) Installed(ctx context.Context) error {
	canary := &v1alpha1.PodChaos{
		ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness-canary", Namespace: d.Namespace},
		Spec: v1alpha1.PodChaosSpec{
			// container-kill without a container's name: only the webhook minds.
			Action: v1alpha1.ContainerKillAction,
			ContainerSelector: v1alpha1.ContainerSelector{PodSelector: v1alpha1.PodSelector{
				Mode: v1alpha1.OneMode,
				Selector: v1alpha1.PodSelectorSpec{GenericSelectorSpec: v1alpha1.GenericSelectorSpec{
					Namespaces: []string{d.Namespace}, LabelSelectors: map[string]string{"odoo-harness/canary": "none"},
				}},
			}},
		},
	}
	err := d.Client.Create(ctx, canary, client.DryRunAll)
	switch {
	case err == nil:
		return ErrHalfInstalled
	case meta.IsNoMatchError(err):
		return ErrNotInstalled
	case strings.Contains(err.Error(), "failed calling webhook"):
		return fmt.Errorf("chaos mesh's webhook does not answer, so its controller manager is down or the API server "+
			"cannot reach it; look at the pods of chaos-controller-manager in namespace %s: %w", d.MeshNamespace, err)
	case strings.Contains(err.Error(), "denied the request"):
		return nil
	case apierrors.IsNotFound(err) && strings.Contains(err.Error(), "could not find the requested resource"):
		return ErrNotInstalled
	}
	return fmt.Errorf("try chaos mesh in namespace %s: %w", d.Namespace, err)
}

// daemons finds a chaos-daemon next to every pod, for the kinds that need one. Without
// permission to read Chaos Mesh's namespace, the events report a missing one instead.
func (d *Driver) daemons(ctx context.Context, m chaos.Manifest, pods map[string]corev1.Pod) error {
	if m.Kind == v1alpha1.KindPodChaos && m.Action != string(v1alpha1.ContainerKillAction) ||
		m.Kind == v1alpha1.KindSchedule || m.Kind == v1alpha1.KindWorkflow {
		return nil
	}
	var slicesOf discoveryv1.EndpointSliceList
	err := d.Client.List(ctx, &slicesOf, client.InNamespace(d.MeshNamespace))
	if apierrors.IsForbidden(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for chaos-daemons in namespace %s: %w", d.MeshNamespace, err)
	}
	var nodes []string
	for _, s := range slicesOf.Items {
		if !strings.HasPrefix(s.Name, "chaos-daemon-") {
			continue
		}
		for _, e := range s.Endpoints {
			if e.NodeName != nil && (e.Conditions.Ready == nil || *e.Conditions.Ready) {
				nodes = append(nodes, *e.NodeName)
			}
		}
	}
	var bare []string
	for _, name := range sortedIDs(pods) {
		if node := pods[name].Spec.NodeName; !slices.Contains(nodes, node) {
			bare = append(bare, fmt.Sprintf("%s on node %s", name, node))
		}
	}
	if len(bare) > 0 {
		return fmt.Errorf("%s needs a chaos-daemon next to the pod, and there is none for %s; "+
			"look at the DaemonSet chaos-daemon in namespace %s and at taints of the node",
			m.Kind, strings.Join(bare, ", "), d.MeshNamespace)
	}
	return nil
}
