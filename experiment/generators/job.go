package generators

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/scenarios/remote"
)

const (
	jobVersion = "batch/v1"
	jobKind    = "Job"
)

// containerName is the container of the Job in which the agent runs.
const containerName = "load"

// readJob reads the manifest of the Job, and returns all that is wrong with it.
func readJob(g spec.Generators) (*batchv1.Job, file.Problems) {
	job := &batchv1.Job{}
	if problems := readYAML(g.Job, "job", jobKind, job, job); len(problems) > 0 {
		return nil, problems
	}
	return job, checkJob(g.Job, job)
}

func checkJob(path string, job *batchv1.Job) file.Problems {
	problems := checkMeta(path, job, jobVersion, jobKind)
	add := func(field, what, remedy string) {
		problems = append(problems, file.Problem{File: path, Field: field, What: what, Remedy: remedy})
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

// jobOf returns the workload of a run that measures so long.
func jobOf(job *batchv1.Job, g spec.Generators, measuring time.Duration, c *remote.Coordinator) *workload {
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
	agent.Env = append(agent.Env, environment(job.Name, g, c)...)
	return &workload{
		version: jobVersion, kind: jobKind, object: job, files: []client.Object{credentials(job, c)},
		pods:   client.MatchingLabels{batchv1.JobNameLabel: job.Name},
		create: func(ctx context.Context, c client.Client) error { return c.Create(ctx, job) },
		failed: jobFailed,
	}
}

// jobFailed is why a Job does not get its pods: Kubernetes gave it up, or it was deleted.
func jobFailed(ctx context.Context, c client.Client, w *workload) error {
	var job batchv1.Job
	err := c.Get(ctx, client.ObjectKeyFromObject(w.object), &job)
	switch {
	case apierrors.IsNotFound(err):
		return errors.New("the Job was deleted")
	case err != nil:
		return nil // the next look may read it
	}
	for _, condition := range job.Status.Conditions {
		if condition.Type == batchv1.JobFailed && condition.Status == corev1.ConditionTrue {
			return fmt.Errorf("the Job has failed: %s", condition.Message)
		}
	}
	return nil
}
