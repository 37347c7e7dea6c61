package generators

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/scenarios/remote"
)

// Check returns what is wrong with the files that the generators of an experiment need.
func Check(e *spec.Experiment) file.Problems {
	if e.Generators.Engine != spec.EngineJob || e.Generators.Job == "" {
		return nil
	}
	_, problems := readJob(e.Generators)
	return problems
}

// Where names the place of the generators: "on this machine", or the Job.
func Where(g spec.Generators) string {
	if g.Engine != spec.EngineJob {
		return "on this machine"
	}
	job, problems := readJob(g)
	if len(problems) > 0 {
		return "as pods of a Job"
	}
	return fmt.Sprintf("as pods of Job %s in namespace %s", job.Name, job.Namespace)
}

// joinLimit is how long the pods may take to start and connect.
const joinLimit = 5 * time.Minute

// Open returns what offers the load of an experiment. end must be called: it deletes what
// Open has created. measuring is how long the plan measures, version that of the harness, which
// agents must have.
func Open(ctx context.Context, e *spec.Experiment, measuring time.Duration, version string, log *slog.Logger) (load conduct.Load,
	end func(context.Context) error, err error) {
	g := e.Generators
	if g.Engine != spec.EngineJob {
		return conduct.K6{}, func(context.Context) error { return nil }, nil
	}
	job, problems := readJob(g)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	c, err := connect(ctx, g, job.Namespace)
	if err != nil {
		return nil, nil, err
	}
	coordinator, err := remote.Listen(ctx, remote.Config{Listen: g.Listen, Of: g.Count, Version: version, Clock: remote.HostClock()})
	if err != nil {
		return nil, nil, err
	}
	r := &running{client: c, coordinator: coordinator}
	defer func() {
		if err != nil {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
			defer cancel()
			err = errors.Join(err, r.close(closing))
		}
	}()
	if err := r.create(ctx, job, g, measuring); err != nil {
		return nil, nil, err
	}
	log.Info(fmt.Sprintf("waiting for %d pods of Job %s in namespace %s", g.Count, r.job.Name, r.job.Namespace))
	if err := r.await(ctx); err != nil {
		return nil, nil, err
	}
	return conduct.Remote{Coordinator: coordinator}, r.close, nil
}

// closeLimit bounds the deletion of the Job.
const closeLimit = 30 * time.Second

func connect(ctx context.Context, g spec.Generators, namespace string) (client.Client, error) {
	config, name, err := mesh.Config(g.Kubeconfig, g.Context)
	if err != nil {
		return nil, fmt.Errorf("generators: %w", err)
	}
	if spec.IsProduction(name) {
		return nil, fmt.Errorf("generators: the context %s is production by its name; name another in generators.context", name)
	}
	c, err := mesh.Connect(config)
	if err != nil {
		return nil, fmt.Errorf("generators: %w", err)
	}
	label, err := target.ProductionLabel(ctx, c, namespace)
	switch {
	case err != nil:
		return nil, fmt.Errorf("generators: look at namespace %s: %w", namespace, err)
	case label != "":
		return nil, fmt.Errorf("generators: namespace %s is marked %s; run the generators in a namespace of their own",
			namespace, label)
	}
	return c, nil
}

// running are the pods of a run.
type running struct {
	client      client.Client
	coordinator *remote.Coordinator
	job         *batchv1.Job // nil: not created yet
	secret      *corev1.Secret
}

// create makes the Secret, then the Job that owns it: without the Job the Secret goes, too.
func (r *running) create(ctx context.Context, manifest *batchv1.Job, g spec.Generators, measuring time.Duration) error {
	job, secret := completed(manifest, g, measuring, r.coordinator)
	// Kept before they are created: a request that was cut off may have created them.
	r.secret = secret
	if err := r.client.Create(ctx, secret); err != nil {
		return fmt.Errorf("create the Secret of the generators: %w", err)
	}
	r.job = job
	if err := r.client.Create(ctx, job); err != nil {
		return fmt.Errorf("create the Job of the generators: %w", err)
	}
	owned := secret.DeepCopy()
	owned.OwnerReferences = []metav1.OwnerReference{
		{APIVersion: "batch/v1", Kind: "Job", Name: job.Name, UID: job.UID}}
	if err := r.client.Patch(ctx, owned, client.MergeFrom(secret)); err != nil {
		return fmt.Errorf("bind the Secret of the generators to their Job: %w", err)
	}
	return nil
}

// await waits until every pod has connected. A Job that failed, or pods that do not come,
// are an error that names what Kubernetes knows of them.
func (r *running) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, joinLimit, fmt.Errorf("not within %s", joinLimit))
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if why := r.failure(watching); why != nil {
			fail(why)
		}
	}()
	err := r.coordinator.Await(ctx)
	stop()
	<-watched
	if err == nil {
		return nil
	}
	asking, done := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer done()
	if pods := r.pods(asking); pods != "" {
		err = fmt.Errorf("%w; %s", err, pods)
	}
	return err
}

// look is how often the Job is looked at.
const look = time.Second

// failure waits until the Job has failed. It is nil when ctx ends first.
func (r *running) failure(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		var job batchv1.Job
		if err := r.client.Get(ctx, client.ObjectKeyFromObject(r.job), &job); err == nil { // else the next look may read it
			for _, c := range job.Status.Conditions {
				if c.Type == batchv1.JobFailed && c.Status == corev1.ConditionTrue {
					return fmt.Errorf("the Job has failed: %s", c.Message)
				}
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// pods describes the pods that do not run.
func (r *running) pods(ctx context.Context) string {
	var list corev1.PodList
	err := r.client.List(ctx, &list, client.InNamespace(r.job.Namespace), client.MatchingLabels{batchv1.JobNameLabel: r.job.Name})
	if err != nil {
		return ""
	}
	var all []string
	for _, p := range list.Items {
		if why := whyNot(p); why != "" {
			all = append(all, p.Name+": "+why)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// whyNot is what Kubernetes knows of a pod that does not run.
func whyNot(p corev1.Pod) string {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "it has no node: " + c.Message
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		switch {
		case c.State.Waiting != nil:
			return strings.TrimSpace(c.State.Waiting.Reason + " " + c.State.Waiting.Message)
		case c.State.Terminated != nil:
			return fmt.Sprintf("it ended with code %d: kubectl logs -n %s %s", c.State.Terminated.ExitCode, p.Namespace, p.Name)
		}
	}
	return ""
}

// close ends the agents, and deletes what was created. What is deleted already is no error.
func (r *running) close(ctx context.Context) error {
	err := r.coordinator.Close()
	if r.job != nil {
		deleted := r.client.Delete(ctx, r.job, client.PropagationPolicy(metav1.DeletePropagationBackground))
		err = errors.Join(err, client.IgnoreNotFound(deleted))
	}
	if r.secret != nil {
		err = errors.Join(err, client.IgnoreNotFound(r.client.Delete(ctx, r.secret)))
	}
	return err
}
