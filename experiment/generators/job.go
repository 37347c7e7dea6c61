package generators

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/scenarios/remote"
)

// containerName is the container of the Job in which the agent runs.
const containerName = "load"

// readJob reads the manifest of the Job, and returns all that is wrong with it.
func readJob(g spec.Generators) (*batchv1.Job, file.Problems) {
	raw, err := os.ReadFile(g.Job)
	if err != nil {
		return nil, file.Problems{{File: g.Job, What: err.Error(), Remedy: "write the path of a Job's manifest in generators.job"}}
	}
	job := &batchv1.Job{}
	if err := yaml.UnmarshalStrict(raw, job); err != nil {
		return nil, file.Problems{{File: g.Job, What: "it is no manifest of a Job: " + err.Error(),
			Remedy: "compare it with deploy/load/job.yaml"}}
	}
	return job, checkJob(g.Job, job)
}

func checkJob(path string, job *batchv1.Job) file.Problems {
	var problems file.Problems
	add := func(field, what, remedy string) {
		problems = append(problems, file.Problem{File: path, Field: field, What: what, Remedy: remedy})
	}
	if job.APIVersion != "batch/v1" || job.Kind != "Job" {
		add("kind", fmt.Sprintf("it is a %s of %s", job.Kind, job.APIVersion), "write apiVersion: batch/v1 and kind: Job")
	}
	if job.Name == "" {
		add("metadata.name", "the Job has no name", "write one; each run adds letters to it")
	}
	switch {
	case job.Namespace == "":
		add("metadata.namespace", "the Job has no namespace", "write the one in which the generators may run")
	case spec.IsProduction(job.Namespace):
		add("metadata.namespace", "the namespace "+job.Namespace+" is production by its name",
			"run the generators in a namespace of their own")
	}
	const count, restart = "the harness sets it, from generators.count", "a generator that has ended is not started again in a trial"
	for _, field := range []struct {
		name string
		set  bool
		why  string
	}{
		{"spec.completions", job.Spec.Completions != nil, count}, {"spec.parallelism", job.Spec.Parallelism != nil, count},
		{"spec.completionMode", job.Spec.CompletionMode != nil, count}, {"spec.backoffLimit", job.Spec.BackoffLimit != nil, restart},
		{"spec.podFailurePolicy", job.Spec.PodFailurePolicy != nil, restart},
		{"spec.suspend", job.Spec.Suspend != nil, "the run would wait for pods that nobody starts"},
	} {
		if field.set {
			add(field.name, field.why, "remove it")
		}
	}
	if container := agentOf(job); container == nil {
		add("spec.template.spec.containers", "no container has the name "+containerName,
			"give the one with the harness's image that name")
	} else if container.Image == "" {
		add("spec.template.spec.containers."+containerName+".image", "it has no image", "write that of the harness")
	}
	if policy := job.Spec.Template.Spec.RestartPolicy; policy != "" && policy != corev1.RestartPolicyNever {
		add("spec.template.spec.restartPolicy", "a generator that has ended cannot go on in the middle of a trial",
			"remove it, or write restartPolicy: Never")
	}
	return problems
}

func agentOf(job *batchv1.Job) *corev1.Container {
	containers := job.Spec.Template.Spec.Containers
	for i := range containers {
		if containers[i].Name == containerName {
			return &containers[i]
		}
	}
	return nil
}

// keepFor is how long Kubernetes keeps a Job whose harness did not delete it.
const keepFor = 10 * time.Minute

// deadline bounds a Job that nobody ends, for a run that measures so long: bring-up, seeding and
// audit take as long again at most, and the pods some time to start.
func deadline(measuring time.Duration) time.Duration { return 2*measuring + time.Hour }

// completed returns the Job and the Secret of a run that measures so long.
func completed(job *batchv1.Job, g spec.Generators, measuring time.Duration,
	c *remote.Coordinator) (*batchv1.Job, *corev1.Secret) {
	job = job.DeepCopy()
	job.Name += "-" + strings.ToLower(rand.Text())[:6]
	count := int32(g.Count) //nolint:gosec // the schema bounds it to 64
	s := &job.Spec
	s.Completions, s.Parallelism, s.CompletionMode = &count, &count, ptr.To(batchv1.IndexedCompletion)
	s.BackoffLimit = ptr.To[int32](0)
	if s.TTLSecondsAfterFinished == nil {
		s.TTLSecondsAfterFinished = ptr.To(int32(keepFor.Seconds()))
	}
	if s.ActiveDeadlineSeconds == nil {
		s.ActiveDeadlineSeconds = ptr.To(int64(deadline(measuring).Seconds()))
	}
	s.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	agent := agentOf(job)
	if len(agent.Args) == 0 {
		agent.Args = []string{"load"}
	}
	from := func(key string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: job.Name}, Key: key}}
	}
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	agent.Env = append(agent.Env,
		corev1.EnvVar{Name: remote.AddressVariable, Value: addressOf(g, c.Port())},
		corev1.EnvVar{Name: remote.CertificateVariable, ValueFrom: from("certificate")},
		corev1.EnvVar{Name: remote.TokenVariable, ValueFrom: from("token")},
		corev1.EnvVar{Name: remote.HostVariable, ValueFrom: field("metadata.name")},
		corev1.EnvVar{Name: remote.NodeVariable, ValueFrom: field("spec.nodeName")},
	)
	return job, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: job.Name, Namespace: job.Namespace, Labels: job.Labels},
		Data:       map[string][]byte{"certificate": c.Certificate, "token": []byte(c.Token.Reveal())},
	}
}

// addressOf is where agents find the coordinator. Port 0 is the one on which it listens.
func addressOf(g spec.Generators, port int) string {
	if host, ok := strings.CutSuffix(g.Address, ":0"); ok {
		return fmt.Sprintf("%s:%d", host, port)
	}
	return g.Address
}
