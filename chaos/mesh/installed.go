package mesh

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// Installed returns which part of Chaos Mesh is missing for a kind of fault. It tries,
// without keeping it, a resource that the schema accepts and the webhooks must refuse.
func (d *Driver) Installed(ctx context.Context, kind string) error {
	err := d.Client.Create(ctx, d.canary(kind), client.DryRunAll)
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

// canary is a resource of a kind with a duration that only the webhook reads. It would hit
// nothing.
func (d *Driver) canary(kind string) *unstructured.Unstructured {
	spec := map[string]any{
		"mode": "one", "duration": "no duration",
		"selector": map[string]any{
			"namespaces": []any{d.Namespace}, "labelSelectors": map[string]any{"odoo-harness/canary": "none"},
		},
	}
	maps.Copy(spec, map[string]map[string]any{
		v1alpha1.KindPodChaos:     {"action": string(v1alpha1.PodFailureAction)},
		v1alpha1.KindNetworkChaos: {"action": string(v1alpha1.PartitionAction)},
		v1alpha1.KindStressChaos:  {"stressors": map[string]any{"cpu": map[string]any{"workers": int64(1)}}},
		v1alpha1.KindIOChaos:      {"action": string(v1alpha1.IoLatency), "volumePath": "/canary", "delay": "1ms"},
		v1alpha1.KindHTTPChaos:    {"target": string(v1alpha1.PodHttpRequest), "port": int64(1)},
		v1alpha1.KindDNSChaos:     {"action": string(v1alpha1.ErrorAction)},
		v1alpha1.KindTimeChaos:    {"timeOffset": "no duration"}, // its duration is read by nobody
	}[kind])
	r := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	r.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind))
	r.SetNamespace(d.Namespace)
	r.SetName("odoo-harness-canary")
	return r
}

// tried is the kind whose webhook shows that Chaos Mesh is whole: the first that may be
// created with these needs, empty when none needs it.
func tried(needs []Need) string {
	for _, kind := range childKinds() {
		if slices.ContainsFunc(needs, func(n Need) bool { return n.Resource == plural(kind) && slices.Contains(n.Verbs, "create") }) {
			return kind
		}
	}
	return ""
}

// Whole checks, for faults with these needs, that everything is permitted and that Chaos
// Mesh is whole. All problems are returned.
func (d *Driver) Whole(ctx context.Context, needs []Need) error {
	err := d.Permitted(ctx, needs)
	if kind := tried(needs); kind != "" {
		err = errors.Join(err, d.Installed(ctx, kind))
	}
	return err
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
