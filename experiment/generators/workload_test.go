package generators

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
)

// edit replaces old by new in a shipped manifest, and what is then wrong with it begins with
// its file and has want.
type edit struct{ old, new, want string }

// refused makes each edit of a manifest, and fails when it is not the only problem.
func refused(t *testing.T, manifest string, edits []edit, read func(path string) file.Problems) {
	t.Helper()
	raw, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		text := strings.Replace(string(raw), e.old, e.new, 1)
		if text == string(raw) {
			t.Fatalf("%q is not in the manifest", e.old)
		}
		path := filepath.Join(t.TempDir(), filepath.Base(manifest))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if problems := read(path); len(problems) != 1 || !strings.Contains(problems.Error(), e.want) ||
			!strings.HasPrefix(problems.Error(), path) {
			t.Errorf("%s: got %v, want %q", e.new, problems, e.want)
		}
	}
}

// Port 0 is the one on which the coordinator listens.
func TestAddress(t *testing.T) {
	for address, want := range map[string]string{"harness.load.svc:7443": "harness.load.svc:7443", "10.0.0.7:0": "10.0.0.7:4711", "[::1]:0": "[::1]:4711"} {
		if got := addressOf(spec.Generators{Address: address}, 4711); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// Why a pod does not run, in Kubernetes' words.
func TestWhyNot(t *testing.T) {
	pod := func(change func(*corev1.PodStatus)) corev1.Pod {
		p := corev1.Pod{}
		p.Name, p.Namespace = "load-x", "load"
		change(&p.Status)
		return p
	}
	state := func(s corev1.ContainerState) func(*corev1.PodStatus) {
		return func(p *corev1.PodStatus) { p.ContainerStatuses = []corev1.ContainerStatus{{State: s}} }
	}
	for want, p := range map[string]corev1.Pod{
		"it has no node: 0/3 nodes are available": pod(func(p *corev1.PodStatus) {
			p.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available"}}
		}),
		"ImagePullBackOff no such image": pod(state(corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}})),
		"it ended with code 3: kubectl logs -n load load-x": pod(state(corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 3}})),
		"": pod(state(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})),
	} {
		if got := whyNot(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
