package manifest_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
)

const good = `apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata:
  name: slow
  annotations: {odoo-harness/class: redis}
spec:
  action: delay
  mode: one
  selector:
    namespaces: [odoo-lab]
    labelSelectors: {app.kubernetes.io/name: redis}
  delay:
    latency: 50ms
    jitter: 5ms
  duration: 30s
`

func TestParse(t *testing.T) {
	got, err := manifest.Parse("a.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	want := chaos.Manifest{
		Path: "a.yaml", Raw: []byte(good), Kind: "NetworkChaos", Name: "slow", Action: "delay",
		Class: "redis", Duration: 30 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	document, err := manifest.Decode(got)
	if err != nil || document.Network == nil || document.Network.Spec.Delay.Latency != "50ms" {
		t.Fatalf("decoded %+v, %v", document, err)
	}
	selector, err := document.Selector()
	if err != nil || selector.Labels["app.kubernetes.io/name"] != "redis" || selector.Mode != "one" {
		t.Errorf("selector %+v, %v", selector, err)
	}
}

// TestProblems: each edit of the good manifest gives exactly these problems.
func TestProblems(t *testing.T) {
	type edit struct{ old, new string }
	for _, test := range []struct {
		name  string
		edits []edit
		want  []string
	}{
		{"unknown fields, all at once", []edit{
			{"action: delay", "action: delay\n  duraton: 5s"}, {"latency: 50ms", "latency: 50ms\n    jiter: 1ms"},
		}, []string{
			"a.yaml:8: spec.duraton: unknown field; did you mean duration?",
			"a.yaml:15: spec.delay.jiter: unknown field; did you mean jitter?",
		}},
		{"wrong types", []edit{{"latency: 50ms", "latency: 50"}, {"mode: one", "mode: [one]"}}, []string{
			"a.yaml:8: spec.mode: must be a single value",
			`a.yaml:13: spec.delay.latency: must be a duration with its unit, not 50; write e.g. 50s`,
		}},
		{"no unit", []edit{{"latency: 50ms", `latency: "50"`}}, []string{
			`a.yaml:13: spec.delay.latency: "50" is no duration; write e.g. 500ms, 30s or 5m`,
		}},
		{"no duration", []edit{{"  duration: 30s\n", ""}}, []string{
			"a.yaml:6: spec.duration: missing: the fault would last until somebody removes it; add its maximum, e.g. duration: 60s",
		}},
		{"backwards", []edit{{"duration: 30s", "duration: -30s"}}, []string{
			"a.yaml:15: spec.duration: must be longer than nothing, not -30s",
		}},
		{"no class, no name, no target", []edit{
			{"  annotations: {odoo-harness/class: redis}\n", ""}, {"  name: slow", "  labels: {a: b}"},
			{"    labelSelectors: {app.kubernetes.io/name: redis}\n", ""},
		}, []string{
			"a.yaml:3: metadata.name: missing; name the fault, e.g. postgres-slow",
			"a.yaml:3: metadata.annotations: odoo-harness/class is missing; write one of database, redis, ingress, application, connector",
			"a.yaml:8: spec.selector: selects everything in its namespaces; narrow it, " +
				"e.g. labelSelectors: {app.kubernetes.io/name: postgresql}",
		}},
		{"unknown class", []edit{{"class: redis", "class: cache"}}, []string{
			`a.yaml:5: metadata.annotations.odoo-harness/class: unknown class "cache"; ` +
				`one of database, redis, ingress, application, connector`,
		}},
		{"unknown action", []edit{{"action: delay", "action: slow"}}, []string{
			`a.yaml:7: spec.action: must be one of netem, delay, loss, duplicate, corrupt, partition, bandwidth, not "slow"`,
			"a.yaml:12: spec.delay: has no effect with action slow; remove it, or use a manifest of its own",
		}},
		{"unknown mode", []edit{{"mode: one", "mode: some"}}, []string{
			`a.yaml:8: spec.mode: must be one of one, all, fixed, fixed-percent, random-max-percent, not "some"`,
		}},
		{"mode without its value", []edit{{"mode: one", "mode: fixed"}}, []string{
			`a.yaml:6: spec: value is missing or empty; write e.g. "2"`,
		}},
		{"what the cluster fills in, and what ties the fault to others", []edit{
			{"  name: slow", "  name: slow\n  uid: a\n  resourceVersion: \"5\"\n  finalizers: [a]\n  ownerReferences: []\n  deletionTimestamp: 2026-01-01T00:00:00Z"},
			{"odoo-harness/class: redis", "odoo-harness/class: redis, experiment.chaos-mesh.org/pause: \"true\""},
			{"spec:", "status: {conditions: []}\nspec:"},
		}, []string{
			"a.yaml:5: metadata.uid: it is that of another resource; remove it",
			"a.yaml:6: metadata.resourceVersion: the cluster refuses it for a new resource; remove it",
			"a.yaml:7: metadata.finalizers: the fault could not be deleted; remove it",
			"a.yaml:8: metadata.ownerReferences: the cluster deletes the fault with its owner; remove it",
			"a.yaml:9: metadata.deletionTimestamp: it is of a fault that is being deleted; remove it",
			"a.yaml:10: metadata.annotations.experiment.chaos-mesh.org/pause: Chaos Mesh would not inject a fault that is paused; remove it",
			"a.yaml:11: status: it is of a fault that has run, and has no effect; remove it",
		}},
		{"key twice", []edit{{"duration: 30s", "duration: 30s\n  duration: 40s"}}, []string{
			"a.yaml:16: spec.duration: given twice, first on line 15; keep one",
		}},
		{"wrong group", []edit{{"chaos-mesh.org", "harness.odoo"}}, []string{
			`a.yaml:1: apiVersion: "harness.odoo/v1alpha1" is not the version of NetworkChaos; write chaos-mesh.org/v1alpha1`,
		}},
		{"unknown kind", []edit{{"kind: NetworkChaos", "kind: NetChaos"}}, []string{"a.yaml:2: kind: unknown kind"}},
		{"two documents", []edit{{"  duration: 30s\n", "  duration: 30s\n---\na: b\n"}}, []string{
			"a.yaml: more than one YAML document",
		}},
		{"no YAML", []edit{{"spec:", "spec: ["}}, []string{"a.yaml:8: not YAML: did not find expected ',' or ']'"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := good
			for _, e := range test.edits {
				if !strings.Contains(text, e.old) {
					t.Fatalf("no %q to edit", e.old)
				}
				text = strings.Replace(text, e.old, e.new, 1)
			}
			_, err := manifest.Parse("a.yaml", []byte(text))
			if err == nil {
				t.Fatal("accepted")
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) < len(test.want) || len(test.want) > 1 && len(got) != len(test.want) {
				t.Fatalf("got %d problems, want %d:\n%v", len(got), len(test.want), err)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
			var problem *manifest.Problem
			if !errors.As(err, &problem) || problem.File != "a.yaml" {
				t.Errorf("no Problem in %v", err)
			}
		})
	}
}

func TestOwnKinds(t *testing.T) {
	head := func(kind string) string {
		return "apiVersion: harness.odoo/v1alpha1\nkind: " + kind + "\n" +
			"metadata: {name: x, annotations: {odoo-harness/class: database}}\n" +
			"spec:\n  mode: one\n  selector: {labelSelectors: {a: b}}\n"
	}
	for _, test := range []struct{ kind, spec, want string }{
		{"PostgresChaos", "  action: restart\n", ""},
		{"PostgresChaos", "  action: lock-table\n  duration: 5s\n  parameters: {table: t, lockMode: share}\n", ""},
		{"PostgresChaos", "  action: lock-table\n  duration: 5s\n", "spec.parameters.table: missing"},
		{"PostgresChaos", "  action: lock-table\n  duration: 5s\n  parameters: {table: t, lockMode: hard}\n", `unknown mode "hard"`},
		{"PostgresChaos", "  action: freeze\n", "spec.duration: missing"},
		{"PostgresChaos", "  action: lock-table\n  duration: 5s\n  parameters: {table: t, databases: [\"\"]}\n", "spec.parameters.databases: has an empty name"},
		{"PostgresChaos", "  action: freeze\n  duration: 5s\n  parameters: {table: t}\n", "has no meaning for freeze"},
		{"PostgresChaos", "  action: restart\n  parameters: {stop: smart}\n", "must be immediate or fast"},
		{"PostgresChaos", "  action: connection-limit\n  duration: 5s\n  parameters: {limit: -1}\n", "must not be negative"},
		{"PostgresChaos", "  action: vacuum\n", "spec.action: must be one of"},
		{"RedisChaos", "  action: flush\n", ""},
		{"RedisChaos", "  action: squeeze-memory\n  duration: 5s\n  parameters: {memory: 80%}\n", ""},
		{"RedisChaos", "  action: squeeze-memory\n  duration: 5s\n", "spec.parameters.memory"},
		{"RedisChaos", "  action: squeeze-memory\n  duration: 5s\n  parameters: {memory: 1mb, policy: lru}\n", `unknown policy "lru"`},
		{"RedisChaos", "  action: pause-clients\n  duration: 5s\n  parameters: {commands: read}\n", "must be all or write"},
		{"OdooChaos", "  action: kill-worker\n", ""},
		{"OdooChaos", "  action: kill-worker\n  parameters: {workers: two}\n", "must be a whole number"},
	} {
		_, err := manifest.Parse("x.yaml", []byte(head(test.kind)+test.spec))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s %s: %v", test.kind, test.spec, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s %s: got %v, want %q", test.kind, test.spec, err, test.want)
		}
	}
}

