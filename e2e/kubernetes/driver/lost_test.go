//go:build kubernetes

package driver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
)

// lostNote is a fault and the call that makes it. Its status does not record that call.
type lostNote struct {
	kind, spec, call string
	// inherent: Chaos Mesh cannot revert the fault if its controller dies at that moment.
	inherent bool
}

func lostNotes() []lostNote {
	const on = "mode: one\nselector: {labelSelectors: {app: postgres}}\nduration: 12s\n"
	return []lostNote{
		{"TimeChaos", on + "timeOffset: -1h", "SetTimeOffset", true},
		{"StressChaos", on + "stressors: {cpu: {workers: 1, load: 50}}", "ExecStressors", false},
		{"DNSChaos", on + "action: error\npatterns: [carrier.example]", "SetDNSServer", false},
		{"HTTPChaos", on + "port: 8069\ntarget: Request\ndelay: 90ms", "ApplyHttpChaos", false},
		{"IOChaos", on + "volumePath: /data\naction: latency\ndelay: 50ms", "ApplyIOChaos", false},
		{"NetworkChaos", on + "action: delay\ndelay: {latency: 40ms}", "SetTcs", false},
	}
}

// The daemon acts, and the daemon or the controller dies before the status records it. The
// fault is still reverted. Where Chaos Mesh cannot revert it, the driver names the pods to
// restart, and restarting them is enough.
func TestUnrecordedInjection(t *testing.T) {
	const pods = 6 // a restarted controller may choose another of them
	shop(t, whole, "lost")
	deploy(t, whole, "lost", "postgres", pods)
	for _, test := range lostNotes() {
		for _, part := range []string{"recording-daemon", "chaos-controller"} {
			t.Run(test.kind+" "+part, func(t *testing.T) {
				ready(t, whole, "lost", pods)
				d := driver(whole.Client, "lost", "postgres")
				d.Stuck = 8 * time.Second
				var reported []string
				d.Log = lines.Logger(func(text string) { reported = append(reported, text) })
				s, _ := session(t, d, mark(test.kind, "lost", test.spec))
				must(t, s.Prepare(t.Context()))
				must(t, whole.Trap(test.call, part))
				must(t, s.Inject(t.Context()))
				eventually.True(t, 20*time.Second, part+" has died", func() bool { return !whole.Running(part) })
				restart := whole.StartController
				if part == "recording-daemon" {
					restart = whole.StartDaemon
				}
				must(t, restart(t.Context()))
				must(t, s.Close(t.Context()))
				inherent := test.inherent && part == "chaos-controller"
				if told := restartAsTold(t, strings.Join(reported, "\n")); told > 0 != inherent {
					t.Errorf("%d pods had to be restarted, reported was %q", told, reported)
				}
			})
		}
	}
}

// restartAsTold restarts the pods that still have a fault, each of which must have
// been named, and returns how many these were. What lasts anywhere else fails the test.
func restartAsTold(t *testing.T, reported string) int {
	t.Helper()
	var hit map[string]*corev1.Pod
	eventually.Nil(t, 15*time.Second, "what is in effect is only in pods that were named", func() error {
		left, err := whole.InEffect()
		if err != nil {
			return err
		}
		if hit, err = podsWith(t, left); err != nil {
			return err
		}
		for name := range hit {
			if !strings.Contains(reported, name) {
				return fmt.Errorf("in effect are %v, in pod %s, and what was reported is %q", left, name, reported)
			}
		}
		return nil
	})
	for _, pod := range hit {
		must(t, whole.Client.Delete(t.Context(), pod))
	}
	nothingLeft(t, whole)
	return len(hit)
}

// podsWith finds the pods whose containers are named at the end of what is in effect.
func podsWith(t *testing.T, left []string) (map[string]*corev1.Pod, error) {
	t.Helper()
	found := map[string]*corev1.Pod{}
	if len(left) == 0 {
		return found, nil
	}
	var pods corev1.PodList
	if err := whole.Client.List(t.Context(), &pods); err != nil {
		return nil, err
	}
	for _, what := range left {
		owner := "none: " + what
		var pod *corev1.Pod
		for i, p := range pods.Items {
			for _, s := range p.Status.ContainerStatuses {
				if strings.HasSuffix(what, " on "+s.ContainerID) {
					owner, pod = p.Namespace+"/"+p.Name, &pods.Items[i]
				}
			}
		}
		found[owner] = pod
	}
	return found, nil
}
