package generators

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
)

const shippedTestRun = "../../deploy/load/testrun.yaml"

// The shipped manifest needs no change but its image.
func TestShippedTestRun(t *testing.T) {
	g := spec.Generators{Engine: spec.EngineOperator, TestRun: shippedTestRun}
	if _, problems := readTestRun(g); len(problems) > 0 {
		t.Error(problems)
	}
	if got := Where(g); got != "as pods of TestRun odoo-harness-load in namespace odoo-harness" {
		t.Error(got)
	}
}

// Each edit of the shipped manifest is refused, with the file, the field and what to write.
func TestRefusedTestRuns(t *testing.T) {
	refused(t, shippedTestRun, []edit{
		{"kind: TestRun", "kind: K6", "kind: it is a K6 of k6.io/v1alpha1; write apiVersion: k6.io/v1alpha1 and kind: TestRun"},
		{"  name: odoo-harness-load\n  namespace", "  namespace", "metadata.name: the TestRun has no name"},
		{"  namespace: odoo-harness\n", "", "metadata.namespace: the TestRun has no namespace"},
		{"namespace: odoo-harness\n", "namespace: shop-production\n", "metadata.namespace: the namespace shop-production is production by its name"},
		{"spec:\n", "spec:\n  parallelism: 4\n", "spec.parallelism: the harness sets it, from generators.count; remove it"},
		{"spec:\n", "spec:\n  script: {configMap: {name: x}}\n", "spec.script: the runners get the scripts of the experiment"},
		{"spec:\n", "spec:\n  args: [--vus, '4']\n", "spec.args: the runners get the scripts of the experiment"},
		{"spec:\n", "spec:\n  arguments: --vus 4\n", "spec.arguments: the runners get the scripts of the experiment"},
		{"spec:\n", "spec:\n  testRunId: '4'\n", "spec.testRunId: it would make the run one of Grafana Cloud"},
		{"    image: odoo-harness:latest # the same as that of the harness\n", "", "spec.runner.image: it has no image; write that of the harness"},
		{"  runner:\n", "  runner: odoo-harness\n  rest:\n", "spec.runner: it is no mapping, its image no text, or its env no list"},
		{"metadata:\n", "metadat:\n", "unknown field; did you mean metadata?"},
		{"spec:\n", "spec:\n  runner: {image: x}\n", "spec.runner: given twice, first on line"},
		{"kind: TestRun\n", "kind: TestRun\n---\nkind: TestRun\n", "more than one YAML document"},
		{"  runner:\n", "  Runner:\n", "spec.runner.image: it has no image"},
	}, func(path string) file.Problems {
		_, problems := readTestRun(spec.Generators{TestRun: path})
		return problems
	})
	if _, problems := readTestRun(spec.Generators{TestRun: "none.yaml"}); len(problems) != 1 ||
		!strings.Contains(problems.Error(), "generators.testRun") {
		t.Errorf("no file: %v", problems)
	}
}