// TestMeshKinds: a Schedule and a Workflow are read; a driver decides on them.
func TestMeshKinds(t *testing.T) {
	schedule := `apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {name: nightly, annotations: {odoo-harness/class: redis}}
spec:
  schedule: "@every 5m"
  historyLimit: 1
  concurrencyPolicy: Forbid
  type: PodChaos
  podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {a: b}}}
`
	m, err := manifest.Parse("s.yaml", []byte(schedule))
	if err != nil || m.Kind != "Schedule" {
		t.Errorf("schedule: %+v, %v", m, err)
	}
	if document, err := manifest.Decode(m); err == nil {
		if _, err := document.Selector(); err == nil {
			t.Error("a Schedule gave a selector")
		}
	}
	workflow := `apiVersion: chaos-mesh.org/v1alpha1
kind: Workflow
metadata: {name: steps, annotations: {odoo-harness/class: redis}}
spec:
  entry: the-entry
  templates:
    - {name: the-entry, templateType: Serial, deadline: 4m, children: [pause]}
    - {name: pause, templateType: Suspend, deadline: 10s}
`
	if m, err := manifest.Parse("w.yaml", []byte(workflow)); err != nil || m.Kind != "Workflow" {
		t.Errorf("workflow: %+v, %v", m, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	catalogue := chaos.Catalogue()
	files, err := fs.Glob(catalogue, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := fs.ReadFile(catalogue, file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, text := range []string{
		"", "a: b", "kind: PodChaos", "- a", "kind: Workflow\napiVersion: chaos-mesh.org/v1alpha1\nspec: {templates: [{}]}",
		"a: &a [*a]", "? {a: b}\n: c",
		"kind: NetworkChaos\napiVersion: chaos-mesh.org/v1alpha1\nspec: {delay: {}, bandwidth: {rate: x}}",
	} {
		f.Add([]byte(text))
	}
	for field, body := range bodies() {
		f.Add([]byte(schedule(kindOf(field), field+": {"+body+"}")))
		f.Add([]byte(workflow("{name: a, templateType: " + kindOf(field) + ", deadline: 5s, " + field + ": {" + body + "}}")))
		f.Add([]byte("apiVersion: chaos-mesh.org/v1alpha1\nkind: " + kindOf(field) + "\nspec: {" + body + "}\n"))
	}
	f.Add([]byte(strings.Replace(schedule("PodChaos", "a: b"), "'*/5 * * * *'", "TZ=0", 1)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := manifest.Parse("f.yaml", raw)
		if err != nil {
			return
		}
		if m.Kind == "" || m.Name == "" || m.Class == "" || m.Duration < 0 {
			t.Errorf("accepted %+v", m)
		}
		document, err := manifest.Decode(m)
		if err != nil {
			t.Fatalf("accepted by Parse, not by Decode: %v", err)
		}
		_, _ = document.Selector() // must not panic
		for _, step := range document.Steps() {
			if _, err := step.Document.Selector(); err != nil && strings.Contains(err.Error(), "has none") {
				t.Errorf("step %s has no selector", step.Path)
			}
		}
	})
}
