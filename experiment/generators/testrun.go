package generators

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/scenarios/remote"
)

// k6-operator's resource. It is read and written as plain data: the operator is no library of ours.
const (
	testRunVersion = "k6.io/v1alpha1"
	testRunKind    = "TestRun"
	// crLabel is on every pod of a TestRun, with the TestRun's name; runnerLabel on its runners.
	crLabel     = "k6_cr"
	runnerLabel = "runner"
)

// testRunSpec is what the harness reads of a TestRun.
type testRunSpec struct {
	Runner struct {
		Image string `json:"image"`
		Env   []any  `json:"env"` // as it is written: the API server refuses fields that it does not know
	} `json:"runner"`
	Initializer map[string]any `json:"initializer"`
}

// testRunFile is what a TestRun may have at its top. The API server knows the fields of spec.
type testRunFile struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              map[string]any `json:"spec"`
	Status            any            `json:"status"`
}

// readTestRun reads the manifest of the TestRun, and returns all that is wrong with it.
func readTestRun(g spec.Generators) (*unstructured.Unstructured, file.Problems) {
	t := &unstructured.Unstructured{}
	if problems := readYAML(g.TestRun, "testRun", testRunKind, testRunFile{}, &t.Object); len(problems) > 0 {
		return nil, problems
	}
	return t, checkTestRun(g.TestRun, t)
}

func checkTestRun(path string, t *unstructured.Unstructured) file.Problems {
	problems := checkMeta(path, t, testRunVersion, testRunKind)
	add := func(field, what, remedy string) {
		problems = append(problems, file.Problem{File: path, Field: field, What: what, Remedy: remedy})
	}
	s, err := specOf(t)
	if err != nil {
		add("spec.runner", "it is no mapping, its image no text, or its env no list", "compare it with deploy/load/testrun.yaml")
		return problems
	}
	const scripts = "the runners get the scripts of the experiment from the harness"
	for _, field := range []struct{ name, why string }{
		{"parallelism", "the harness sets it, from generators.count"}, {"script", scripts}, {"args", scripts}, {"arguments", scripts},
		{"testRunId", "it would make the run one of Grafana Cloud"},
	} {
		if _, set, _ := unstructured.NestedFieldNoCopy(t.Object, "spec", field.name); set {
			add("spec."+field.name, field.why, "remove it")
		}
	}
	if s.Runner.Image == "" {
		add("spec.runner.image", "it has no image", "write that of the harness")
	}
	return problems
}

// specOf reads the spec of a TestRun. As for Kubernetes, "Runner" is another field than "runner".
func specOf(t *unstructured.Unstructured) (s testRunSpec, err error) {
	raw, err := json.Marshal(t.Object["spec"])
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(raw, &s)
}

// script is what a TestRun cannot be without. Runners of the harness do not run it. The
// operator's initializer may read it, and another image runs it: then it fails and gives the
// reason.
const script = `// The harness sends the scripts of the experiment to its runners.
export const options = { scenarios: { none: { executor: 'shared-iterations', vus: %[1]d, iterations: %[1]d } } };
export function setup() { throw new Error('this runner is not the harness: write its image in spec.runner.image'); }
export default function () {}
`

// scriptFile is the key of the script in its ConfigMap.
const scriptFile = "load.js"

