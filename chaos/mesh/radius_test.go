package mesh_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
)

// town is a namespace with the pods of two components and of nobody in the setup.
func town() []client.Object {
	postgres := func(name, node string, phase corev1.PodPhase, annotations map[string]string) *corev1.Pod {
		p := pod(name, map[string]string{"app": "postgres", "team": "shop"})
		p.Spec.NodeName, p.Status.Phase, p.Annotations = node, phase, annotations
		return p
	}
	return []client.Object{
		postgres("pg-0", "n1", corev1.PodRunning, map[string]string{"zone": "a"}),
		postgres("pg-1", "n3", corev1.PodRunning, map[string]string{"zone": "b"}),
		postgres("pg-2", "n3", corev1.PodPending, nil),
		pod("odoo-0", map[string]string{"app": "odoo", "team": "shop"}),
		pod("odoo-1", map[string]string{"app": "odoo", "team": "shop"}),
		pod("bank-0", map[string]string{"app": "postgres", "team": "bank"}), // of no component
		pod("bank-1", map[string]string{"app": "odoo", "team": "bank"}),
	}
}

// shop has the components of the town, by their team.
func shop(o *mesh.Options) {
	for i := range o.Components {
		o.Components[i].Labels = map[string]string{"app": string(o.Components[i].Kind), "team": "shop"}
	}
}

// network is a NetworkChaos with a selector and whatever else of its spec.
func network(selector, mode, more string) string {
	return "apiVersion: chaos-mesh.org/v1alpha1\nkind: NetworkChaos\nmetadata: {name: slow, annotations: {odoo-harness/class: database}}\n" +
		"spec: {action: delay, delay: {latency: 5ms}, duration: 30s, mode: " + mode + ", selector: {" + selector + "}" + more + "}\n"
}

const ofShop = "labelSelectors: {app: postgres, team: shop}"

