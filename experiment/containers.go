package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"odooharness/chaos/mesh"
	"odooharness/telemetry"
)

// kubelets reads what containers use from the kubelets of a setup's pods, through the
// API server. All components ask it; a page is fetched once for them.
type kubelets struct {
	client     client.Client
	rest       *rest.RESTClient
	namespaces []string

	mu    sync.Mutex
	at    time.Time
	use   map[string]telemetry.ContainerUse
	known map[string]map[string]string // namespace/name of a pod -> its labels
	err   error
}

// pageEvery is how long a page holds: the kubelet itself looks every ten seconds or so.
const pageEvery = 5 * time.Second

// openKubelets is nil, and why, when the harness may not ask: a run does without.
func openKubelets(ctx context.Context, s Setup, c client.Client) (k *kubelets, why string, err error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "nodes", Subresource: "proxy"},
	}}
	if err := c.Create(ctx, review); err != nil {
		return nil, "", fmt.Errorf("ask whether kubelets may be asked: %w", err)
	}
	if !review.Status.Allowed {
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
	return &kubelets{client: c, rest: r, namespaces: s.namespaces()}, "", err
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
	for pod, labels := range k.known {
		use, used := k.use[pod]
		if used && slices.Contains(namespaces, labels[podNamespace]) && has(labels, c.Labels) {
			found[pod] = use
		}
	}
	return found, k.err
}

// podNamespace is where a pod's namespace is kept among its labels; no label has such
// a name.
const podNamespace = "/namespace"

func has(labels, wanted map[string]string) bool {
	for name, value := range wanted {
		if labels[name] != value {
			return false
		}
	}
	return len(wanted) > 0
}

// look fetches the pages of the nodes that the setup's pods are on.
func (k *kubelets) look(ctx context.Context) error {
	k.known, k.use = map[string]map[string]string{}, map[string]telemetry.ContainerUse{}
	nodes := map[string]bool{}
	for _, namespace := range k.namespaces {
		var pods corev1.PodList
		if err := k.client.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
			return fmt.Errorf("list the pods of %s: %w", namespace, err)
		}
		for _, p := range pods.Items {
			labels := maps.Clone(p.Labels)
			if labels == nil {
				continue // of no component
			}
			labels[podNamespace] = namespace
			k.known[namespace+"/"+p.Name] = labels
			if p.Spec.NodeName != "" {
				nodes[p.Spec.NodeName] = true
			}
		}
	}
	var problems []error
	for node := range nodes {
		page, err := k.rest.Get().Resource("nodes").Name(node).SubResource("proxy").Suffix("metrics", "cadvisor").DoRaw(ctx)
		if err != nil {
			problems = append(problems, fmt.Errorf("ask the kubelet of %s: %w", node, err))
			continue
		}
		maps.Copy(k.use, telemetry.Containers(page))
	}
	return errors.Join(problems...)
}
