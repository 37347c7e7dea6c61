//go:build kubernetes

package k6operator

import (
	"fmt"
	"maps"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// spec is what this package reads of a TestRun.
type spec struct {
	Parallelism int    `json:"parallelism"`
	Paused      string `json:"paused"`
	Cleanup     string `json:"cleanup"`
	Script      struct {
		ConfigMap struct {
			Name string `json:"name"`
			File string `json:"file"`
		} `json:"configMap"`
	} `json:"script"`
	Initializer struct {
		Disabled bool   `json:"disabled"`
		Image    string `json:"image"`
	} `json:"initializer"`
	Runner struct {
		Image string          `json:"image"`
		Env   []corev1.EnvVar `json:"env"`
	} `json:"runner"`
}

// segment is the part of runner i of n, from 1, with the sequence of all: as the operator
// writes them.
func segment(i, n int) []string {
	border := func(k int) string {
		switch k {
		case 0:
			return "0"
		case n:
			return "1"
		}
		return fmt.Sprintf("%d/%d", k, n)
	}
	sequence := make([]string, 0, n+1)
	for k := range n + 1 {
		sequence = append(sequence, border(k))
	}
	return []string{
		"--execution-segment=" + border(i-1) + ":" + border(i), "--execution-segment-sequence=" + strings.Join(sequence, ","),
	}
}

// runner is the Job of runner i, from 1, which serves its API at a port.
func (t *testRun) runner(i, port int) *batchv1.Job {
	command := []string{"k6", "run", "--quiet"}
	if t.Parallelism > 1 {
		command = append(command, segment(i, t.Parallelism)...)
	}
	command = append(command, t.script, fmt.Sprintf("--address=127.0.0.1:%d", port))
	if t.Paused != "false" {
		command = append(command, "--paused")
	}
	command = append(command, "--tag", fmt.Sprintf("instance_id=%d", i), "--tag", "testrun_name="+t.name)
	probe := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
		Path: "/v1/status", Port: intstr.FromInt(port), Scheme: "HTTP"}}}
	job := t.job(fmt.Sprintf("%s-%d", t.name, i), map[string]string{"runner": "true"}, corev1.Container{
		Name: "k6", Image: t.Runner.Image, Command: command, Env: t.Runner.Env,
		Ports:         []corev1.ContainerPort{{ContainerPort: int32(port)}}, //nolint:gosec // it is one
		LivenessProbe: probe, ReadinessProbe: probe,
	})
	job.Spec.Template.Spec.Hostname = job.Name
	return job
}

// service is that of runner i.
func (t *testRun) service(i, port int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: t.meta(fmt.Sprintf("%s-service-%d", t.name, i), map[string]string{"runner": "true"}),
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"job-name": fmt.Sprintf("%s-%d", t.name, i)},
			Ports:    []corev1.ServicePort{{Name: "http-api", Port: 6565, TargetPort: intstr.FromInt(port), Protocol: "TCP"}},
		},
	}
}

// initializer is the Job that looks at the script, with k6 and a shell.
func (t *testRun) initializer() *batchv1.Job {
	archive := t.script + ".archived.tar"
	return t.job(t.name+"-initializer", nil, corev1.Container{
		Name: "k6", Image: t.Initializer.Image, Command: []string{"sh", "-c", fmt.Sprintf(
			"k6 archive %s -O %s && k6 inspect --execution-requirements %s", t.script, archive, archive)},
	})
}

func (t *testRun) job(name string, labels map[string]string, container corev1.Container) *batchv1.Job {
	meta := t.meta(name, labels)
	return &batchv1.Job{ObjectMeta: meta, Spec: batchv1.JobSpec{
		BackoffLimit: ptr.To[int32](0),
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: meta.Labels},
			Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{container},
				TerminationGracePeriodSeconds: ptr.To[int64](5),
			},
		},
	}}
}

// meta is that of what a TestRun owns.
func (t *testRun) meta(name string, labels map[string]string) metav1.ObjectMeta {
	all := map[string]string{"app": "k6", "k6_cr": t.name}
	maps.Copy(all, labels)
	return metav1.ObjectMeta{Name: name, Namespace: t.object.GetNamespace(), Labels: all,
		OwnerReferences: []metav1.OwnerReference{{APIVersion: t.object.GetAPIVersion(), Kind: t.object.GetKind(), Name: t.name,
			UID: t.object.GetUID(), Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true)}}}
}
