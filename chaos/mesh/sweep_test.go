package mesh_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"example.org/odooharness/chaos/mesh"
)

// nowhere is a client of a process that is not there any more.
func nowhere(w *world) client.Client {
	watching, ok := w.client.(client.WithWatch)
	if !ok {
		w.t.Fatal("the fake client cannot watch")
	}
	gone := errors.New("killed")
	return interceptor.NewClient(watching, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return gone
		},
		Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error { return gone },
	})
}

// left is a fault of another machine, of 30 s, created at a time of the API server.
func left(created time.Time, run string) *v1alpha1.NetworkChaos {
	return &v1alpha1.NetworkChaos{ObjectMeta: metav1.ObjectMeta{
		Name: "slow-" + run, Namespace: "shop", CreationTimestamp: metav1.NewTime(created),
		Labels:      map[string]string{mesh.ManagedByLabel: mesh.ManagedBy, mesh.RunLabel: run},
		Annotations: map[string]string{mesh.HostAnnotation: "elsewhere", mesh.PIDAnnotation: "1", mesh.LengthAnnotation: "30s"},
	}}
}

// Whether a fault of another machine is over depends on the API server's clock alone. The
// clock of the machine that looks is an hour off here.
func TestSweeperUsesTheClockOfTheAPIServer(t *testing.T) {
	server := time.Now().Add(-time.Hour).Truncate(time.Second)
	for name, test := range map[string]struct {
		created time.Time
		lease   string // the run that has the Lease
		living  bool
		says    string
	}{
		"in effect":                    {server.Add(-10 * time.Second), "", true, "ends in 20s at "},
		"within the grace":             {server.Add(-80 * time.Second), "", true, "its time was over at "},
		"overdue":                      {server.Add(-100 * time.Second), "", false, "its time was over at "},
		"in effect, and its run lives": {server.Add(-10 * time.Second), "r9", true, "ends in 20s at "},
		"another run has the setup":    {server.Add(-10 * time.Second), "r8", false, "ends in 20s at "},
	} {
		t.Run(name, func(t *testing.T) {
			objects := []client.Object{left(test.created, "r9")}
			if test.lease != "" {
				objects = append(objects, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
					Name: "odoo-harness", Namespace: "shop", Labels: map[string]string{mesh.RunLabel: test.lease},
				}})
			}
			w := newWorld(t, objects...)
			w.clock = server
			found, err := w.driver(nil).Faults(t.Context())
			if err != nil || len(found) != 1 {
				t.Fatalf("found %v, %v", found, err)
			}
			if found[0].Living != test.living {
				t.Errorf("living %t, want %t", found[0].Living, test.living)
			}
			if text := found[0].String(); !strings.Contains(text, "NetworkChaos shop/slow-r9 of run r9 on elsewhere, "+test.says) {
				t.Errorf("doctor would print %q", text)
			}
			swept, err := w.driver(nil).Leftovers(t.Context())
			if err != nil || (len(swept) == 0) != test.living {
				t.Errorf("the sweep would remove %d, %v", len(swept), err)
			}
		})
	}
}

// Without the right to update the rules of pods a resource that hangs is not removed by
// force: Chaos Mesh reverts it when it can. The error has the first refusal, not the last.
func TestNoForceWithoutTheRightToCleanUp(t *testing.T) {
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
	w.forbid["update podnetworkchaos"] = true
	w.run()
	s, _ := session(t, w.driver(nil), parse(t, slowPostgres))
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.noDaemon = true
	w.mu.Unlock()
	err := s.Recover(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Chaos Mesh has not reverted it yet; look at the pods of chaos-controller-manager") ||
		!strings.Contains(err.Error(), "this account may not update podnetworkchaos") {
		t.Errorf("got %v", err)
	}
	if left := w.left(); len(left) == 0 {
		t.Error("the resource was removed by force")
	}
	w.mu.Lock()
	w.noDaemon = false // it is back: the deletion goes through
	w.mu.Unlock()
	if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

// The rules of a pod that was removed went with it: an account that may not update them has nothing
// to do, whether the name is free or a new pod has it.
func TestRulesOfARemovedPod(t *testing.T) {
	const gone, living = "uid-of-the-old-pod", "uid-of-the-living-pod"
	for name, test := range map[string]struct {
		now     types.UID // of the pod by that name, empty: none
		updated bool
	}{
		"no pod":       {},
		"a new pod":    {now: living},
		"the same pod": {now: gone, updated: true},
	} {
		t.Run(name, func(t *testing.T) {
			objects := []client.Object{left(time.Now().Add(-time.Hour), "r9"), &v1alpha1.PodNetworkChaos{
				ObjectMeta: metav1.ObjectMeta{Name: "pg-0", Namespace: "shop", OwnerReferences: []metav1.OwnerReference{
					{APIVersion: "v1", Kind: "Pod", Name: "pg-0", UID: gone}}},
				Spec: v1alpha1.PodNetworkChaosSpec{TrafficControls: []v1alpha1.RawTrafficControl{{Source: "shop/slow-r9"}}},
			}}
			if test.now != "" {
				p := pod("pg-0", map[string]string{"app": "postgres"})
				p.UID = test.now
				objects = append(objects, p)
			}
			w := newWorld(t, objects...)
			w.clock = time.Now()
			swept, err := w.driver(nil).Sweep(t.Context())
			if err != nil || !slices.Contains(swept, "NetworkChaos shop/slow-r9") {
				t.Fatalf("swept %v, %v", swept, err)
			}
			updated := slices.Contains(swept, "rules of NetworkChaos shop/slow-r9 were taken out of PodNetworkChaos shop/pg-0")
			if updated != test.updated {
				t.Errorf("swept %v, updated %t", swept, test.updated)
			}
		})
	}
}

// What keeps a resource from being deleted is named by its first cause.
func TestFirstErrorIsNamed(t *testing.T) {
	group := v1alpha1.SchemeBuilder.GroupVersion.WithResource("networkchaos").GroupResource()
	for name, test := range map[string]struct {
		first error
		want  string
	}{
		"401":        {apierrors.NewUnauthorized("Unauthorized"), "Chaos Mesh ends it by its duration; renew the credentials, then run harness doctor"},
		"403":        {apierrors.NewForbidden(group, "x", errors.New("no role")), "grant the roles of harness init --rbac"},
		"server":     {errors.New("dial tcp 10.0.0.1:6443: connect: connection refused"), "when the API server is back, run harness doctor"},
		"controller": {errors.New(`Internal error occurred: failed calling webhook "m": connection refused`), "it ends when Chaos Mesh's controller is back"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
			w.run()
			s, fault := session(t, w.driver(nil), parse(t, slowPostgres))
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls := 0
			w.mu.Lock()
			w.fail = func(verb string, _ client.Object) error {
				if verb != "delete" {
					return nil
				}
				if calls++; calls > 1 {
					cancel() // it has tried again
					return errors.New("a later error")
				}
				return test.first
			}
			w.mu.Unlock()
			err := fault.Recover(ctx)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.first.Error()) {
				t.Errorf("got  %v\nwant %q and %q", err, test.want, test.first)
			}
			w.mu.Lock()
			w.fail = nil
			w.mu.Unlock()
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
