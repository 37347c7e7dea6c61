//go:build kubernetes

package kubernetes

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
	"example.org/odooharness/testenv/cluster"
)

const loadNamespace = "load"

// loadJob writes the manifest of a Job of generators next to an experiment, and returns the
// experiment's line.
func loadJob(t *testing.T, c *cluster.Cluster, experiment string, count int) (line string) {
	t.Helper()
	rig.Must(t, c.Namespace(t.Context(), loadNamespace))
	self, err := os.Executable()
	rig.Must(t, err)
	rig.Write(t, filepath.Join(filepath.Dir(experiment), "job.yaml"), fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata: {name: generators, namespace: %s}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - {name: load, image: proc.local/harness, command: [%q]}
`, loadNamespace, self))
	return fmt.Sprintf("generators: {count: %d, engine: job, job: job.yaml, listen: \"%s:0\", address: \"%s:0\", kubeconfig: %s}\n",
		count, c.Address, c.Address, c.Kubeconfig)
}

// alone marks a test that brings a lab up and takes the machine for itself: tests next to it
// measure.
func alone(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("brings a lab up")
	}
}

// nothingLeft waits until the Job or TestRun, its pods and its Secret are deleted.
func nothingLeft(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	eventually.Nil(t, time.Minute, "nothing of the generators is left", func() error {
		var jobs batchv1.JobList
		var pods corev1.PodList
		var secrets corev1.SecretList
		var services corev1.ServiceList
		for _, list := range []client.ObjectList{&jobs, &pods, &secrets, &services} {
			if err := c.Client.List(t.Context(), list, client.InNamespace(loadNamespace)); err != nil {
				return err
			}
		}
		if n := len(jobs.Items) + len(pods.Items) + len(secrets.Items) + len(services.Items); n > 0 {
			return fmt.Errorf("%d Jobs, %d pods, %d Secrets, %d Services", len(jobs.Items), len(pods.Items), len(secrets.Items), len(services.Items))
		}
		return nil
	})
}

// arrivals are those of a trial: journey, index and intended start.
func arrivals(t *testing.T, trial *results.TrialData) (all []string) {
	t.Helper()
	for s, err := range trial.Samples() {
		rig.Must(t, err)
		if s.Step == results.Journey {
			all = append(all, fmt.Sprintf("%s %s %d at %s", s.Tenant, s.Journey, s.Iteration, s.Intended.Duration()))
		}
	}
	slices.Sort(all)
	return all
}

// Four pods of an Indexed Job offer the load of the dispatch cut-off, next to a fault. The run
// has the arrivals that one process has: each once, at the same instants.
func TestKubernetesOffersTheLoad(t *testing.T) {
	alone(t)
	c := cluster.StartFor(t)
	offersTheLoad(t, c, func(experiment string) string { return loadJob(t, c, experiment, 4) }, "Job generators")
}

// offersTheLoad runs the dispatch cut-off from four pods, and once more from one process.
func offersTheLoad(t *testing.T, c *cluster.Cluster, line func(experiment string) string, where string) {
	t.Helper()
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	text, err := os.ReadFile(experiment)
	rig.Must(t, err)
	rig.Write(t, experiment, string(text)+line(experiment))
	plan, err := rig.Command(t.Context(), t, state, "plan", experiment).CombinedOutput()
	rig.Must(t, err)
	if want := "Load: 4 generators as pods of " + where + " in namespace load"; !strings.Contains(string(plan), want) {
		t.Errorf("the plan lacks %q:\n%s", want, plan)
	}
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	out, err := rig.Command(t.Context(), t, state, "run", "--report-only", "--results", runs, experiment).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	nothingLeft(t, c)
	run, err := results.Open(filepath.Join(runs, "short", "latest"))
	rig.Must(t, err)
	trial := run.Trials[0]
	if trial.State != results.TrialComplete || len(trial.Generators) != 4 {
		t.Fatalf("trial is %s (%s) with %d generators, want a complete one with 4\n%s", trial.State, trial.Reason, len(trial.Generators), out)
	}
	hosts := map[string]bool{}
	for _, g := range trial.Generators {
		hosts[g.Host] = true
		if g.Node != cluster.NodeName || g.Clock == nil || g.Clock.Error <= 0 {
			t.Errorf("generator %s has node %q and clock %+v", g.Name(), g.Node, g.Clock)
		}
	}
	if len(hosts) != 4 || hosts[""] {
		t.Errorf("hosts are %v, want four pods", hosts)
	}
	judged := rig.Judgement(t, run.Dir)
	for _, id := range []string{"VAL-001", "VAL-012"} {
		at := slices.IndexFunc(judged.Findings, func(f finding.Finding) bool { return f.ID == id })
		if at < 0 || judged.Findings[at].Verdict == finding.Invalid {
			t.Errorf("%s: %+v", id, judged.Findings)
		}
	}
	in := trial.Injections[0]
	if in.InEffect == nil || in.Recovered == nil {
		t.Errorf("the fault was not shown in effect and gone: %+v", in)
	}

	rig.Write(t, experiment, string(text))
	out, err = rig.Command(t.Context(), t, state, "run", "--report-only", "--results", runs, experiment).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	alone, err := results.Open(filepath.Join(runs, "short", "latest"))
	rig.Must(t, err)
	if diff := cmp.Diff(arrivals(t, alone.Trials[0]), arrivals(t, trial)); diff != "" {
		t.Errorf("one process and four pods (-one +four):\n%s", diff)
	}
}

// A pod is deleted while a fault is in effect. The run is invalid and names it, its rows are
// kept, the fault is reverted, and the Job with the other pods is deleted.
func TestKubernetesDeletesAPodOfTheLoad(t *testing.T) {
	alone(t)
	c := cluster.StartFor(t)
	losesAPod(t, c, func(experiment string) string { return loadJob(t, c, experiment, 2) },
		func(labels map[string]string) bool { return labels[batchv1.JobCompletionIndexAnnotation] == "1" })
}

// losesAPod runs the dispatch cut-off from two pods, and deletes the second one.
func losesAPod(t *testing.T, c *cluster.Cluster, line func(experiment string) string, second func(labels map[string]string) bool) {
	t.Helper()
	experiment, state := rig.Workspace(t, "30s"), rig.StateDir(t)
	rig.Edit(t, experiment, func(text string) string {
		return strings.Replace(text, "duration: 15s", "duration: 60s", 1) + line(experiment)
	})
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	rig.Must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Cancel() })
	dir := filepath.Join(runs, "short", "latest")
	eventually.True(t, 2*time.Minute, "the fault is in effect, and rows have arrived", func() bool {
		run, err := results.Open(dir)
		return err == nil && len(run.Trials) == 1 && len(run.Trials[0].Injections) == 1 &&
			run.Trials[0].Injections[0].InEffect != nil && len(arrivals(t, run.Trials[0])) > 0
	})
	pod := podOfLoad(t.Context(), t, c, second)
	rig.Must(t, c.Client.Delete(t.Context(), &pod, client.GracePeriodSeconds(0)))
	deleted := time.Now()
	_ = cmd.Wait() // the exit code is the answer
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitCannotRun {
		t.Errorf("exit code %d, want %d\n%s", code, cli.ExitCannotRun, &out)
	}
	nothingLeft(t, c)
	run, err := results.Open(dir)
	rig.Must(t, err)
	trial := run.Trials[0]
	if trial.State != results.TrialFailed || !strings.Contains(trial.Reason, pod.Name) {
		t.Errorf("trial is %s: %s; want failed, and the name of %s", trial.State, trial.Reason, pod.Name)
	}
	if in := trial.Injections[0]; in.Recovered == nil {
		t.Errorf("the fault was not shown gone: %+v", in)
	}
	upToTwoSeconds(t, trial, deleted, 1)
	if judged := rig.Judgement(t, run.Dir); judged.Verdict != finding.Invalid {
		t.Errorf("verdict %s, want invalid", judged.Verdict)
	}
}

// upToTwoSeconds fails when rows of one of two generators end more than two seconds before a kill.
func upToTwoSeconds(t *testing.T, trial *results.TrialData, killed time.Time, generators ...int64) {
	t.Helper()
	last := map[int64]time.Duration{} // of each, which has every other arrival
	for s, err := range trial.Samples() {
		rig.Must(t, err)
		last[s.Iteration%2] = max(last[s.Iteration%2], s.Ended.Duration())
	}
	for _, g := range generators {
		before := killed.Sub(trial.Base.Add(last[g]))
		t.Logf("the last row of generator %d is %s before the kill", g+1, before.Round(time.Millisecond))
		if last[g] == 0 || before > 2*time.Second {
			t.Errorf("the rows of generator %d end %s before the kill, want 2 s at most", g+1, before)
		}
	}
}

// podOfLoad is the only pod with such labels.
func podOfLoad(ctx context.Context, t *testing.T, c *cluster.Cluster, is func(labels map[string]string) bool) corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	rig.Must(t, c.Client.List(ctx, &pods, client.InNamespace(loadNamespace)))
	pods.Items = slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool { return !is(p.Labels) })
	if len(pods.Items) != 1 {
		t.Fatalf("%d pods are this one", len(pods.Items))
	}
	return pods.Items[0]
}
