package target

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/telemetry"
)

// kubelets reads what containers use from the kubelets of a setup's pods, through the
// API server. All components share it; a page is fetched once for them.
type kubelets struct {
	client     client.Client
	rest       *rest.RESTClient
	namespaces []string

	mu    sync.Mutex
	at    time.Time
	use   map[string]telemetry.ContainerUse
	known []corev1.Pod
	err   error
}

// pageEvery is how long a page holds: the kubelet itself looks every ten seconds or so.
const pageEvery = 5 * time.Second

// openKubelets is nil, and why, when the harness lacks the permission: a run works without.
func openKubelets(ctx context.Context, s spec.Setup, d *mesh.Driver) (k *kubelets, why string, err error) {
	missing, err := d.Missing(ctx, []mesh.Need{{Resource: "nodes/proxy", Verbs: []string{"get"}}})
	if err != nil {
		return nil, "", fmt.Errorf("check the permission to query kubelets: %w", err)
	}
	if len(missing) > 0 {
		return nil, fmt.Sprintf("CPU, throttling and memory of the pods of %s were not read: "+
			"this account may not get nodes/proxy.", s.Name), nil
	}
	config, _, err := mesh.Config(s.Chaos.Kubeconfig, s.Chaos.Context)
	if err != nil {
		return nil, "", err
	}
	config.GroupVersion, config.APIPath = &corev1.SchemeGroupVersion, "/api"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	r, err := rest.RESTClientFor(config)
	return &kubelets{client: d.Client, rest: r, namespaces: s.AllowedNamespaces()}, "", err
}

// of is what the containers of one component have used, by pod.
func (k *kubelets) of(ctx context.Context, c mesh.Component, namespaces []string) (map[string]telemetry.ContainerUse, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.at) >= pageEvery {
		k.at = time.Now()
		k.err = k.look(ctx)
	}
	found := map[string]telemetry.ContainerUse{}
	selector := chaos.Selector{Labels: c.Labels}
	if selector.Empty() { // it would take every pod
		return found, k.err
	}
	for _, p := range k.known {
		name := p.Namespace + "/" + p.Name
		use, used := k.use[name]
		if used && slices.Contains(namespaces, p.Namespace) && selector.Matches(p.Labels) {
			found[name] = use
		}
	}
	return found, k.err
}

// look fetches the pages of the nodes that the setup's pods are on.
func (k *kubelets) look(ctx context.Context) error {
	k.known, k.use = nil, map[string]telemetry.ContainerUse{}
	nodes := map[string]bool{}
	for _, namespace := range k.namespaces {
		var pods corev1.PodList
		if err := k.client.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
			return fmt.Errorf("list the pods of %s: %w", namespace, err)
		}
		k.known = append(k.known, pods.Items...)
		for _, p := range pods.Items {
			if p.Spec.NodeName != "" {
				nodes[p.Spec.NodeName] = true
			}
		}
	}
	var problems []error
	for node := range nodes {
		page, err := k.rest.Get().Resource("nodes").Name(node).SubResource("proxy").Suffix("metrics", "cadvisor").DoRaw(ctx)
		if err != nil {
			problems = append(problems, fmt.Errorf("query the kubelet of %s: %w", node, err))
			continue
		}
		used, err := telemetry.Containers(page)
		if err != nil {
			problems = append(problems, fmt.Errorf("read what the kubelet of %s reports: %w", node, err))
			continue
		}
		maps.Copy(k.use, used)
	}
	return errors.Join(problems...)
}
