package mesh_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/mesh"
)

// world is a cluster that is not there: controller-runtime's fake client, with a
// Chaos Mesh that does what the real one was seen to do.
type world struct {
	t      *testing.T
	client client.Client

	mu       sync.Mutex
	forbid   map[string]bool                          // "verb resource"
	fail     func(verb string, o client.Object) error // of the API server
	absent   bool                                     // no controller
	noHooks  bool                                     // the canary passes
	noDaemon bool                                     // what the daemon does fails
	lies     bool                                     // the controller ignores the names of pods
	clock    time.Time                                // of the API server; zero: it stamps nothing
}

const finalizer = "chaos-mesh/records"

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, forbid: map[string]bool{}}
	node, third, ready := "n1", "n3", true
	objects = append(objects, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: "chaos-daemon-x", Namespace: "chaos-mesh"},
		Endpoints: []discoveryv1.Endpoint{
			{NodeName: &node, Conditions: discoveryv1.EndpointConditions{Ready: &ready}},
			{NodeName: &third, Conditions: discoveryv1.EndpointConditions{Ready: &ready}},
		},
	})
	w.client = fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Create: w.create,
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			if err := w.failing(ctx, "delete", o); err != nil {
				return err
			}
			return c.Delete(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if err := w.failing(ctx, "patch", o); err != nil {
				return err
			}
			return c.Patch(ctx, o, p, opts...)
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if err := w.failing(ctx, "get", o); err != nil {
				return err
			}
			return c.Get(ctx, key, o, opts...)
		},
	}).Build()
	return w
}

// controller marks calls of the controllers, which do not fail.
type controller struct{}

func (w *world) failing(ctx context.Context, verb string, o client.Object) error {
	if ctx.Value(controller{}) != nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail == nil {
		return nil
	}
	return w.fail(verb, o)
}

func (w *world) create(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
	if review, ok := o.(*authorizationv1.SelfSubjectAccessReview); ok {
		a := review.Spec.ResourceAttributes
		review.Status.Allowed = !w.forbid[a.Verb+" "+a.Resource]
		return nil
	}
	if o.GetName() == "odoo-harness-canary" {
		if w.noHooks {
			return nil
		}
		return errors.New(`admission webhook "vpodchaos.kb.io" denied the request: containerNames is required`)
	}
	if err := w.failing(ctx, "create", o); err != nil {
		return err
	}
	dry := &client.CreateOptions{}
	dry.ApplyOptions(opts)
	if len(dry.DryRun) > 0 {
		o.SetCreationTimestamp(metav1.NewTime(w.clock))
		return nil
	}
	if o.GetObjectKind().GroupVersionKind().Group == "chaos-mesh.org" {
		o.SetFinalizers([]string{finalizer})
	}
	return c.Create(ctx, o, opts...)
}

// pod is a running, ready pod on node n1.
func pod(name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", Labels: labels, UID: types.UID(name + "-1")},
		Spec:       corev1.PodSpec{NodeName: "n1"},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "main", ContainerID: "x://" + name, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
			}},
		},
	}
}

// reconcile is one round of the controllers over every fault.
func (w *world) reconcile(ctx context.Context) {
	w.t.Helper()
	ctx = context.WithValue(ctx, controller{}, true)
	w.mu.Lock()
	absent, noDaemon := w.absent, w.noDaemon
	w.mu.Unlock()
	if absent {
		return
	}
	var list v1alpha1.NetworkChaosList
	if err := w.client.List(ctx, &list); err != nil {
		w.t.Fatal(err)
	}
	for i := range list.Items {
		w.reconcileOne(ctx, &list.Items[i], noDaemon)
	}
}