// Every way to select hits planned pods alone, or is refused. What is planned is what
// Chaos Mesh's controller would choose.
func TestEveryWayToSelect(t *testing.T) {
	peers := func(selector string) string {
		return ", direction: both, target: {mode: all, selector: {" + selector + "}}"
	}
	step := func(selector string) string {
		return "apiVersion: chaos-mesh.org/v1alpha1\nkind: Workflow\nmetadata: {name: steps, annotations: {odoo-harness/class: database}}\n" +
			"spec: {entry: a, templates: [{name: a, templateType: Serial, deadline: 30s, children: [k, l]}, " +
			"{name: k, templateType: PodChaos, podChaos: {action: pod-kill, mode: one, selector: {" + ofShop + "}}}, " +
			"{name: l, templateType: PodChaos, podChaos: {action: pod-failure, mode: all, selector: {" + selector + "}}}]}\n"
	}
	again := func(selector string) string {
		return "apiVersion: chaos-mesh.org/v1alpha1\nkind: Schedule\nmetadata: {name: again, annotations: {odoo-harness/class: database}}\n" +
			"spec: {schedule: '@every 5s', type: PodChaos, podChaos: {action: pod-failure, duration: 3s, mode: one, selector: {" + selector + "}}}\n"
	}
	for name, test := range map[string]struct {
		text string
		want string // pods named in the resource, by selector; or a part of the refusal after "!"
	}{
		"labels":                     {network(ofShop, "all", ""), "pg-0 pg-1 pg-2"},
		"labels of others, too":      {network("labelSelectors: {app: postgres}", "all", ""), "!spec.selector: it would hit shop/bank-0"},
		"one of others, too":         {network("labelSelectors: {app: postgres}", "one", ""), "!it would hit shop/bank-0"},
		"expressions":                {network("expressionSelectors: [{key: team, operator: In, values: [shop]}]", "all", ""), "odoo-0 odoo-1 pg-0 pg-1 pg-2"},
		"expressions of others, too": {network("expressionSelectors: [{key: team, operator: Exists}]", "all", ""), "!it would hit shop/bank-0, shop/bank-1"},
		"annotations":                {network("annotationSelectors: {zone: b}", "all", ""), "pg-1"},
		"annotations of none":        {network("annotationSelectors: {zone: c}", "all", ""), "!spec.selector.annotationSelectors: none of the 7 pods with these labels matches zone=c"},
		"nodes":                      {network(ofShop+", nodes: [n1]", "all", ""), "pg-0"},
		"an unknown node":            {network(ofShop+", nodes: [n9]", "all", ""), "!spec.selector.nodes: none of the 3 pods with these labels matches n9; they have n1, n3"},
		"node selectors":             {network(ofShop+", nodeSelectors: {zone: a}", "all", ""), "!spec.selector.nodeSelectors"},
		"a phase":                    {network(ofShop+", podPhaseSelectors: [Running]", "all", ""), "pg-0 pg-1"},
		"not a phase":                {network(ofShop+", podPhaseSelectors: ['!Pending']", "all", ""), "pg-0 pg-1"},
		"a phase and not another":    {network(ofShop+", podPhaseSelectors: [Pending, Running, '!Pending']", "all", ""), "pg-0 pg-1"},
		"a phase of none":            {network(ofShop+", podPhaseSelectors: [Failed]", "all", ""), "!spec.selector.podPhaseSelectors: none of the 3 pods with these labels matches Failed; they have Pending, Running"},
		"names":                      {network("pods: {shop: [pg-1]}", "all", ""), "pg-1"},
		"names win over labels":      {network("pods: {shop: [bank-0]}, "+ofShop, "all", ""), "!it would hit shop/bank-0"},
		"names of nobody":            {network("pods: {shop: [pg-9]}", "all", ""), "!has one of the names of selector.pods"},
		"one":                        {network(ofShop, "one", ""), "pg-0"},
		"fixed":                      {network(ofShop, "fixed, value: '2'", ""), "pg-0 pg-1"},
		"a share":                    {network(ofShop, "fixed-percent, value: '34'", ""), "pg-0 pg-1"},
		"a share by chance":          {network(ofShop, "random-max-percent, value: '34'", ""), "pg-0 pg-1 pg-2"},
		"peers":                      {network(ofShop, "one", peers("labelSelectors: {app: odoo, team: shop}")), "pg-0; odoo-0 odoo-1"},
		"peers of others, too":       {network(ofShop, "one", peers("labelSelectors: {app: odoo}")), "!spec.target.selector: it would hit shop/bank-1"},
		"a Workflow":                 {step(ofShop), "pg-0; pg-0 pg-1 pg-2"},
		"a Workflow of others, too":  {step("labelSelectors: {app: postgres}"), "!spec.templates.2.podChaos.selector: it would hit shop/bank-0"},
		"a Schedule":                 {again(ofShop), "pg-0"},
		"a Schedule of others, too":  {again("labelSelectors: {app: postgres}"), "!it would hit shop/bank-0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, town()...)
			d := w.driver(shop)
			m := parse(t, test.text)
			m.Duration = max(m.Duration, 30*time.Second) // the experiment's, for a Schedule
			_, err := d.Check(t.Context(), m)
			if want, refused := strings.CutPrefix(test.want, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s, _ := session(t, d, m)
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
				t.Fatal(err)
			}
			if got := namedPods(t, w); got != test.want {
				t.Errorf("the resource names %q, want %q", got, test.want)
			}
		})
	}
}

// namedPods are the pods in the selectors of the only resource, by selector.
func namedPods(t *testing.T, w *world) string {
	t.Helper()
	var selectors []string
	var visit func(node any)
	visit = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				visit(child)
			}
		case map[string]any:
			if pods, ok := node["pods"].(map[string]any); ok {
				var names []string
				for _, name := range pods["shop"].([]any) {
					names = append(names, name.(string))
				}
				selectors = append(selectors, strings.Join(names, " "))
			}
			for _, key := range []string{"spec", "selector", "target", "templates", "podChaos", "schedule", "networkChaos"} {
				visit(node[key])
			}
		}
	}
	for _, list := range []client.ObjectList{&v1alpha1.NetworkChaosList{}, &v1alpha1.WorkflowList{}, &v1alpha1.ScheduleList{}} {
		if err := w.client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		var plain struct{ Items []any }
		if err := json.Unmarshal(raw, &plain); err != nil {
			t.Fatal(err)
		}
		visit(plain.Items)
	}
	return strings.Join(selectors, "; ")
}

