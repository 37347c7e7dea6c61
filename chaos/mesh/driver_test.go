package mesh_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
)

func TestCheckShowsThePodsHit(t *testing.T) {
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}), pod("odoo-a", map[string]string{"app": "odoo"}))
	targets, err := w.driver(nil).Check(t.Context(), parse(t, slowPostgres))
	if err != nil {
		t.Fatal(err)
	}
	if len(targets) != 1 || targets[0].Name != "shared/postgres" || targets[0].Reach != "1 of 1 pods: shop/pg-0" {
		t.Errorf("targets are %+v", targets)
	}
}

func TestCheckRefuses(t *testing.T) {
	stranger := pod("bank-0", map[string]string{"app": "postgres", "team": "bank"})
	many := []client.Object{
		pod("pg-0", map[string]string{"app": "postgres"}), pod("pg-1", map[string]string{"app": "postgres"}),
	}
	for name, test := range map[string]struct {
		pods     []client.Object
		manifest string
		change   func(*mesh.Options)
		want     string
	}{
		"nothing matches": {manifest: slowPostgres, want: "no pod in namespace shop has the labels app=postgres now; there are the components shared/postgres (app=postgres)"},
		"a pod of no component": {
			pods: []client.Object{stranger}, manifest: slowPostgres,
			change: func(o *mesh.Options) { o.Components[0].Labels = map[string]string{"team": "shop"} },
			want:   "it would hit shop/bank-0, which belong to no component",
		},
		"too many pods": {
			pods: many, manifest: slowPostgres, change: func(o *mesh.Options) { o.MaxPods = 1 },
			want: "up to 2 pods would be hit, and the setup allows 1",
		},
		"too many pods by a share, which is rounded up": {
			pods: append(many, pod("pg-2", map[string]string{"app": "postgres"})), change: func(o *mesh.Options) { o.MaxPods = 1 },
			manifest: strings.Replace(slowPostgres, "mode: all", "mode: fixed-percent\n  value: '50'", 1),
			want:     "up to 2 pods would be hit, and the setup allows 1",
		},
		"a foreign namespace by the pods' names": {
			manifest: strings.Replace(slowPostgres, "selector: {", "selector: {pods: {kube-system: [dns]}, ", 1),
			want:     "namespace kube-system is not among those that the setup allows",
		},
		"a worker of Odoo": {
			manifest: "apiVersion: harness.odoo/v1alpha1\nkind: OdooChaos\nmetadata: {name: k, annotations: {odoo-harness/class: application}}\n" +
				"spec: {action: kill-worker, mode: one, selector: {labelSelectors: {app: odoo}}}",
			want: "container-kill",
		},
		"a carrier that fails": {
			manifest: "apiVersion: harness.odoo/v1alpha1\nkind: CarrierChaos\nmetadata: {name: k, annotations: {odoo-harness/class: connector}}\n" +
				"spec: {action: fail, mode: one, duration: 5s, selector: {labelSelectors: {app: carrier}}}",
			want: "inside its pod",
		},
		"a database without its Secret": {
			manifest: "apiVersion: harness.odoo/v1alpha1\nkind: PostgresChaos\nmetadata: {name: k, annotations: {odoo-harness/class: database}}\n" +
				"spec: {action: terminate-backends, mode: one, selector: {labelSelectors: {app: postgres}}}",
			want: "name its Secret",
		},
		"a database's process": {
			manifest: "apiVersion: harness.odoo/v1alpha1\nkind: PostgresChaos\nmetadata: {name: k, annotations: {odoo-harness/class: database}}\n" +
				"spec: {action: restart, mode: one, selector: {labelSelectors: {app: postgres}}}",
			want: "inside its pod",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.pods...)
			_, err := w.driver(test.change).Check(t.Context(), parse(t, test.manifest))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Namespaces of the manifest give way to those of the setup, in the peers' selector
// as well: nothing outside of them can be hit, whatever was written.
func TestNamespacesAreTheSetups(t *testing.T) {
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}), pod("odoo-0", map[string]string{"app": "odoo"}))
	text := strings.Replace(slowPostgres, "selector: {", "selector: {namespaces: [kube-system], ", 1)
	text += "  direction: both\n  target: {mode: all, selector: {namespaces: [kube-system], labelSelectors: {app: odoo}}}\n"
	s, f := session(t, w.driver(nil), parse(t, text))
	w.run()
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	n := onlyNetworkChaos(t, w)
	for where, got := range map[string][]string{
		"selector": n.Spec.Selector.Namespaces, "target": n.Spec.Target.Selector.Namespaces,
	} {
		if len(got) != 1 || got[0] != "shop" {
			t.Errorf("%s is in namespaces %v", where, got)
		}
	}
	if n.Labels[mesh.RunLabel] != "r1" || n.Annotations[mesh.PIDAnnotation] != "1" || *n.Spec.Duration != "30s" {
		t.Errorf("it is not marked: labels %v, annotations %v, duration %v", n.Labels, n.Annotations, *n.Spec.Duration)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = f
}

