package generators

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"example.org/odooharness/scenarios/remote"
)

// coordinator waits for so many agents, until the end of the test.
func coordinator(t *testing.T, of int) *remote.Coordinator {
	t.Helper()
	c, err := remote.Listen(t.Context(), remote.Config{Listen: "127.0.0.1:0", Of: of, Clock: remote.HostClock()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// A Job that has failed is not waited for. The error has its reason, and what Kubernetes knows
// of its pods.
func TestFailedJobIsNotWaitedFor(t *testing.T) {
	job := &batchv1.Job{}
	job.Name, job.Namespace = "load-x", "load"
	job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Message: "Job has reached the limit"}}
	pod := &corev1.Pod{}
	pod.Name, pod.Namespace, pod.Labels = "load-x-0", "load", map[string]string{batchv1.JobNameLabel: "load-x"}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason: "ErrImagePull"}}}}
	w := &workload{object: job, pods: client.MatchingLabels{batchv1.JobNameLabel: job.Name}, failed: jobFailed}
	r := &running{client: fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(job, pod).Build(), coordinator: coordinator(t, 1),
		workload: w, created: []client.Object{job}}
	err := r.await(t.Context())
	const want = "wait for generators: 0 of 1 are there: the Job has failed: Job has reached the limit; load-x-0: ErrImagePull"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := r.close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.client.Get(t.Context(), client.ObjectKeyFromObject(job), &batchv1.Job{}); !apierrors.IsNotFound(err) {
		t.Errorf("after close: %v, want that the Job is deleted", err)
	}
	if why := r.failure(t.Context()); why == nil || why.Error() != "the Job was deleted" {
		t.Errorf("deleted by somebody: %v", why)
	}
}
