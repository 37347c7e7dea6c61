package generators

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
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
	if !e.Generators.Pods() || e.Generators.Job+e.Generators.TestRun == "" {
		return nil
	}
	_, problems := read(e.Generators)
	return problems
}

// Where names the place of the generators: "on this machine", or the Job or TestRun.
func Where(g spec.Generators) string {
	if !g.Pods() {
		return "on this machine"
	}
	m, problems := read(g)
	if len(problems) > 0 {
		return "as pods of a " + m.kind
	}
	return fmt.Sprintf("as pods of %s %s in namespace %s", m.kind, m.name, m.namespace)
}

// joinLimit is how long the pods may take to start and connect.
const joinLimit = 5 * time.Minute

// Open returns what offers the load of an experiment. end must be called: it deletes what
// Open has created. measuring is how long the plan measures, version that of the harness, which
// agents must have.
func Open(ctx context.Context, e *spec.Experiment, measuring time.Duration, version string, log *slog.Logger) (load conduct.Load,
	end func(context.Context) error, err error) {
	g := e.Generators
	if !g.Pods() {
		return conduct.K6{}, func(context.Context) error { return nil }, nil
	}
	m, problems := read(g)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	c, err := connect(ctx, g, m.namespace)
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
	w, err := m.of(g, measuring, coordinator)
	if err != nil {
		return nil, nil, err
	}
	if err := r.create(ctx, w); err != nil {
		return nil, nil, err
	}
	log.Info(fmt.Sprintf("waiting for %d pods of %s %s in namespace %s", g.Count, w.kind, w.object.GetName(), m.namespace))
	if err := r.await(ctx); err != nil {
		return nil, nil, err
	}
	return conduct.Remote{Coordinator: coordinator}, r.close, nil
}

// closeLimit bounds the deletion of what was created.
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
	workload    *workload       // nil: nothing was created yet
	created     []client.Object // to be deleted
}

// create makes what pods read, then the workload that owns it: without the workload it goes, too.
func (r *running) create(ctx context.Context, w *workload) error {
	r.workload = w
	for _, f := range w.files {
		// Kept before it is created: a request that was cut off may have created it.
		r.created = append(r.created, f)
		if err := r.client.Create(ctx, f); err != nil {
			return fmt.Errorf("create the %s of the generators: %w", kindOf(f), err)
		}
	}
	r.created = append(r.created, w.object)
	if err := w.create(ctx, r.client); err != nil {
		return fmt.Errorf("create the %s of the generators: %w", w.kind, err)
	}
	owner := metav1.OwnerReference{APIVersion: w.version, Kind: w.kind, Name: w.object.GetName(), UID: w.object.GetUID()}
	for _, f := range w.files {
		owned, ok := f.DeepCopyObject().(client.Object)
		if !ok {
			continue // every copy is one
		}
		owned.SetOwnerReferences([]metav1.OwnerReference{owner})
		if err := r.client.Patch(ctx, owned, client.MergeFrom(f)); err != nil {
			return fmt.Errorf("bind the %s of the generators to their %s: %w", kindOf(f), w.kind, err)
		}
	}
	return nil
}

// kindOf names the kind of a file.
func kindOf(object client.Object) string {
	if _, secret := object.(*corev1.Secret); secret {
		return "Secret"
	}
	return "ConfigMap"
}

// await waits until every pod has connected. A workload that failed, or pods that do not come,
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
	if pods := r.workload.describe(asking, r.client); pods != "" {
		err = fmt.Errorf("%w; %s", err, pods)
	}
	return err
}

// look is how often the workload is looked at.
const look = time.Second

// failure waits until the workload has failed. It is nil when ctx ends first.
func (r *running) failure(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if why := r.workload.failed(ctx, r.client, r.workload); why != nil {
			return why
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// close ends the agents, and deletes what was created, the last first. What is deleted already
// is no error.
func (r *running) close(ctx context.Context) error {
	err := r.coordinator.Close()
	for _, object := range slices.Backward(r.created) {
		deleted := r.client.Delete(ctx, object, client.PropagationPolicy(metav1.DeletePropagationBackground))
		err = errors.Join(err, client.IgnoreNotFound(ignoreNoMatch(deleted)))
	}
	return err
}

// ignoreNoMatch forgives that a kind is unknown: nothing of it can be left.
func ignoreNoMatch(err error) error {
	if meta.IsNoMatchError(err) {
		return nil
	}
	return err
}