func (w *world) reconcileOne(ctx context.Context, n *v1alpha1.NetworkChaos, noDaemon bool) {
	source := n.Namespace + "/" + n.Name
	w.mu.Lock()
	lies := w.lies
	w.mu.Unlock()
	labels := client.MatchingLabels(n.Spec.Selector.LabelSelectors)
	if lies {
		labels = client.MatchingLabels{"app": "postgres"}
	}
	var pods corev1.PodList
	if err := w.client.List(ctx, &pods, client.InNamespace("shop"), labels); err != nil {
		w.t.Fatal(err)
	}
	if those := n.Spec.Selector.Pods["shop"]; !lies {
		pods.Items = slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool { return !slices.Contains(those, p.Name) })
	}
	over := n.DeletionTimestamp != nil
	var records []*v1alpha1.Record
	for _, p := range pods.Items {
		r := &v1alpha1.Record{Id: p.Namespace + "/" + p.Name, Phase: v1alpha1.NotInjected}
		rules := &v1alpha1.PodNetworkChaos{ObjectMeta: metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace}}
		known := w.client.Get(ctx, client.ObjectKeyFromObject(rules), rules) == nil
		rules.Spec = v1alpha1.PodNetworkChaosSpec{}
		if !over {
			rules.Spec.TrafficControls = []v1alpha1.RawTrafficControl{{Source: source}}
		}
		if noDaemon {
			r.Events = []v1alpha1.RecordEvent{{Type: v1alpha1.TypeFailed, Operation: v1alpha1.Apply, Message: "cannot find daemonIP on node n1"}}
		} else if !over {
			r.Phase, r.InjectedCount = v1alpha1.Injected, 1
		}
		var err error
		if known {
			err = w.client.Update(ctx, rules)
		} else if !over {
			rules.ResourceVersion = ""
			err = w.client.Create(ctx, rules)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		records = append(records, r)
	}
	if over && noDaemon {
		return // fails before it reaches the finalizer, as seen
	}
	n.Status.Conditions = []v1alpha1.ChaosCondition{{Type: v1alpha1.ConditionSelected, Status: corev1.ConditionTrue}}
	n.Status.Experiment.Records = records
	if over {
		n.Finalizers = nil
	}
	if err := w.client.Update(ctx, n); client.IgnoreNotFound(err) != nil && !strings.Contains(err.Error(), "modified") {
		w.t.Fatal(err)
	}
}

// run keeps the controllers going until the test's end.
func (w *world) run() {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				w.reconcile(context.WithoutCancel(ctx))
			}
		}
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

func (w *world) driver(change func(*mesh.Options)) *mesh.Driver {
	o := mesh.Options{
		Client: w.client, Namespace: "shop", Namespaces: []string{"shop"}, Run: "r1", Host: "here", PID: 1,
		Components: []mesh.Component{
			{Component: chaos.Component{Name: "shared/postgres", Kind: "postgres", Labels: map[string]string{"app": "postgres"}}},
			{Component: chaos.Component{Name: "shared/odoo", Kind: "odoo", Labels: map[string]string{"app": "odoo"}}},
		},
		Stuck: 200 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	return mesh.New(o)
}

// left names every fault and every rule in the cluster.
func (w *world) left() []string {
	w.t.Helper()
	var names []string
	for _, kind := range []string{"NetworkChaos", "PodChaos"} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
		if err := w.client.List(w.t.Context(), list); err != nil {
			w.t.Fatal(err)
		}
		for _, r := range list.Items {
			names = append(names, kind+" "+r.GetName())
		}
	}
	var rules v1alpha1.PodNetworkChaosList
	if err := w.client.List(w.t.Context(), &rules); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rules.Items {
		if n := len(r.Spec.TrafficControls); n > 0 {
			names = append(names, fmt.Sprintf("%d rules in %s", n, r.Name))
		}
	}
	return names
}

func parse(t *testing.T, text string) chaos.Manifest {
	t.Helper()
	m, err := manifest.Parse("fault.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const slowPostgres = `
apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata:
  name: postgres-slow
  annotations: {odoo-harness/class: database}
spec:
  action: delay
  mode: all
  selector: {labelSelectors: {app: postgres}}
  delay: {latency: 100ms}
  duration: 30s
`
