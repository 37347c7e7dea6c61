//go:build kubernetes

package k6operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/testenv/cluster"
)

// Operator acts on TestRuns.
type Operator struct {
	Client  client.Client
	Dir     string        // for scripts
	Between time.Duration // the starts of two runners
	Log     func(string)

	ports map[string][]int // of the runners of a TestRun

	mu     sync.Mutex // guards starts
	starts []time.Time
}

// Starts are the instants at which runners were started.
func (o *Operator) Starts() []time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.starts)
}

// testRun is a TestRun as one look has it.
type testRun struct {
	spec
	object *unstructured.Unstructured
	name   string
	script string // its file
}

// Run acts until ctx ends.
func (o *Operator) Run(ctx context.Context) {
	o.ports = map[string][]int{}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("k6.io/v1alpha1")
		list.SetKind("TestRunList")
		err := o.Client.List(ctx, list)
		for i := range list.Items {
			err = errors.Join(err, o.look(ctx, &list.Items[i]))
		}
		if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) {
			o.Log("k6-operator: " + err.Error()) // it looks again
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look does the next step of a TestRun.
func (o *Operator) look(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetDeletionTimestamp() != nil {
		return nil
	}
	t, err := read(object, o.Dir)
	if err != nil {
		return err
	}
	stage, _, _ := unstructured.NestedString(object.Object, "status", "stage")
	switch stage {
	case "":
		if t.Initializer.Disabled {
			return o.enter(ctx, t, "initialized")
		}
		return errors.Join(o.copyScript(ctx, t), o.create(ctx, t.initializer()), o.enter(ctx, t, "initialization"))
	case "initialization":
		return o.initialized(ctx, t)
	case "initialized":
		return errors.Join(o.copyScript(ctx, t), o.runners(ctx, t))
	case "created":
		return o.start(ctx, t)
	case "started":
		return o.finished(ctx, t)
	case "stopped":
		return o.enter(ctx, t, "finished")
	case "finished", "error":
		if t.Cleanup == "post" {
			return o.Client.Delete(ctx, object, client.PropagationPolicy("Background"))
		}
	}
	return nil
}

func read(object *unstructured.Unstructured, dir string) (*testRun, error) {
	raw, err := json.Marshal(object.Object["spec"])
	if err != nil {
		return nil, err
	}
	t := &testRun{object: object, name: object.GetName()}
	if err := json.Unmarshal(raw, &t.spec); err != nil {
		return nil, fmt.Errorf("read TestRun %s: %w", t.name, err)
	}
	t.script = filepath.Join(dir, t.name, t.Script.ConfigMap.File)
	return t, nil
}

// enter reports a stage.
func (o *Operator) enter(ctx context.Context, t *testRun, stage string) error {
	was := t.object.DeepCopy()
	if err := unstructured.SetNestedField(t.object.Object, stage, "status", "stage"); err != nil {
		return err
	}
	o.Log("k6-operator: TestRun " + t.name + " is " + stage)
	return o.Client.Status().Patch(ctx, t.object, client.MergeFrom(was))
}

// copyScript stands for the volume of the ConfigMap: a pod waits for one that is missing.
func (o *Operator) copyScript(ctx context.Context, t *testRun) error {
	var files corev1.ConfigMap
	key := client.ObjectKey{Namespace: t.object.GetNamespace(), Name: t.Script.ConfigMap.Name}
	if err := o.Client.Get(ctx, key, &files); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(t.script), 0o755); err != nil {
		return err
	}
	return os.WriteFile(t.script, []byte(files.Data[t.Script.ConfigMap.File]), 0o600)
}

func (o *Operator) create(ctx context.Context, object client.Object) error {
	return client.IgnoreAlreadyExists(o.Client.Create(ctx, object))
}

// initialized waits for the end of the initializer.
func (o *Operator) initialized(ctx context.Context, t *testRun) error {
	var job batchv1.Job
	key := client.ObjectKey{Namespace: t.object.GetNamespace(), Name: t.name + "-initializer"}
	if err := o.Client.Get(ctx, key, &job); err != nil {
		return err
	}
	switch {
	case job.Status.Failed > 0:
		return o.enter(ctx, t, "error")
	case job.Status.Succeeded > 0:
		return o.enter(ctx, t, "initialized")
	}
	return nil
}

// runners creates a Job and a Service for each.
func (o *Operator) runners(ctx context.Context, t *testRun) error {
	ports := make([]int, 0, t.Parallelism)
	for i := range t.Parallelism {
		port, err := cluster.FreePort("127.0.0.1")
		if err != nil {
			return err
		}
		ports = append(ports, port)
		if err := errors.Join(o.create(ctx, t.runner(i+1, port)), o.create(ctx, t.service(i+1, port))); err != nil {
			return err
		}
	}
	o.ports[t.name] = ports
	return o.enter(ctx, t, "created")
}

// start starts the runners, once all of them run and answer.
func (o *Operator) start(ctx context.Context, t *testRun) error {
	var pods corev1.PodList
	if err := o.Client.List(ctx, &pods, t.in(), t.ofRunners()); err != nil {
		return err
	}
	running := 0
	for _, p := range pods.Items {
		if p.Status.Phase == corev1.PodRunning {
			running++
		}
	}
	if running != t.Parallelism {
		return nil
	}
	for _, port := range o.ports[t.name] {
		if code, err := call(ctx, http.MethodGet, port, ""); err != nil || code >= http.StatusBadRequest {
			return nil //nolint:nilerr // the next look may find it
		}
	}
	for i, port := range o.ports[t.name] {
		if i > 0 {
			select {
			case <-time.After(o.Between):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		const begin = `{"data":{"attributes":{"paused":false},"id":"default","type":"status"}}`
		if code, err := call(ctx, http.MethodPatch, port, begin); err != nil || code >= http.StatusBadRequest {
			return errors.Join(fmt.Errorf("start runner %d: code %d", i+1, code), err)
		}
		o.mu.Lock()
		o.starts = append(o.starts, time.Now())
		o.mu.Unlock()
	}
	return o.enter(ctx, t, "started")
}

func call(ctx context.Context, method string, port int, body string) (code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	url := fmt.Sprintf("http://127.0.0.1:%d/v1/status", port)
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// finished reports a TestRun none of whose runners is active, whatever became of them.
func (o *Operator) finished(ctx context.Context, t *testRun) error {
	var jobs batchv1.JobList
	if err := o.Client.List(ctx, &jobs, t.in(), t.ofRunners()); err != nil {
		return err
	}
	over := 0
	for _, job := range jobs.Items {
		if job.Status.Active == 0 {
			over++
		}
	}
	if over < t.Parallelism {
		return nil
	}
	return o.enter(ctx, t, "stopped")
}

func (t *testRun) in() client.InNamespace { return client.InNamespace(t.object.GetNamespace()) }

func (t *testRun) ofRunners() client.MatchingLabels {
	return client.MatchingLabels{"app": "k6", "k6_cr": t.name, "runner": "true"}
}
