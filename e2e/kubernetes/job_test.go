//go:build kubernetes

package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/analyzer/finding"
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
	site := newSite(t)
	site.run(t, map[string]string{"experiment.yaml": strings.ReplaceAll(rig.ShortExperiment, "FOR", "4s")})
	site.reported(t)
}

// Two pods of deploy/load offer the load of the same Job, in a namespace of their own that admits
// restricted pods alone. They find the harness by its Service.
func TestNodeOffersTheLoadFromPods(t *testing.T) {
	site := newSite(t)
	c := site.cluster
	rig.Must(t, c.Namespace(t.Context(), loadNamespace))
	rig.Must(t, c.Client.Patch(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: loadNamespace}},
		client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`))))
	rig.Must(t, c.Client.Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "harness", Namespace: shopNamespace},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app.kubernetes.io/name": "odoo-harness"}, Ports: []corev1.ServicePort{{Port: 7443}},
		},
	}))
	manifest, err := os.ReadFile(filepath.Join("..", "..", "deploy", "load", "job.yaml"))
	rig.Must(t, err)
	site.run(t, map[string]string{
		"load.yaml": strings.NewReplacer("namespace: odoo-harness", "namespace: "+loadNamespace, "odoo-harness:latest", harnessImage,
			"imagePullPolicy: IfNotPresent", "imagePullPolicy: Never", `cpu: "1"`, "cpu: 100m").Replace(string(manifest)),
		"experiment.yaml": strings.ReplaceAll(rig.ShortExperiment, "FOR", "4s") +
			fmt.Sprintf("generators: {count: 2, engine: job, job: load.yaml, address: \"harness.%s:7443\"}\n", shopNamespace),
	})
	run := site.reported(t)
	nothingLeft(t, c)
	trial, hosts := run.Trials[0], map[string]bool{}
	for _, g := range trial.Generators {
		hosts[g.Host] = true
		if g.Err != "" || g.Node == "" || g.Clock == nil {
			t.Errorf("generator %s: error %q, node %q, clock %+v", g.Name(), g.Err, g.Node, g.Clock)
		}
	}
	if len(trial.Generators) != 2 || len(hosts) != 2 || hosts[""] {
		t.Errorf("generators %+v, want two pods", trial.Generators)
	}
	judged := rig.Judgement(t, run.Dir)
	for _, id := range []string{"VAL-001", "VAL-012"} { // each arrival once, clocks that agree
		at := slices.IndexFunc(judged.Findings, func(f finding.Finding) bool { return f.ID == id })
		if at < 0 || judged.Findings[at].Verdict == finding.Invalid {
			t.Errorf("%s: %+v", id, judged.Findings)
		}
	}
}

// site is a cluster with containers, with an ingress before the embedded target of this machine,
// and an S3 store.
type site struct {
	cluster *cluster.Cluster
	state   string
	target  lab.Status
	here    []string          // environment of the store on this machine
	store   map[string]string // in the cluster
}

func newSite(t *testing.T) *site {
	t.Helper()
	c, nodelab := nodeCluster(t)
	image(t, c, nodelab)
	s := &site{cluster: c, state: rig.StateDir(t), store: map[string]string{}}
	s.target = rig.Staging(t, s.state)
	rig.Must(t, c.Namespace(t.Context(), shopNamespace))
	gateway := gatewayOf(t, c)
	ingressPod(t, c, passed(t, gateway, strings.TrimPrefix(upstreamOf(t, s.state), "http://")))
	_, s.here = objectstore.Serve(t, "runs")
	for _, variable := range s.here {
		name, value, _ := strings.Cut(variable, "=")
		s.store[name] = value
	}
	s.store["AWS_ENDPOINT_URL"] = "http://" + passed(t, gateway, strings.TrimPrefix(s.store["AWS_ENDPOINT_URL"], "http://"))
	return s
}

// reported reports the only run of the store on this machine, and returns it: one complete trial
// with a fault that was shown in effect and recovered, and an audit. No credential is in it.
func (s *site) reported(t *testing.T) *results.Run {
	t.Helper()
	here := t.TempDir()
	report := rig.Command(t.Context(), t, s.state, "report", "s3://runs/team/short/latest", "--format", "md")
	report.Dir, report.Env = here, append(report.Env, s.here...)
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
	rig.NoCredentials(t, run.Dir, s.target, s.store["AWS_SECRET_ACCESS_KEY"])
	return run
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

// run applies deploy/harness for the files of an experiment, next to the site's setup.yaml, with
// results to s3://runs/team. It waits until the Job ends.
func (s *site) run(t *testing.T, files map[string]string) {
	t.Helper()
	c, password := s.cluster, s.target.Tenants[0].Password.Reveal()
	files["setup.yaml"] = jobSetup(s.target)
	dir := filepath.Dir(filepath.Dir(rig.Workspace(t, "4s"))) // laid out as in the image
	rig.Must(t, os.Mkdir(filepath.Join(dir, "run"), 0o700))
	for name, text := range files {
		rig.Write(t, filepath.Join(dir, "run", name), text)
	}
	roles, err := rig.Command(t.Context(), t, t.TempDir(), "init", "--rbac", filepath.Join(dir, "run", "setup.yaml"),
		filepath.Join(dir, "run", "experiment.yaml")).Output()
	rig.Must(t, err)
	rig.Must(t, c.Apply(t.Context(), "", roles))
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name, Namespace: shopNamespace} }
	rig.Must(t, c.Client.Create(t.Context(), &corev1.Secret{
		ObjectMeta: meta("odoo-harness"), StringData: map[string]string{"odoo-password": password}, // as credentials.yaml has it
	}))
	rig.Must(t, c.Client.Create(t.Context(), &corev1.Secret{ObjectMeta: meta("store"), StringData: s.store}))
	rig.Must(t, c.Client.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: meta("odoo-harness-experiment"), Data: files}))

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
	for _, secret := range []string{password, s.store["AWS_SECRET_ACCESS_KEY"]} {
		if strings.Contains(log, secret) {
			t.Error("a credential is in the Job's log")
		}
	}
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
