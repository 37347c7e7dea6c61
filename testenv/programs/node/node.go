package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Node runs the pods that are bound to it.
type Node struct {
	Name    string
	Address string // of every pod
	Logs    string // folder of the containers' output
	Client  kubernetes.Interface
	Log     *slog.Logger

	mu   sync.Mutex
	pods map[types.UID]*pod
	wait sync.WaitGroup
}

// Run registers the node and runs its pods until ctx ends; then every process has
// been killed.
func (n *Node) Run(ctx context.Context) error {
	n.pods = map[types.UID]*pod{}
	if err := n.register(ctx); err != nil {
		return fmt.Errorf("register node %s: %w", n.Name, err)
	}
	factory := informers.NewSharedInformerFactoryWithOptions(n.Client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", n.Name).String()
		}))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { n.seen(ctx, object) },
		UpdateFunc: func(_, object any) { n.seen(ctx, object) },
		DeleteFunc: n.deleted,
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	<-ctx.Done()
	factory.Shutdown()
	n.wait.Wait()
	return nil
}

func (n *Node) register(ctx context.Context) error {
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("64"), corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods: resource.MustParse("500"),
	}
	object := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: map[string]string{
			"kubernetes.io/hostname": n.Name, "kubernetes.io/os": "linux",
		}},
		Status: corev1.NodeStatus{
			Capacity: room, Allocatable: room,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: n.Address}},
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "ProcessesReady",
				LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
			}},
		},
	}
	status := object.Status
	created, err := n.Client.CoreV1().Nodes().Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		created, err = n.Client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	// The API server taints a new node until the node controller, which does not run
	// here, has seen its heartbeats.
	created.Spec.Taints = nil
	if created, err = n.Client.CoreV1().Nodes().Update(ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	created.Status = status
	_, err = n.Client.CoreV1().Nodes().UpdateStatus(ctx, created, metav1.UpdateOptions{})
	return err
}

// seen hands a pod, as it is now, to its goroutine, which it starts for a new one.
func (n *Node) seen(ctx context.Context, object any) {
	spec, ok := object.(*corev1.Pod)
	if !ok || ctx.Err() != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p, known := n.pods[spec.UID]
	if !known {
		if spec.Status.Phase == corev1.PodSucceeded || spec.Status.Phase == corev1.PodFailed {
			return
		}
		p = newPod(n, spec)
		n.pods[spec.UID] = p
		n.wait.Go(func() {
			p.run(ctx)
			n.mu.Lock()
			defer n.mu.Unlock()
			delete(n.pods, spec.UID)
		})
	}
	p.update(spec)
}

// deleted ends a pod whose object was deleted without a grace period.
func (n *Node) deleted(object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	spec, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if p, known := n.pods[spec.UID]; known {
		p.vanish()
	}
}

// Backoff is the wait before a container is started for the nth time.
func Backoff(restarts int32) time.Duration {
	const first, most = 200 * time.Millisecond, 5 * time.Second
	wait := first
	for range restarts {
		wait = min(wait*2, most)
	}
	return wait
}

// closeAll closes what a failed start had opened.
func closeAll(closers ...io.Closer) {
	for _, c := range closers {
		_ = c.Close() // nothing was written
	}
}
