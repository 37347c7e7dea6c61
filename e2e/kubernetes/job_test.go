//go:build kubernetes

package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
	"example.org/odooharness/testenv/cluster"
)

// The Job of deploy/harness runs on a cluster with containers, as a user without rights,
// with the ServiceAccount that init --rbac prints. It makes the ingress's pod fail under
// load and uploads the run to an S3 store, from where the run is reported. The Odoo behind
// the ingress is the embedded target on this machine.
func TestNodeRunsTheHarnessAsAJob(t *testing.T) {
	c, nodelab := nodeCluster(t)
	image(t, c, nodelab)
	state := rig.StateDir(t)
	target := rig.Staging(t, state)
	rig.Must(t, c.Namespace(t.Context(), shopNamespace))
	gateway := gatewayOf(t, c)
	ingressPod(t, c, passed(t, gateway, strings.TrimPrefix(upstreamOf(t, state), "http://")))
	_, env := objectstore.Serve(t, "runs")
	store := map[string]string{}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		store[name] = value
	}
	store["AWS_ENDPOINT_URL"] = "http://" + passed(t, gateway, strings.TrimPrefix(store["AWS_ENDPOINT_URL"], "http://"))
	log := runJob(t, c, jobSetup(target), target.Tenants[0].Password.Reveal(), store)
	for _, secret := range []string{target.Tenants[0].Password.Reveal(), store["AWS_SECRET_ACCESS_KEY"]} {
		if strings.Contains(log, secret) {
			t.Error("a credential is in the Job's log")
		}
	}

	here := t.TempDir()
	report := rig.Command(t.Context(), t, state, "report", "s3://runs/team/short/latest", "--format", "md")
	report.Dir, report.Env = here, append(report.Env, env...)
	out, err := report.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ingress-down") {
		t.Errorf("the report of the run in the store: %v\n%s", err, out)
	}
	fetched, err := filepath.Glob(filepath.Join(here, "results", "runs", "short", "*", "manifest.json"))
	if err != nil || len(fetched) != 1 {
		t.Fatalf("fetched are %v, %v", fetched, err)
	}
	run, err := results.Open(filepath.Dir(fetched[0]))
	rig.Must(t, err)
	trial := run.Trials[0]
	if trial.State != results.TrialComplete || len(trial.Injections) != 1 || trial.Injections[0].Driver != "chaos-mesh" ||
		trial.Injections[0].InEffect == nil || trial.Injections[0].Recovered == nil {
		t.Errorf("%s (%s), %+v: want a complete trial with one fault shown in effect and gone", trial.State, trial.Reason, trial.Injections)
	}
	if trial.Audit == nil || len(trial.Audit.Operations) == 0 {
		t.Errorf("no audit: %+v", trial.Audit)
	}
	rig.NoCredentials(t, run.Dir, target, store["AWS_SECRET_ACCESS_KEY"])
}

// jobSetup is the setup file as it is seen from within.
func jobSetup(target lab.Status) string {
	var b strings.Builder
	b.WriteString("name: short\ntenancy: shared\nenvironment: staging\ntenants:\n")
	for _, a := range target.Tenants {
		fmt.Fprintf(&b, "  - {name: %s, url: \"http://ingress.%s\", host: %s, database: %s, logins: [%s], passwordEnv: ODOO_PASSWORD}\n",
			a.Name, shopNamespace, a.Host, a.Database, strings.Join(a.Logins, ", "))
	}
	b.WriteString("components:\n  - {name: shared/ingress, kind: ingress, labels: {app.kubernetes.io/name: ingress, app.kubernetes.io/part-of: odoo-lab}}\n")
	fmt.Fprintf(&b, "chaos: {driver: chaos-mesh, namespace: %s, maxPods: 1, allow: [\"*\"]}\n", shopNamespace)
	return b.String()
}

// runJob applies deploy/harness for a setup, with results to s3://runs/team in the store
// that the environment names. It waits until the Job ends and returns its log.
func runJob(t *testing.T, c *cluster.Cluster, setup, password string, store map[string]string) (log string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "setup.yaml")
	rig.Must(t, os.WriteFile(file, []byte(setup), 0o600))
	roles, err := rig.Command(t.Context(), t, t.TempDir(), "init", "--rbac", file).Output()
	rig.Must(t, err)
	rig.Must(t, c.Apply(t.Context(), "", roles))
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name, Namespace: shopNamespace} }
	experiment := strings.ReplaceAll(rig.ShortExperiment, "FOR", "4s")
	rig.Must(t, c.Client.Create(t.Context(), &corev1.Secret{
		ObjectMeta: meta("odoo-harness"), StringData: map[string]string{"odoo-password": password}, // as credentials.yaml has it
	}))
	rig.Must(t, c.Client.Create(t.Context(), &corev1.Secret{ObjectMeta: meta("store"), StringData: store}))
	rig.Must(t, c.Client.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: meta("odoo-harness-experiment"), Data: map[string]string{"setup.yaml": setup, "experiment.yaml": experiment},
	}))

	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", "harness", "job.yaml"))
	rig.Must(t, err)
	var job batchv1.Job
	rig.Must(t, yaml.UnmarshalStrict(raw, &job))
	job.Namespace = shopNamespace
	pod := &job.Spec.Template.Spec
	container := &pod.Containers[0]
	container.Image, container.ImagePullPolicy = harnessImage, corev1.PullNever
	pod.InitContainers[0].Image, pod.InitContainers[0].ImagePullPolicy = harnessImage, corev1.PullNever
	container.Args = []string{"run", "--results", "s3://runs/team", "/opt/odoo-harness/run/experiment.yaml"}
	container.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: "store"},
	}}}
	for i := range pod.Volumes {
		if pod.Volumes[i].Name == "results" { // nothing is kept in the cluster
			pod.Volumes[i].VolumeSource = corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
		}
	}
	rig.Must(t, c.Client.Create(t.Context(), &job))
	eventually.Nil(t, 3*time.Minute, "the Job is over", func() error {
		var now batchv1.Job
		err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(&job), &now)
		if err == nil && now.Status.Succeeded+now.Status.Failed == 0 {
			err = fmt.Errorf("%+v", now.Status)
		}
		return err
	})
	code, log := ended(t, c)
	t.Logf("the Job's pod ended with %d:\n%s", code, log)
	if code == cli.ExitCannotRun {
		t.Error("it could not run")
	}
	if !strings.Contains(log, "results: s3://runs/team/short/") {
		t.Error("it does not print the address of the results")
	}
	return log
}

// ended returns the exit code and the log of the Job's pod.
func ended(t *testing.T, c *cluster.Cluster) (code int, log string) {
	t.Helper()
	var pods corev1.PodList
	rig.Must(t, c.Client.List(t.Context(), &pods, client.InNamespace(shopNamespace), client.MatchingLabels{"app.kubernetes.io/name": "odoo-harness"}))
	if len(pods.Items) != 1 || pods.Items[0].Status.ContainerStatuses[0].State.Terminated == nil {
		t.Fatalf("pods of the Job: %+v", pods.Items)
	}
	clientset, err := kubernetes.NewForConfig(c.Config)
	rig.Must(t, err)
	raw, err := clientset.CoreV1().Pods(shopNamespace).GetLogs(pods.Items[0].Name, &corev1.PodLogOptions{}).DoRaw(t.Context())
	rig.Must(t, err)
	return int(pods.Items[0].Status.ContainerStatuses[0].State.Terminated.ExitCode), string(raw)
}
