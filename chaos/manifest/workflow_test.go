package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/manifest"
)

// bodies are specs that Chaos Mesh accepts, by the field of a template, without a
// duration.
func bodies() map[string]string {
	const pods = "mode: all, selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}"
	return map[string]string{
		"podChaos":     pods + ", action: pod-failure",
		"networkChaos": pods + ", action: delay, delay: {latency: 10ms}",
		"stressChaos":  pods + ", stressors: {cpu: {workers: 1}}",
		"ioChaos":      pods + ", action: latency, volumePath: /var, delay: 10ms",
		"httpChaos":    pods + ", target: Request, port: 80, method: GET, path: '*', abort: true",
		"dnsChaos":     pods + ", action: error",
		"timeChaos":    pods + ", timeOffset: -1h",
		// These hit no pod that a plan can show.
		"awsChaos":             "action: ec2-stop, awsRegion: eu-west-1, ec2Instance: i-1",
		"gcpChaos":             "action: node-stop, project: p, zone: z, instance: i",
		"azureChaos":           "action: vm-stop, subscriptionID: s, resourceGroupName: r, vmName: v",
		"jvmChaos":             pods + ", action: gc",
		"kernelChaos":          pods + ", failKernRequest: {failtype: 0}",
		"blockChaos":           pods + ", action: delay, volumeName: v, delay: {latency: 1ms}",
		"physicalmachineChaos": "action: stress-cpu, mode: all, selector: {}",
	}
}

func kindOf(field string) string {
	for _, kind := range []string{
		"PodChaos", "NetworkChaos", "StressChaos", "IOChaos", "HTTPChaos", "DNSChaos", "TimeChaos", "AWSChaos", "GCPChaos",
		"AzureChaos", "JVMChaos", "KernelChaos", "BlockChaos", "PhysicalMachineChaos",
	} {
		if strings.EqualFold(kind, field) {
			return kind
		}
	}
	return ""
}

// podChaosOf is a template from its podChaos on.
func podChaosOf(template string) string {
	_, after, _ := strings.Cut(template, "podChaos:")
	return "podChaos:" + after
}

func possible(field string) bool {
	return slices.Contains([]string{"podChaos", "networkChaos", "stressChaos", "ioChaos", "httpChaos", "dnsChaos", "timeChaos"}, field)
}

func schedule(typ, fields string) string {
	return "apiVersion: chaos-mesh.org/v1alpha1\nkind: Schedule\nmetadata: {name: f, annotations: {odoo-harness/class: database}}\n" +
		"spec: {schedule: '*/5 * * * *', historyLimit: 1, concurrencyPolicy: Forbid, type: " + typ + ", " + fields + "}\n"
}

func workflow(templates string) string {
	return "apiVersion: chaos-mesh.org/v1alpha1\nkind: Workflow\nmetadata: {name: f, annotations: {odoo-harness/class: database}}\n" +
		"spec: {entry: a, templates: [" + templates + "]}\n"
}