// The blast radius counts peers, every fault of a Workflow, and each choice by chance.
func TestMostPods(t *testing.T) {
	workflow := func(children, mode string) string {
		return "apiVersion: chaos-mesh.org/v1alpha1\nkind: Workflow\nmetadata: {name: steps, annotations: {odoo-harness/class: database}}\n" +
			"spec: {entry: a, templates: [{name: a, templateType: Serial, deadline: 30s, children: [" + children + "]}, " +
			"{name: k, templateType: PodChaos, podChaos: {action: pod-kill, mode: " + mode + ", selector: {" + ofShop + "}}}, " +
			"{name: l, templateType: PodChaos, podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {app: odoo, team: shop}}}}]}\n"
	}
	peers := network(ofShop, "one", ", target: {mode: all, selector: {labelSelectors: {app: odoo, team: shop}}}")
	for _, test := range []struct {
		name, text string
		most       int // pods that the fault may hit
	}{
		{"one", network(ofShop, "one", ""), 1},
		{"all", network(ofShop, "all", ""), 3},
		{"with peers", peers, 3},
		{"a share by chance", network(ofShop, "random-max-percent, value: '34'", ""), 2},
		{"two faults", workflow("k, l", "one"), 2},
		{"the same fault twice", workflow("k, k, l", "one"), 2}, // its pod is named
		{"twice by chance", workflow("k, k, l", "random-max-percent, value: '34'"), 4},
	} {
		for limit, refused := range map[int]bool{test.most - 1: true, test.most: false} {
			if limit == 0 {
				continue // no limit
			}
			d := newWorld(t, town()...).driver(func(o *mesh.Options) { shop(o); o.MaxPods = limit })
			_, err := d.Check(t.Context(), parse(t, test.text))
			if refused != (err != nil && strings.Contains(err.Error(), "chaos.maxPods")) {
				t.Errorf("%s with at most %d pods: %v", test.name, limit, err)
			}
		}
	}
}