// What the harness adds to a manifest, and what is the user's own. The credential is in the
// Secret alone.
func TestTestRunOfARun(t *testing.T) {
	manifest := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(`apiVersion: k6.io/v1alpha1
kind: TestRun
metadata: {name: load, namespace: shop, labels: {team: a}}
spec:
  separate: true
  initializer: {image: grafana/k6}
  runner: {image: "harness:1", nodeSelector: {disk: fast}, env: [{name: A, value: b, more: 1}]}
`), &manifest.Object); err != nil {
		t.Fatal(err)
	}
	before := manifest.DeepCopy()
	c := coordinator(t, 3)
	w, err := testRunOf(manifest, spec.Generators{Count: 3, Address: "10.0.0.7:7443"}, c)
	if err != nil {
		t.Fatal(err)
	}
	name := w.object.GetName()
	if !strings.HasPrefix(name, "load-") || len(name) != len("load-")+6 || w.object.GetNamespace() != "shop" {
		t.Errorf("the TestRun is %s/%s", w.object.GetNamespace(), name)
	}
	secret := func(key string) map[string]any {
		return map[string]any{"secretKeyRef": map[string]any{"name": name, "key": key}}
	}
	field := func(path string) map[string]any { return map[string]any{"fieldRef": map[string]any{"fieldPath": path}} }
	want := map[string]any{
		"separate": true, "parallelism": int64(3), "cleanup": "post",
		"script":      map[string]any{"configMap": map[string]any{"name": name, "file": "load.js"}},
		"initializer": map[string]any{"image": "grafana/k6", "disabled": true},
		"runner": map[string]any{"image": "harness:1", "nodeSelector": map[string]any{"disk": "fast"}, "env": []any{
			map[string]any{"name": "A", "value": "b", "more": int64(1)}, // the API server refuses it
			map[string]any{"name": "HARNESS_COORDINATOR", "value": "10.0.0.7:7443"},
			map[string]any{"name": "HARNESS_COORDINATOR_CERTIFICATE", "valueFrom": secret("certificate")},
			map[string]any{"name": "HARNESS_COORDINATOR_TOKEN", "valueFrom": secret("token")},
			map[string]any{"name": "HARNESS_LOAD_HOST", "valueFrom": field("metadata.name")},
			map[string]any{"name": "HARNESS_LOAD_NODE", "valueFrom": field("spec.nodeName")},
		}},
	}
	if diff := cmp.Diff(want, w.object.(*unstructured.Unstructured).Object["spec"]); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, manifest); diff != "" {
		t.Errorf("the manifest was changed: the next run would have both:\n%s", diff)
	}
	files := w.files[1].(*corev1.ConfigMap)
	if text := files.Data["load.js"]; files.Name != name || !strings.Contains(text, "vus: 3, iterations: 3") {
		t.Errorf("the ConfigMap %s has %s", files.Name, text)
	}
	if s := w.files[0].(*corev1.Secret); string(s.Data["token"]) != c.Token.Reveal() || s.Name != name {
		t.Error("the Secret has another token or name")
	}
}

// operated is a TestRun in a stage, with pods.
func operated(t *testing.T, stage string, pods ...client.Object) *running {
	t.Helper()
	object := fresh()
	object.SetName("load-x")
	object.SetNamespace("shop")
	if stage != "" {
		if err := unstructured.SetNestedField(object.Object, stage, "status", "stage"); err != nil {
			t.Fatal(err)
		}
	}
	w := &workload{version: testRunVersion, kind: testRunKind, object: object, pods: client.MatchingLabels{crLabel: "load-x"}, failed: testRunFailed, state: testRunState}
	return &running{client: fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(append(pods, object)...).Build(),
		coordinator: coordinator(t, 3), workload: w, created: []client.Object{object}}
}

func podOf(name string, labels map[string]string, phase corev1.PodPhase, code int32) *corev1.Pod {
	pod := &corev1.Pod{}
	pod.Name, pod.Namespace, pod.Labels, pod.Status.Phase = name, "shop", labels, phase
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}}}
	return pod
}