// testRunOf returns the workload of a run: the TestRun, and what its pods mount and read.
func testRunOf(t *unstructured.Unstructured, g spec.Generators, c *remote.Coordinator) (*workload, error) {
	t = t.DeepCopy()
	t.SetName(t.GetName() + "-" + strings.ToLower(rand.Text())[:6])
	s, err := specOf(t)
	if err != nil {
		return nil, err
	}
	env, err := plain(environment(t.GetName(), g, c))
	if err != nil {
		return nil, err
	}
	fields, _ := t.Object["spec"].(map[string]any) // checkTestRun has seen that it is one
	runner, _ := fields["runner"].(map[string]any)
	runner["env"] = append(s.Runner.Env, env...)
	fields["parallelism"] = int64(g.Count)
	fields["script"] = map[string]any{"configMap": map[string]any{"name": t.GetName(), "file": scriptFile}}
	if _, set := s.Initializer["disabled"]; !set { // there is no script to look at
		if s.Initializer == nil {
			s.Initializer = map[string]any{}
		}
		s.Initializer["disabled"] = true
		fields["initializer"] = s.Initializer
	}
	fields["cleanup"] = "post" // the operator deletes a TestRun whose harness was killed, once its runners have ended
	return &workload{
		version: testRunVersion, kind: testRunKind, object: t, pods: client.MatchingLabels{crLabel: t.GetName()},
		files: []client.Object{credentials(t, c), &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: t.GetName(), Namespace: t.GetNamespace(), Labels: t.GetLabels()},
			Data:       map[string]string{scriptFile: fmt.Sprintf(script, g.Count)},
		}},
		create: func(ctx context.Context, c client.Client) error { return createTestRun(ctx, c, t) },
		failed: testRunFailed, state: testRunState,
	}, nil
}

// plain is a list as unstructured objects hold it.
func plain(list any) (out []any, err error) {
	raw, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(raw, &out)
}

// createTestRun creates a TestRun. The API server refuses unknown fields: it would drop a
// misspelt one otherwise. Operators of before 2026 have an initializer that cannot be disabled.
func createTestRun(ctx context.Context, c client.Client, t *unstructured.Unstructured) error {
	strict := client.WithFieldValidation(c, metav1.FieldValidationStrict)
	err := strict.Create(ctx, t)
	if err != nil && strings.Contains(err.Error(), `unknown field "spec.initializer.disabled"`) {
		unstructured.RemoveNestedField(t.Object, "spec", "initializer", "disabled")
		err = strict.Create(ctx, t)
	}
	if meta.IsNoMatchError(err) {
		return fmt.Errorf("the cluster has no kind %s of %s: install k6-operator there, or write engine: job: %w",
			testRunKind, testRunVersion, err)
	}
	return err
}

// testRunFailed is why a TestRun does not get its runners: what the operator reports, or a
// runner that has ended.
func testRunFailed(ctx context.Context, c client.Client, w *workload) error {
	now := fresh()
	err := c.Get(ctx, client.ObjectKeyFromObject(w.object), now)
	switch {
	case apierrors.IsNotFound(err):
		return errors.New("the TestRun was deleted")
	case err != nil:
		return nil // the next look may read it
	}
	switch stage := stageOf(now); stage {
	case "error":
		return errors.New("k6-operator reports an error of the TestRun, and its log has the reason")
	case "stopped", "finished":
		return fmt.Errorf("k6-operator reports that the TestRun is %s", stage)
	}
	var runners corev1.PodList
	if err := c.List(ctx, &runners, client.InNamespace(now.GetNamespace()),
		client.MatchingLabels{crLabel: now.GetName(), runnerLabel: "true"}); err != nil {
		return nil // likewise
	}
	for _, p := range runners.Items {
		if p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded {
			return fmt.Errorf("runner %s has ended", p.Name)
		}
	}
	return nil
}

// testRunState describes how far the operator is.
func testRunState(ctx context.Context, c client.Client, w *workload) string {
	now := fresh()
	if err := c.Get(ctx, client.ObjectKeyFromObject(w.object), now); err != nil {
		return ""
	}
	switch stage := stageOf(now); stage {
	case "":
		return "k6-operator has not seen the TestRun: does it run, and may it act in namespace " + now.GetNamespace() + "?"
	default:
		return "the TestRun is in stage " + stage
	}
}

func stageOf(t *unstructured.Unstructured) string {
	stage, _, _ := unstructured.NestedString(t.Object, "status", "stage")
	return stage
}

// fresh is a TestRun to read into.
func fresh() *unstructured.Unstructured {
	t := &unstructured.Unstructured{}
	t.SetAPIVersion(testRunVersion)
	t.SetKind(testRunKind)
	return t
}