// Each kind within a Schedule and within a Workflow is accepted, or refused with its
// field. None may panic: the validators of some expect their own kind around the spec.
func TestEveryKindWithinOthers(t *testing.T) {
	for field, body := range bodies() {
		for root, text := range map[string]string{
			"Schedule": schedule(kindOf(field), field+": {"+body+", duration: 5s}"),
			"Workflow": workflow("{name: a, templateType: " + kindOf(field) + ", deadline: 5s, " + field + ": {" + body + "}}"),
		} {
			m, err := manifest.Parse("m.yaml", []byte(text))
			if !possible(field) {
				if err == nil {
					t.Errorf("%s of %s: accepted", root, field)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s of %s: %v", root, field, err)
				continue
			}
			document, err := manifest.Decode(m)
			if err != nil {
				t.Fatal(err)
			}
			steps := document.Steps()
			if len(steps) != 1 || steps[0].Document.Kind() != kindOf(field) || !strings.HasSuffix(steps[0].Path, "."+field) || steps[0].Times != 1 {
				t.Errorf("%s of %s: steps %+v", root, field, steps)
			}
			if want := field == "podChaos"; m.Destroys != want {
				t.Errorf("%s of %s: destroys is %t, want %t", root, field, m.Destroys, want)
			}
		}
	}
}

func TestScheduleRules(t *testing.T) {
	pod := "podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {a: b}}}"
	for _, test := range []struct{ text, want string }{
		{schedule("PodChaos", pod), ""},
		{strings.Replace(schedule("PodChaos", pod), "'*/5 * * * *'", "'every 5 minutes'", 1), "spec.schedule"},
		{strings.Replace(schedule("PodChaos", pod), "'*/5 * * * *'", "'TZ=0'", 1), "spec.schedule"}, // the library panics on it
		{strings.Replace(schedule("PodChaos", pod), "'*/5 * * * *'", "'61 * * * *'", 1), "spec.schedule"},
		{strings.Replace(schedule("PodChaos", pod), "'*/5 * * * *'", "'0 0 30 2 *'", 1), "no such day comes"},
		{strings.Replace(schedule("PodChaos", pod), "'*/5 * * * *'", "'@every 100ms'", 1), "it repeats after at least 1s"},
		{schedule("NetworkChaos", pod), "spec.podChaos: has no effect with type NetworkChaos"},
		{schedule("NetworkChaos", pod), "spec: type NetworkChaos without its spec; add networkChaos"},
		{schedule("PodChaos", "historyLimit: 1"), "given twice"},
		{schedule("Workflow", "workflow: {entry: a, templates: [{name: a, templateType: Suspend, deadline: 1s}]}"), "spec.type"},
		{schedule("Pod", pod), "spec.type: must be one of"},
		{schedule("PodChaos", strings.Replace(pod, "pod-kill", "pod-failure", 1)), "spec.podChaos.duration: missing"},
		{schedule("PodChaos", strings.Replace(pod, "{a: b}", "{}", 1)), "spec.podChaos.selector: selects everything"},
		{schedule("PodChaos", strings.Replace(pod, "mode: one", "mode: one, remoteCluster: east", 1)), "spec.podChaos.remoteCluster"},
	} {
		expect(t, test.text, test.want)
	}
}

func TestWorkflowRules(t *testing.T) {
	const kill = "{name: k, templateType: PodChaos, podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {a: b}}}}"
	entry := func(children string) string {
		return "{name: a, templateType: Serial, deadline: 60s, children: [" + children + "]}"
	}
	slow := "{name: k, templateType: NetworkChaos, networkChaos: {action: delay, mode: all, selector: {labelSelectors: {a: b}}, " +
		"delay: {latency: 5ms}%s}}"
	for _, test := range []struct{ templates, want string }{
		{entry("k") + ", " + kill, ""},
		{entry("k, k") + ", " + kill, ""},
		{strings.Replace(entry("k"), "deadline: 60s, ", "", 1) + ", " + kill, "spec.templates[0].deadline: missing: the deadline of the entry"},
		{strings.Replace(entry("k"), "60s", "soon", 1) + ", " + kill, "spec.templates[0].deadline"},
		{strings.Replace(entry("k"), "60s", "-1s", 1) + ", " + kill, "spec.templates[0].deadline: must be longer than nothing"},
		{entry("x") + ", " + kill, `spec.templates[0].children[0]: there is no template "x"`},
		{entry("") + ", " + kill, "spec.templates[0].children: missing"},
		{entry("k, a") + ", " + kill, "spec.templates[0].children: a starts without end"},
		{entry("b") + ", {name: b, templateType: Parallel, children: [k, b]}, " + kill, "spec.templates[1].children: b starts without end"},
		{entry("b") + ", {name: b, templateType: Suspend, deadline: 1s}, " + kill, "spec.templates[2]: k is never started"},
		{entry("k") + ", " + kill + ", " + kill, `spec.templates[2].name: "k" is the name of the template`},
		{strings.Replace(entry("k"), "name: a", "name: b", 1) + ", " + kill, `spec.entry: there is no template "a"`},
		{strings.ReplaceAll(entry("k")+", "+kill, "k,", "K_,"), "spec.templates[1].name: \"K_\" is no name for Kubernetes"},
		{entry("b") + ", {name: b, templateType: Suspend}", "spec.templates[1].deadline: missing"},
		{entry("b") + ", {name: b, templateType: Task, task: {container: {name: c, image: i}}}", "spec.templates[1].templateType: a Task runs a program"},
		{entry("b") + ", {name: b, templateType: StatusCheck, statusCheck: {type: HTTP, http: {url: 'http://x'}}}", "spec.templates[1].templateType: a StatusCheck"},
		{entry("b") + ", {name: b, templateType: Schedule, deadline: 5s, schedule: {schedule: '@every 1s', type: PodChaos, " +
			"podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {a: b}}}}}", "spec.templates[1].templateType: what a Schedule within"},
		{entry("b") + ", {name: b, templateType: Magic}", "spec.templates[1].templateType: must be Serial"},
		{entry("k") + ", {name: k, templateType: PodChaos}", "spec.templates[1]: type PodChaos without its spec"},
		{entry("k") + ", {name: k, templateType: NetworkChaos, " + podChaosOf(kill), "spec.templates[1].podChaos: has no effect"},
		{entry("k") + ", " + fmt.Sprintf(slow, ""), ""},
		{entry("k") + ", " + fmt.Sprintf(slow, ", duration: 5s"), "spec.templates[1].networkChaos.duration: has no place within a Workflow"},
		{entry("k") + ", " + fmt.Sprintf(slow, ", remoteCluster: east"), "spec.templates[1].networkChaos.remoteCluster"},
		{entry("k") + ", " + strings.Replace(fmt.Sprintf(slow, ""), "latency: 5ms", "latency: '5'", 1), "spec.templates[1].networkChaos.delay.latency"},
		{entry("k") + ", " + strings.Replace(fmt.Sprintf(slow, ""), "delay,", "loss,", 1), "spec.templates[1].networkChaos.loss: missing"},
		{entry("k") + ", " + strings.Replace(kill, "{a: b}", "{}", 1), "spec.templates[1].podChaos.selector: selects everything"},
		{entry("b") + ", {name: b, templateType: Suspend, deadline: 1s, children: [a]}", "spec.templates[1].children: has no effect with type Suspend"},
		{strings.Replace(entry("k"), "children", "abortWithStatusCheck: true, children", 1) + ", " + kill, "spec.templates[0].abortWithStatusCheck: has no effect"},
		{strings.Replace(entry("k"), "children", kill[strings.Index(kill, "podChaos:"):len(kill)-1]+", children", 1) + ", " + kill, "spec.templates[0].podChaos: has no effect with type Serial"},
		{"", "spec.templates: missing"},
	} {
		expect(t, workflow(test.templates), test.want)
	}
}

// A Workflow may start a template several times, also through others.
func TestStepsCountTheirStarts(t *testing.T) {
	const pods = "mode: one, selector: {labelSelectors: {a: b}}"
	text := workflow("{name: a, templateType: Serial, deadline: 60s, children: [b, k, b]}, {name: b, templateType: Parallel, children: [k, l]}, " +
		"{name: k, templateType: PodChaos, podChaos: {action: pod-kill, " + pods + "}}, " +
		"{name: l, templateType: PodChaos, podChaos: {action: pod-failure, " + pods + "}}")
	m, err := manifest.Parse("m.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	document, err := manifest.Decode(m)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range document.Steps() {
		got[s.Path+" "+s.Document.Action()] = s.Times
	}
	want := map[string]int{"spec.templates[2].podChaos pod-kill": 3, "spec.templates[3].podChaos pod-failure": 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func expect(t *testing.T, text, want string) {
	t.Helper()
	_, err := manifest.Parse("m.yaml", []byte(text))
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", text, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: got %v, want %q", text, err, want)
	}
}

// remoteCluster is refused in every kind.
func TestRemoteClusterIsRefused(t *testing.T) {
	for field, body := range bodies() {
		if !possible(field) {
			continue
		}
		text := "apiVersion: chaos-mesh.org/v1alpha1\nkind: " + kindOf(field) + "\nmetadata: {name: f, annotations: {odoo-harness/class: ingress}}\n" +
			"spec: {" + body + ", duration: 5s"
		expect(t, text+"}\n", "")
		expect(t, text+", remoteCluster: east}\n", "m.yaml:4: spec.remoteCluster: Chaos Mesh would inject in another cluster")
	}
}

// Separators before and after the document are none of their own, as for kubectl.
func TestSeparators(t *testing.T) {
	const text = "apiVersion: chaos-mesh.org/v1alpha1\nkind: PodChaos\nmetadata: {name: f, annotations: {odoo-harness/class: database}}\n" +
		"spec: {action: pod-kill, mode: one, selector: {labelSelectors: {a: b}}}\n"
	for _, around := range []string{"%s---\n", "---\n%s", "---\n%s---\n---\n", "---\n---\n%s", "# why\n---\n# what\n---\n%s...\n", "%s---\n# the end\n"} {
		m, err := manifest.Parse("m.yaml", []byte(fmt.Sprintf(around, text)))
		if err != nil {
			t.Errorf("%q: %v", around, err)
			continue
		}
		if _, err := manifest.Decode(m); err != nil || m.Name != "f" {
			t.Errorf("%q: %+v, %v", around, m, err)
		}
		// A reader of one document finds it.
		if !strings.Contains(string(m.Raw), "PodChaos") || strings.HasPrefix(string(m.Raw), "---\n---") {
			t.Errorf("%q: raw is %q", around, m.Raw)
		}
	}
	expect(t, text+"---\n"+text, "more than one YAML document")
	expect(t, "---\n---\n", "the file is empty")
}

// Kubernetes refuses some names, keys and values, or never matches them.
func TestNamesForKubernetes(t *testing.T) {
	const text = "apiVersion: chaos-mesh.org/v1alpha1\nkind: PodChaos\nmetadata: {name: NAME, labels: {LABEL}, annotations: {odoo-harness/class: database, NOTE}}\n" +
		"spec: {action: pod-kill, mode: one, selector: {labelSelectors: {SELECT}, EXTRA}}\n"
	good := map[string]string{"NAME": "f", "LABEL": "a: b", "NOTE": "a: b", "SELECT": "a: b", "EXTRA": "namespaces: [x]"}
	for _, test := range []struct{ part, value, want string }{
		{"NAME", "f", ""},
		{"NAME", "Postgres_Slow", `metadata.name: "Postgres_Slow" is no name for Kubernetes`},
		{"NAME", strings.Repeat("x", 46), "metadata.name: has 46 characters"},
		{"LABEL", "a: b c", `metadata.labels.a: "b c" is no value`},
		{"LABEL", "a b: c", "metadata.labels.a b: is no key"},
		{"NOTE", "a b: c", "metadata.annotations.a b: is no key"},
		{"NOTE", "a: b c", ""},
		{"SELECT", "a: b c", `spec.selector.labelSelectors.a: "b c" is no value`},
		{"SELECT", "a/b/c: d", "spec.selector.labelSelectors.a/b/c: is no key"},
		{"EXTRA", "expressionSelectors: [{key: a, operator: In, values: [b]}]", ""},
		{"EXTRA", "expressionSelectors: [{key: a, operator: In}]", "spec.selector.expressionSelectors[0].values: missing"},
		{"EXTRA", "expressionSelectors: [{key: a, operator: Exists, values: [b]}]", "spec.selector.expressionSelectors[0].values: have no meaning"},
		{"EXTRA", "expressionSelectors: [{key: a, operator: Is, values: [b]}]", "spec.selector.expressionSelectors[0].operator: must be one of"},
		{"EXTRA", "podPhaseSelectors: [Running, '!Pending']", ""},
		{"EXTRA", "podPhaseSelectors: [Ready]", "spec.selector.podPhaseSelectors[0]: unknown phase"},
	} {
		out := text
		for part, value := range good {
			if part == test.part {
				value = test.value
			}
			out = strings.Replace(out, part, value, 1)
		}
		expect(t, out, test.want)
	}
}