func TestPrepareSaysAllThatIsMissingAtOnce(t *testing.T) {
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
	w.forbid["create networkchaos"], w.forbid["list pods"] = true, true
	s, _ := session(t, w.driver(nil), parse(t, slowPostgres))
	err := s.Prepare(t.Context())
	for _, want := range []string{"create networkchaos.chaos-mesh.org", "list pods", "kind: Role", "kind: RoleBinding"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestPrepareNamesWhatIsAbsent(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*world)
		want   string
	}{
		"webhooks":   {func(w *world) { w.noHooks = true }, "half installed"},
		"controller": {func(w *world) { w.fail = refuseWith("create", "failed calling webhook: connection refused") }, "does not answer"},
		"version":    {func(w *world) { w.fail = refuseWith("create", "denied the request: spec.x unknown") }, "compare the versions"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
			test.change(w)
			s, _ := session(t, w.driver(nil), parse(t, slowPostgres))
			if err := s.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	t.Run("daemon", func(t *testing.T) {
		elsewhere := pod("pg-0", map[string]string{"app": "postgres"})
		elsewhere.Spec.NodeName = "n2"
		w := newWorld(t, elsewhere)
		s, _ := session(t, w.driver(nil), parse(t, slowPostgres))
		if err := s.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "none for shop/pg-0 on node n2") {
			t.Errorf("got %v", err)
		}
	})
}

// A fault that the daemon cannot revert is removed by force, with its rules, and this is
// reported.
func TestStuckDeletionIsForcedAndReported(t *testing.T) {
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
	var logged bytes.Buffer
	d := w.driver(func(o *mesh.Options) { o.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	s, _ := session(t, d, parse(t, slowPostgres))
	w.run()
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.noDaemon = true
	w.mu.Unlock()
	if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context())); err != nil {
		t.Fatal(err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if !strings.Contains(logged.String(), "finalizers were removed") {
		t.Errorf("logged was %q", logged.String())
	}
	if proof := s.Injection().GoneProof; !strings.Contains(proof, "finalizers were removed") {
		t.Errorf("the record says %q", proof)
	}
}

func refuseWith(verb, text string) func(string, client.Object) error {
	return func(v string, o client.Object) error {
		if v == verb && o.GetObjectKind().GroupVersionKind().Group == "chaos-mesh.org" {
			return errors.New(text)
		}
		return nil
	}
}

func session(t *testing.T, d *mesh.Driver, m chaos.Manifest) (*chaos.Session, chaos.Fault) {
	t.Helper()
	fault, err := d.Fault(m, []chaos.Component{{Name: "shared/postgres"}})
	if err != nil {
		t.Fatal(err)
	}
	return newSession(fault), fault
}

// A Workflow lasts as long as the deadline of its entry.
func TestWorkflowLastsUntilItsDeadline(t *testing.T) {
	m := parse(t, `
apiVersion: chaos-mesh.org/v1alpha1
kind: Workflow
metadata: {name: w, annotations: {odoo-harness/class: database}}
spec:
  entry: all
  templates:
  - {name: all, templateType: Serial, deadline: 40s, children: [kill]}
  - name: kill
    templateType: PodChaos
    deadline: 10s
    podChaos: {action: pod-kill, mode: all, selector: {labelSelectors: {app: postgres}}}
`)
	if m.Duration != 40*time.Second {
		t.Errorf("it lasts %s", m.Duration)
	}
}

// CPU stress ends with the fault also when nobody ends it; a limit of the manifest's own
// stays as it is.
func TestStressEndsByItself(t *testing.T) {
	for name, test := range map[string]struct {
		options string
		want    []string
	}{
		"none":    {"", []string{"--timeout 30s"}},
		"others":  {", options: [--sched batch]", []string{"--sched batch", "--timeout 30s"}},
		"its own": {", options: [--timeout 5s]", []string{"--timeout 5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}))
			s, _ := session(t, w.driver(nil), parse(t, `
apiVersion: chaos-mesh.org/v1alpha1
kind: StressChaos
metadata: {name: busy, annotations: {odoo-harness/class: database}}
spec: {mode: one, selector: {labelSelectors: {app: postgres}}, duration: 30s, stressors: {cpu: {workers: 1`+test.options+`}}}
`))
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
				t.Fatal(err)
			}
			var list v1alpha1.StressChaosList
			if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
				t.Fatalf("got %v, %v, want one StressChaos", list.Items, err)
			}
			if got := list.Items[0].Spec.Stressors.CPUStressor.Options; !slices.Equal(got, test.want) {
				t.Errorf("options are %q, want %q", got, test.want)
			}
		})
	}
}

// The driver chooses the pods once: a controller that dies during the injection would
// choose again.
func TestWhoIsHitIsChosenOnce(t *testing.T) {
	labels := map[string]string{"app": "postgres"}
	unready := pod("pg-0", labels)
	unready.Status.Conditions = nil
	w := newWorld(t, unready, pod("pg-1", labels), pod("pg-2", labels), pod("pg-3", labels))
	s, _ := session(t, w.driver(nil), parse(t, `
apiVersion: chaos-mesh.org/v1alpha1
kind: TimeChaos
metadata: {name: shift, annotations: {odoo-harness/class: database}}
spec: {mode: fixed-percent, value: '50', selector: {labelSelectors: {app: postgres}}, duration: 30s, timeOffset: -1h}
`))
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.TimeChaosList
	if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("got %v, %v, want one TimeChaos", list.Items, err)
	}
	spec := list.Items[0].Spec
	if got, want := spec.Selector.Pods["shop"], []string{"pg-1", "pg-2"}; spec.Mode != v1alpha1.AllMode || !slices.Equal(got, want) {
		t.Errorf("it hits mode %s of %q, want all of %q", spec.Mode, got, want)
	}
}