// The rule after the injection holds whatever the cause: a controller that hits others
// than it was given has its fault reverted at once, and the record names what it hit.
func TestALyingControllerIsCaught(t *testing.T) {
	ofTeam := strings.Replace(slowPostgres, "app: postgres", "app: postgres, team: shop", 1)
	for name, test := range map[string]struct {
		late    bool // it lies after the fault was shown in effect
		maxPods int
		text    string
		want    string
	}{
		"at once": {false, 0, ofTeam, "hit shop/bank-0; planned were shop/pg-0, shop/pg-1"},
		"later":   {true, 0, ofTeam, "hit shop/bank-0; planned were shop/pg-0, shop/pg-1"},
		"more than is allowed": {false, 1, strings.Replace(ofTeam, "mode: all", "mode: random-max-percent\n  value: '50'", 1),
			"hit 2 pods (shop/pg-0, shop/pg-1), and the setup allows 1"},
	} {
		t.Run(name, func(t *testing.T) {
			pods := []client.Object{
				pod("pg-0", map[string]string{"app": "postgres", "team": "shop"}), pod("pg-1", map[string]string{"app": "postgres", "team": "shop"}),
			}
			if test.maxPods == 0 {
				pods = append(pods, pod("bank-0", map[string]string{"app": "postgres", "team": "bank"}))
			}
			w := newWorld(t, pods...)
			s, _ := session(t, w.driver(func(o *mesh.Options) { shop(o); o.MaxPods = test.maxPods }), parse(t, test.text))
			lie := func() { w.mu.Lock(); defer w.mu.Unlock(); w.lies = true }
			if test.late {
				go func() {
					for s.State() != chaos.InEffect && t.Context().Err() == nil {
						time.Sleep(time.Millisecond)
					}
					lie()
				}()
			} else {
				lie()
			}
			w.run()
			began := time.Now()
			err := s.Run(t.Context(), chaos.Plan{Hold: 10 * time.Minute})
			r := s.Injection()
			if !errors.Is(err, chaos.ErrBeyondPlan) || s.State() != chaos.Closed || r.Recovered == nil {
				t.Fatalf("run: %v, %s, %+v", err, s.State(), r)
			}
			if !strings.Contains(r.Beyond, test.want) {
				t.Errorf("the record has %q, want %q", r.Beyond, test.want)
			}
			if test.late != (r.InEffect != nil) {
				t.Errorf("in effect %v", r.InEffect)
			}
			if took := time.Since(began); took > 5*time.Minute {
				t.Errorf("it took %s: the fault was held to its end", took)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

// A Schedule has no end of its own: a Workflow starts it, and ends it by its deadline.
func TestScheduleEndsWithItsWorkflow(t *testing.T) {
	w := newWorld(t, town()...)
	m := parse(t, "apiVersion: chaos-mesh.org/v1alpha1\nkind: Schedule\nmetadata: {name: again, annotations: {odoo-harness/class: database}}\n"+
		"spec: {schedule: '@every 5s', historyLimit: 2, concurrencyPolicy: Allow, type: PodChaos, "+
		"podChaos: {action: pod-failure, duration: 3s, mode: one, selector: {"+ofShop+"}}}\n")
	if _, err := w.driver(shop).Check(t.Context(), m); err == nil || !strings.Contains(err.Error(), "give its length in the experiment") {
		t.Errorf("without a length: %v", err)
	}
	m.Duration = 20 * time.Second
	s, _ := session(t, w.driver(shop), m)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.WorkflowList
	if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("got %v, %v, want one Workflow", list.Items, err)
	}
	template := list.Items[0].Spec.Templates[0]
	if list.Items[0].Spec.Entry != template.Name || template.Type != v1alpha1.TypeSchedule || template.Deadline == nil || *template.Deadline != "20s" {
		t.Errorf("template %+v", template)
	}
	want := &v1alpha1.ChaosOnlyScheduleSpec{Schedule: "@every 5s", HistoryLimit: 2, ConcurrencyPolicy: v1alpha1.AllowConcurrent, Type: "PodChaos"}
	got := template.Schedule.DeepCopy()
	got.PodChaos = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A Workflow ends with the experiment's length of the fault.
func TestWorkflowEndsWithTheFault(t *testing.T) {
	w := newWorld(t, town()...)
	m := parse(t, "apiVersion: chaos-mesh.org/v1alpha1\nkind: Workflow\nmetadata: {name: w, annotations: {odoo-harness/class: database}}\n"+
		"spec: {entry: k, templates: [{name: k, templateType: PodChaos, deadline: 30s, podChaos: {action: pod-failure, mode: one, selector: {"+ofShop+"}}}]}\n")
	m.Duration = 12 * time.Second
	s, _ := session(t, w.driver(shop), m)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	var list v1alpha1.WorkflowList
	if err := w.client.List(t.Context(), &list); err != nil || len(list.Items) != 1 || *list.Items[0].Spec.Templates[0].Deadline != "12s" {
		t.Errorf("got %+v, %v, want one Workflow of 12 s", list.Items, err)
	}
}

// The roles for all faults contain no right to create Workflows: who has it may run any
// container.
func TestRolesWithoutWorkflows(t *testing.T) {
	d := newWorld(t).driver(nil)
	for _, need := range d.Needs() {
		if slices.Contains([]string{"workflows", "schedules"}, need.Resource) {
			t.Errorf("%+v is among the needs of all faults", need)
		}
	}
}
