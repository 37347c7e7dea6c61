package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
)

// service is one port of a Service.
type service struct {
	name, namespace string
	port            int32
}

func (s service) String() string { return fmt.Sprintf("%s.%s:%d", s.name, s.namespace, s.port) }

var errNoneReady = errors.New("no pod is ready")

// ready is a pod behind the Service that is ready, and its port.
func (s service) ready(ctx context.Context, c client.Client) (pod string, port int32, err error) {
	object, err := lookUp(ctx, c, s.namespace, s.name)
	if err != nil {
		return "", 0, err
	}
	i := slices.IndexFunc(object.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == s.port })
	if i < 0 || len(object.Spec.Selector) == 0 {
		return "", 0, fmt.Errorf("the Service %s in namespace %s has no port %d of pods", s.name, s.namespace, s.port)
	}
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(s.namespace), client.MatchingLabels(object.Spec.Selector)); err != nil {
		return "", 0, fmt.Errorf("look for the pods of %s: %w", s, err)
	}
	for _, p := range pods.Items {
		if p.DeletionTimestamp == nil && mesh.PodReady(p) {
			return p.Name, targetPort(object.Spec.Ports[i], p), nil
		}
	}
	return "", 0, fmt.Errorf("%s: %w", s, errNoneReady)
}

func lookUp(ctx context.Context, c client.Client, namespace, name string) (s corev1.Service, err error) {
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &s); err != nil {
		return s, fmt.Errorf("look up Service %s in namespace %s: %w", name, namespace, err)
	}
	return s, nil
}

// targetPort is the number of the port in the pod, which the Service may name.
func targetPort(p corev1.ServicePort, pod corev1.Pod) int32 {
	if p.TargetPort.Type == intstr.String {
		for _, c := range pod.Spec.Containers {
			for _, port := range c.Ports {
				if port.Name == p.TargetPort.StrVal {
					return port.ContainerPort
				}
			}
		}
	}
	if p.TargetPort.IntVal != 0 {
		return p.TargetPort.IntVal
	}
	return p.Port
}

// lookEvery is how long an answer of the API server holds: as long as a Service
// needs to see that a pod is not ready any more.
const lookEvery = time.Second

// backends remembers the ready pod for a moment, so that a burst of connections does
// not become a burst of questions.
type backends struct {
	service service
	client  client.Client

	mu   sync.Mutex
	pod  string
	port int32
	at   time.Time
}

func (b *backends) pick(ctx context.Context) (string, int32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pod != "" && time.Since(b.at) < lookEvery {
		return b.pod, b.port, nil
	}
	pod, port, err := b.service.ready(ctx, b.client)
	b.pod, b.port, b.at = pod, port, time.Now()
	return pod, port, err
}

func (b *backends) forget() {
	b.mu.Lock()
	b.pod = ""
	b.mu.Unlock()
}
