package mesh_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
)

// noted injects a delay of all pods of PostgreSQL, which Chaos Mesh notes as injected.
func noted(t *testing.T, w *world) chaos.Bounded {
	t.Helper()
	m, d := parse(t, slowPostgres), w.driver(nil)
	targets, err := d.Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	fault, err := d.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.reconcile(t.Context())
	proof, err := fault.InEffect(t.Context())
	if err != nil || !proof.Shown || !proof.Noted {
		t.Fatalf("proof %+v, %v; want one that Chaos Mesh noted", proof, err)
	}
	bounded, ok := fault.(chaos.Bounded)
	if !ok {
		t.Fatal("nobody looks again while it lasts")
	}
	return bounded
}

// A fault on two pods is in effect. What then happens to a pod or to the resource is
// noticed at the next look, with the reason.
func TestLostVictimIsNoticed(t *testing.T) {
	key := client.ObjectKey{Namespace: "shop", Name: "pg-0"}
	change := func(do func(*corev1.Pod)) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			var p corev1.Pod
			if err := w.client.Get(t.Context(), key, &p); err != nil {
				t.Fatal(err)
			}
			do(&p)
			if err := w.client.Status().Update(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		happens func(*testing.T, *world)
		want    string // empty: the fault holds
	}{
		"nothing": {func(*testing.T, *world) {}, ""},
		"deleted": {func(t *testing.T, w *world) {
			if err := w.client.Delete(t.Context(), pod("pg-0", nil)); err != nil {
				t.Fatal(err)
			}
		}, "pod shop/pg-0 with uid pg-0-1 no longer exists (1 of 2 pods)"},
		"replaced under its name": {func(t *testing.T, w *world) {
			next := pod("pg-0", map[string]string{"app": "postgres"})
			next.UID = types.UID("pg-0-2")
			if err := errors.Join(w.client.Delete(t.Context(), pod("pg-0", nil)), w.client.Create(t.Context(), next)); err != nil {
				t.Fatal(err)
			}
		}, "pod shop/pg-0 was replaced: uid pg-0-1 became pg-0-2 (1 of 2 pods)"},
		"evicted": {change(func(p *corev1.Pod) {
			p.Status.Phase, p.Status.Reason, p.Status.Message = corev1.PodFailed, "Evicted", "The node was low on resource: memory."
		}), "pod shop/pg-0 has ended (Evicted) The node was low on resource: memory. (1 of 2 pods)"},
		"restarted within its network": {change(func(p *corev1.Pod) { p.Status.ContainerStatuses[0].ContainerID = "x://other" }), ""},
		"paused": {func(t *testing.T, w *world) {
			w.mu.Lock()
			w.absent = true // it would note the injection again
			w.mu.Unlock()
			var list v1alpha1.NetworkChaosList
			if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
				t.Fatal(err, len(list.Items))
			}
			list.Items[0].Status.Experiment.Records[1].Phase = v1alpha1.NotInjected
			if err := w.client.Update(t.Context(), &list.Items[0]); err != nil {
				t.Fatal(err)
			}
		}, `NetworkChaos postgres-slow-r1-1: Chaos Mesh reports shop/pg-1 as "Not Injected"`},
		"the API server fails": {func(_ *testing.T, w *world) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fail = func(string, client.Object) error { return errors.New("connection refused") }
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}), pod("pg-1", map[string]string{"app": "postgres"}))
			fault := noted(t, w)
			test.happens(t, w)
			err := fault.Within(t.Context())
			if lost := errors.Is(err, chaos.ErrLost); lost != (test.want != "") {
				t.Fatalf("lost %t: %v", lost, err)
			}
			if test.want != "" && strings.TrimPrefix(err.Error(), "the effect is lost: ") != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// A resource that somebody else deletes ends the fault, and so does its namespace.
func TestLostResourceIsNoticed(t *testing.T) {
	for name, test := range map[string]struct {
		objects []client.Object
		want    string
	}{
		"deleted":            {[]client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}}, "somebody else deleted it"},
		"with its namespace": {nil, "namespace shop was deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, append(test.objects, pod("pg-0", map[string]string{"app": "postgres"}))...)
			fault := noted(t, w)
			var list v1alpha1.NetworkChaosList
			if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
				t.Fatal(err, len(list.Items))
			}
			list.Items[0].Finalizers = nil
			if err := errors.Join(w.client.Update(t.Context(), &list.Items[0]), w.client.Delete(t.Context(), &list.Items[0])); err != nil {
				t.Fatal(err)
			}
			err := fault.Within(t.Context())
			if !errors.Is(err, chaos.ErrLost) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
