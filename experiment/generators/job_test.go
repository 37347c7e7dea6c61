package generators

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
)

const shippedJob = "../../deploy/load/job.yaml"

// The shipped manifest needs no change but its image.
func TestShippedJob(t *testing.T) {
	job, problems := readJob(spec.Generators{Job: shippedJob})
	if len(problems) > 0 || job.Namespace != "odoo-harness" {
		t.Errorf("%+v: %v", job, problems)
	}
	if got := Where(spec.Generators{Engine: spec.EngineJob, Job: shippedJob}); got != "as pods of Job odoo-harness-load in namespace odoo-harness" {
		t.Error(got)
	}
}

// Each edit of the shipped manifest is refused, with the file, the field and what to write.
func TestRefusedJobs(t *testing.T) {
	refused(t, shippedJob, []edit{
		{"kind: Job", "kind: CronJob", "kind: it is a CronJob of batch/v1; write apiVersion: batch/v1 and kind: Job"},
		{"  name: odoo-harness-load\n  namespace", "  namespace", "metadata.name: the Job has no name"},
		{"  namespace: odoo-harness\n", "", "metadata.namespace: the Job has no namespace"},
		{"namespace: odoo-harness\n", "namespace: shop-production\n", "metadata.namespace: the namespace shop-production is production by its name"},
		{"spec:\n  template:", "spec:\n  completions: 3\n  template:", "spec.completions: the harness sets it"},
		{"spec:\n  template:", "spec:\n  parallelism: 3\n  template:", "spec.parallelism: the harness sets it"},
		{"spec:\n  template:", "spec:\n  completionMode: Indexed\n  template:", "spec.completionMode: the harness sets it"},
		{"spec:\n  template:", "spec:\n  backoffLimit: 3\n  template:", "spec.backoffLimit: a generator that has ended is not started again"},
		{"spec:\n  template:", "spec:\n  suspend: true\n  template:", "spec.suspend: the run would wait for pods"},
		{"spec:\n  template:", "spec:\n  podFailurePolicy: {rules: []}\n  template:", "spec.podFailurePolicy: a generator that has ended"},
		{"name: load\n", "name: main\n", "spec.template.spec.containers: no container has the name load"},
		{"        image: odoo-harness:latest # the same as that of the harness\n", "", "containers.load.image: it has no image"},
		{"automountServiceAccountToken: false", "restartPolicy: OnFailure", "restartPolicy: a generator that has ended cannot go on"},
		{"maxSkew", "maxSkw", `.maxSkw: unknown field; did you mean maxSkew?; compare it with deploy/load/job.yaml`},
		{"spec:\n  template:", "spec: {}\nspec:\n  template:", "spec: given twice, first on line"},
		{"kind: Job\n", "kind: Job\n---\nkind: Job\n", "more than one YAML document"},
		{"kind: Job\n", "\tkind: Job\n", "not YAML: "},
		{"image: odoo-harness:latest", "image: 5", `containers[0].image: must be text, not 5; write "5"`},
		{"name: odoo-harness-load\n", "name: Load_1\n", `metadata.name: "Load_1" is no name for Kubernetes; write lower-case letters`},
		{"name: odoo-harness-load\n", "name: " + strings.Repeat("a", 51) + "\n", "metadata.name: it has 51 characters; write at most 50"},
		{"namespace: odoo-harness\n", "namespace: a.b\n", `metadata.namespace: "a.b" is no name for Kubernetes`},
	}, func(path string) file.Problems {
		_, problems := readJob(spec.Generators{Job: path})
		return problems
	})
	if _, problems := readJob(spec.Generators{Job: "none.yaml"}); len(problems) != 1 || !strings.Contains(problems.Error(), "generators.job") {
		t.Errorf("no file: %v", problems)
	}
}

// What the harness adds to a manifest: one pod a generator that is not started again, and how
// it reaches the harness. The credential is in the Secret alone.
func TestCompletedJob(t *testing.T) {
	manifest, problems := readJob(spec.Generators{Job: shippedJob})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := coordinator(t, 3)
	g := spec.Generators{Count: 3, Address: "10.0.0.7:7443"}
	w := jobOf(manifest, g, 10*time.Minute, c)
	job, secret := w.object.(*batchv1.Job), w.files[0].(*corev1.Secret)
	if !strings.HasPrefix(job.Name, "odoo-harness-load-") || len(job.Name) != len("odoo-harness-load-")+6 || secret.Name != job.Name ||
		secret.Namespace != job.Namespace {
		t.Errorf("the Job is %s, the Secret %s/%s", job.Name, secret.Namespace, secret.Name)
	}
	got := []any{*job.Spec.Completions, *job.Spec.Parallelism, *job.Spec.CompletionMode, *job.Spec.BackoffLimit,
		*job.Spec.TTLSecondsAfterFinished, *job.Spec.ActiveDeadlineSeconds, job.Spec.Template.Spec.RestartPolicy}
	want := []any{int32(3), int32(3), batchv1.IndexedCompletion, int32(0), int32(600), int64(4800), corev1.RestartPolicyNever}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the Job (-want +got):\n%s", diff)
	}
	env := map[string]string{}
	for _, v := range agentOf(job).Env {
		switch from := v.ValueFrom; {
		case from == nil:
			env[v.Name] = v.Value
		case from.SecretKeyRef != nil:
			env[v.Name] = "secret " + from.SecretKeyRef.Key
			if from.SecretKeyRef.Name != secret.Name {
				t.Errorf("%s is of the Secret %s", v.Name, from.SecretKeyRef.Name)
			}
		default:
			env[v.Name] = from.FieldRef.FieldPath
		}
	}
	if diff := cmp.Diff(map[string]string{
		"HARNESS_COORDINATOR": "10.0.0.7:7443", "HARNESS_COORDINATOR_CERTIFICATE": "secret certificate",
		"HARNESS_COORDINATOR_TOKEN": "secret token", "HARNESS_LOAD_HOST": "metadata.name", "HARNESS_LOAD_NODE": "spec.nodeName",
	}, env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if args := agentOf(job).Args; len(args) != 1 || args[0] != "load" {
		t.Errorf("arguments are %q", args)
	}
	if string(secret.Data["token"]) != c.Token.Reveal() || string(secret.Data["certificate"]) != string(c.Certificate) {
		t.Error("the Secret has another token or certificate")
	}
	written, err := yaml.Marshal(job)
	if err != nil || strings.Contains(string(written), c.Token.Reveal()) {
		t.Errorf("the token is in the Job, or %v", err)
	}
	if manifest.Name != "odoo-harness-load" || len(agentOf(manifest).Env) > 0 {
		t.Error("the manifest was changed: the next run would have both")
	}
}
