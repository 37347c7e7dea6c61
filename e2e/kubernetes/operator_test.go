//go:build kubernetes

package kubernetes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
	"example.org/odooharness/testenv/cluster"
	"example.org/odooharness/testenv/k6operator"
)

// operated is a cluster with the kind TestRun, whose pods find this binary as k6. What acts as
// k6-operator there is returned; it runs until the end of the test.
func operated(t *testing.T) (*cluster.Cluster, *k6operator.Operator) {
	t.Helper()
	self, err := os.Executable()
	rig.Must(t, err)
	bin := t.TempDir()
	rig.Must(t, os.Symlink(self, filepath.Join(bin, "k6")))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	c := cluster.StartFor(t)
	kind, err := k6operator.Kind()
	rig.Must(t, err)
	rig.Must(t, c.InstallKind(kind))
	o := &k6operator.Operator{Client: c.Client, Dir: t.TempDir(), Between: 700 * time.Millisecond, Log: func(line string) { t.Log(line) }}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c, o
}

// testRun writes the manifest of a TestRun next to an experiment, and returns the experiment's
// line. more is added to its spec.
func testRun(t *testing.T, c *cluster.Cluster, experiment string, count int, more string) (line string) {
	t.Helper()
	rig.Must(t, c.Namespace(t.Context(), loadNamespace))
	rig.Write(t, filepath.Join(filepath.Dir(experiment), "testrun.yaml"), fmt.Sprintf(`apiVersion: k6.io/v1alpha1
kind: TestRun
metadata: {name: generators, namespace: %s}
spec:
  runner: {image: proc.local/harness, resources: {requests: {cpu: 100m}}}
%s`, loadNamespace, more))
	return fmt.Sprintf("generators: {count: %d, engine: k6-operator, testRun: testrun.yaml, listen: \"%s:0\", address: \"%s:0\", kubeconfig: %s}\n",
		count, c.Address, c.Address, c.Kubeconfig)
}

// Four runners of a TestRun offer the load of the dispatch cut-off, next to a fault. k6-operator
// starts them 700 ms apart. The run has the arrivals that one process has: each once, at the
// same instants.
func TestKubernetesOffersTheLoadOfATestRun(t *testing.T) {
	alone(t)
	c, o := operated(t)
	offersTheLoad(t, c, func(experiment string) string { return testRun(t, c, experiment, 4, "") }, "TestRun generators")
	if starts := o.Starts(); len(starts) != 4 || starts[3].Sub(starts[0]) < 3*o.Between {
		t.Errorf("the operator has started runners at %v, want 4, one after the other", starts)
	}
	noTestRun(t, c)
}

// noTestRun waits until no TestRun and no ConfigMap of one is left.
func noTestRun(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	eventually.Nil(t, time.Minute, "no TestRun is left", func() error {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("k6.io/v1alpha1")
		list.SetKind("TestRunList")
		var files corev1.ConfigMapList
		if err := c.Client.List(t.Context(), list); err != nil {
			return err
		}
		if err := c.Client.List(t.Context(), &files, client.InNamespace(loadNamespace)); err != nil {
			return err
		}
		for _, f := range files.Items {
			if strings.HasPrefix(f.Name, "generators") {
				return fmt.Errorf("ConfigMap %s is", f.Name)
			}
		}
		if n := len(list.Items); n > 0 {
			return fmt.Errorf("%d TestRuns are", n)
		}
		return nil
	})
}

// A runner is deleted while a fault is in effect. k6-operator would go on, and reports a runner
// that failed as finished: the harness ends the trial, and names the pod.
func TestKubernetesDeletesARunnerOfATestRun(t *testing.T) {
	alone(t)
	c, _ := operated(t)
	losesAPod(t, c, func(experiment string) string {
		return testRun(t, c, experiment, 2, "  initializer: {disabled: false, image: proc.local/harness}\n")
	}, func(labels map[string]string) bool {
		return labels["runner"] == "true" && strings.HasSuffix(labels[batchv1.JobNameLabel], "-2")
	})
	noTestRun(t, c)
}

// The harness is killed while two runners offer the load, with its results in object storage. Its
// runners end, and the operator deletes the TestRun. The run is judged from the store: as
// interrupted, with the rows of both runners up to two seconds before the kill.
func TestKubernetesKillsTheHarnessOfATestRun(t *testing.T) {
	alone(t)
	c, _ := operated(t)
	experiment, state := rig.Workspace(t, "30s"), rig.StateDir(t)
	line := testRun(t, c, experiment, 2, "")
	rig.Edit(t, experiment, func(text string) string { return strings.Replace(text, "duration: 15s", "duration: 60s", 1) + line })
	k := rig.KillStored(t, experiment, state, func(*results.TrialData) bool { return true })
	if !strings.Contains(k.Judged, "The harness ended before the trial") {
		t.Errorf("analyze does not report the end of the harness:\n%s", k.Judged)
	}
	trial := k.Fetched.Trials[0]
	if trial.State != results.TrialRunning {
		t.Errorf("trial is %s (%s), want %s", trial.State, trial.Reason, results.TrialRunning)
	}
	upToTwoSeconds(t, trial, k.At, 0, 1)
	nothingLeft(t, c)
	noTestRun(t, c)
}

// Runners that cannot start end the run before any load, with what Kubernetes and the operator
// know of them. A field that TestRuns do not have is refused.
func TestKubernetesHasNoSuchRunner(t *testing.T) {
	alone(t)
	c, _ := operated(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	line := testRun(t, c, experiment, 2, "")
	rig.Edit(t, experiment, func(text string) string { return text + line })
	manifest := filepath.Join(filepath.Dir(experiment), "testrun.yaml")
	good, err := os.ReadFile(manifest)
	rig.Must(t, err)
	for _, change := range []struct{ old, new, want string }{
		{"image: proc.local/harness", "image: proc.local/harness, imageTag: x", `unknown field "spec.runner.imageTag"`},
		{"image: proc.local/harness", "image: proc.local/harness, env: [{name: TMPDIR, value: /none}]", "has ended"},
	} {
		rig.Write(t, manifest, strings.Replace(string(good), change.old, change.new, 1))
		out, err := rig.Command(t.Context(), t, state, "run", "--report-only", experiment).CombinedOutput()
		if err == nil || !strings.Contains(string(out), change.want) {
			t.Errorf("%s: %v, want %q\n%s", change.new, err, change.want, out)
		}
		nothingLeft(t, c)
		noTestRun(t, c)
	}
}

// The manifest of deploy passes the kind of the operator, field by field, with what the harness
// adds to it.
func TestKubernetesAcceptsTheTestRunOfDeploy(t *testing.T) {
	if os.Getenv(k6operator.CRDVariable) == "" {
		t.Skip(k6operator.CRDVariable + " names no file with the kind of k6-operator")
	}
	c := cluster.StartFor(t)
	kind, err := k6operator.Kind()
	rig.Must(t, err)
	rig.Must(t, c.InstallKind(kind))
	rig.Must(t, c.Namespace(t.Context(), "odoo-harness"))
	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", "load", "testrun.yaml"))
	rig.Must(t, err)
	object := &unstructured.Unstructured{}
	rig.Must(t, yaml.Unmarshal(raw, &object.Object))
	for field, value := range map[string]any{"parallelism": int64(2), "script": map[string]any{"configMap": map[string]any{"name": "x"}}} {
		rig.Must(t, unstructured.SetNestedField(object.Object, value, "spec", field))
	}
	rig.Must(t, client.WithFieldValidation(c.Client, "Strict").Create(t.Context(), object))
}