// A TestRun whose operator has given it up, or a runner that has ended, is not waited for. The
// error has what is known of it.
func TestTestRunIsNotWaitedFor(t *testing.T) {
	initializer := podOf("load-x-initializer-0", map[string]string{crLabel: "load-x"}, corev1.PodFailed, 1)
	well := podOf("load-x-initializer-0", map[string]string{crLabel: "load-x"}, corev1.PodSucceeded, 0)
	runner := podOf("load-x-1-0", map[string]string{crLabel: "load-x", runnerLabel: "true"}, corev1.PodFailed, 107)
	for want, r := range map[string]*running{
		"k6-operator reports an error of the TestRun, and its log has the reason; the TestRun is in stage error; " +
			"load-x-initializer-0: it ended with code 1: kubectl logs -n shop load-x-initializer-0": operated(t, "error", initializer),
		"k6-operator reports that the TestRun is finished; the TestRun is in stage finished": operated(t, "finished", well),
		"runner load-x-1-0 has ended; the TestRun is in stage started; load-x-1-0: it ended with code 107: " +
			"kubectl logs -n shop load-x-1-0": operated(t, "started", well, runner),
	} {
		soon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := r.await(soon)
		cancel()
		if want := "wait for generators: 0 of 3 are there: " + want; err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if err := r.close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(r.workload.object), fresh()); !apierrors.IsNotFound(err) {
			t.Errorf("after close: %v, want that the TestRun is deleted", err)
		}
	}
	r := operated(t, "")
	if got := r.workload.describe(t.Context(), r.client); !strings.HasPrefix(got, "k6-operator has not seen the TestRun") {
		t.Error(got)
	}
	if err := r.client.Delete(t.Context(), r.workload.object); err != nil {
		t.Fatal(err)
	}
	if why := r.failure(t.Context()); why == nil || why.Error() != "the TestRun was deleted" {
		t.Errorf("deleted by somebody: %v", why)
	}
}

// The Secret and the ConfigMap are the TestRun's: without the harness they go with it. Close
// deletes all three.
func TestFilesGoWithTheirTestRun(t *testing.T) {
	manifest, problems := readTestRun(spec.Generators{TestRun: shippedTestRun})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := &running{client: fake.NewClientBuilder().WithScheme(scheme.Scheme).Build(), coordinator: coordinator(t, 3)}
	w, err := testRunOf(manifest, spec.Generators{Count: 3, Address: "10.0.0.7:0"}, r.coordinator)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.create(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.files {
		if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(f), f); err != nil {
			t.Fatal(err)
		}
		owners := f.GetOwnerReferences()
		if len(owners) != 1 || owners[0].APIVersion != "k6.io/v1alpha1" || owners[0].Kind != "TestRun" || owners[0].Name != w.object.GetName() {
			t.Errorf("%s is owned by %+v", kindOf(f), owners)
		}
	}
	if err := r.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, o := range append(w.files, w.object) {
		if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(o), o); !apierrors.IsNotFound(err) {
			t.Errorf("after close: %v, want that it is deleted", err)
		}
	}
}

// An API server that does not know a field of the manifest refuses it. Only of the initializer's
// switch, which operators of before 2026 lack, the TestRun goes without.
func TestTestRunForOldOperators(t *testing.T) {
	manifest, problems := readTestRun(spec.Generators{TestRun: shippedTestRun})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for unknown, want := range map[string]string{
		"spec.initializer.disabled": "",
		"spec.runner.imageTag":      `create the TestRun of the generators: unknown field "spec.runner.imageTag"`,
	} {
		field := strings.Split(unknown, ".")
		refuse := func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
			var asked client.CreateOptions
			asked.ApplyOptions(options)
			object, ok := o.(*unstructured.Unstructured)
			if !ok {
				return c.Create(ctx, o, options...)
			}
			if asked.FieldValidation != metav1.FieldValidationStrict {
				t.Errorf("field validation is %q: the API server would drop a field that it does not know", asked.FieldValidation)
			}
			if _, there, _ := unstructured.NestedFieldNoCopy(object.Object, field...); there {
				return fmt.Errorf("unknown field %q", unknown)
			}
			return c.Create(ctx, o, options...)
		}
		given := manifest.DeepCopy()
		if want != "" {
			if err := unstructured.SetNestedField(given.Object, "x", field...); err != nil {
				t.Fatal(err)
			}
		}
		r := &running{coordinator: coordinator(t, 3), client: fake.NewClientBuilder().WithScheme(scheme.Scheme).
			WithInterceptorFuncs(interceptor.Funcs{Create: refuse}).Build()}
		w, err := testRunOf(given, spec.Generators{Count: 3, Address: "10.0.0.7:0"}, r.coordinator)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.create(t.Context(), w); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: got %v, want %q", unknown, err, want)
		}
	}
}
