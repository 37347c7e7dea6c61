//go:build kubernetes

package driver

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// pids lists the processes that the containers of a component are.
func pids(t *testing.T, c *cluster.Cluster, namespace, component string) map[int]string {
	t.Helper()
	var pods corev1.PodList
	err := c.Client.List(t.Context(), &pods, client.InNamespace(namespace), client.MatchingLabels{"app": component})
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for _, p := range pods.Items {
		for _, s := range p.Status.ContainerStatuses {
			var pid int
			if _, err := fmt.Sscanf(s.ContainerID, "process://%d", &pid); err == nil && s.State.Running != nil {
				found[pid] = p.Name
			}
		}
	}
	return found
}

func lives(pid int) bool { return syscall.Kill(pid, 0) == nil }

// The three faults on pods end real processes, and the Deployment, or the node,
// starts new ones.
func TestPodFaultsEndProcesses(t *testing.T) {
	shop(t, whole, "pods", "odoo", "postgres")
	for _, test := range []struct {
		action, more string
		ended        int
		hold         time.Duration
	}{
		{"pod-kill", "mode: one", 1, 0},
		{"container-kill", "mode: all\ncontainerNames: [main]", 2, 0},
		{"pod-failure", "mode: all\nduration: 30s", 2, time.Second},
	} {
		t.Run(test.action, func(t *testing.T) {
			before := pids(t, whole, "pods", "odoo")
			others := pids(t, whole, "pods", "postgres")
			if len(before) != 2 {
				t.Fatalf("before there are %v", before)
			}
			s, _ := session(t, driver(whole.Client, "pods", "postgres", "odoo"), mark("PodChaos", test.action,
				"action: "+test.action+"\nselector: {labelSelectors: {app: odoo}}\n"+test.more))
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
				t.Fatal(errors.Join(err, s.Close(t.Context())))
			}
			t.Log(s.Injection().Proof)
			ended := 0
			for pid := range before {
				if !lives(pid) {
					ended++
				}
			}
			if ended != test.ended {
				t.Errorf("%d of %v ended, not %d", ended, before, test.ended)
			}
			if test.hold > 0 {
				time.Sleep(test.hold) // no pod comes back while the failure lasts
				if now := pids(t, whole, "pods", "odoo"); len(now) > 0 {
					t.Errorf("while the pods fail %v run", now)
				}
			}
			if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
				t.Error(err)
			}
			t.Log(s.Injection().GoneProof)
			after := pids(t, whole, "pods", "odoo")
			if len(after) != 2 {
				t.Errorf("after there are %v", after)
			}
			for pid := range after {
				if !lives(pid) {
					t.Errorf("process %d does not run", pid)
				}
			}
			if now := pids(t, whole, "pods", "postgres"); fmt.Sprint(now) != fmt.Sprint(others) {
				t.Errorf("the other component's processes changed from %v to %v", others, now)
			}
		})
	}
}

// schedule is a Schedule that delays the traffic of PostgreSQL every 2 s.
func schedule(name, duration string) string {
	return mark("Schedule", name, `
schedule: "@every 2s"
historyLimit: 2
concurrencyPolicy: Allow
type: NetworkChaos
networkChaos:
  action: delay
  mode: all
  selector: {labelSelectors: {app: postgres}}
  delay: {latency: 40ms}
  duration: `+duration+"\n")
}

// Nobody removes a Schedule: Chaos Mesh itself ends it, by the deadline of the Workflow
// that starts it, with what it has started.
func TestScheduleEndsByItself(t *testing.T) {
	shop(t, whole, "ends", "postgres")
	s, _ := session(t, driver(whole.Client, "ends", "postgres"), schedule("ends", "8s"))
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(errors.Join(err, s.Close(t.Context())))
	}
	eventually.Nil(t, time.Minute, "the Schedule and what it started have ended", func() error {
		for _, list := range []client.ObjectList{&v1alpha1.ScheduleList{}, &v1alpha1.NetworkChaosList{}} {
			if err := whole.Client.List(t.Context(), list, client.InNamespace("ends")); err != nil {
				return err
			}
			if n := meta.LenList(list); n > 0 {
				return fmt.Errorf("%d of %T are left", n, list)
			}
		}
		return nil
	})
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t, whole)
}

// A Schedule injects again and again, a Workflow step by step; what they started
// goes with them.
func TestScheduleAndWorkflow(t *testing.T) {
	shop(t, whole, "steps", "postgres")
	for name, text := range map[string]string{
		"Schedule": schedule("again", "20s"),
		"Workflow": mark("Workflow", "steps", `
entry: all
templates:
- {name: all, templateType: Serial, deadline: 60s, children: [slow, wait, kill]}
- name: slow
  templateType: NetworkChaos
  deadline: 4s
  networkChaos: {action: delay, mode: all, selector: {labelSelectors: {app: postgres}}, delay: {latency: 40ms}}
- {name: wait, templateType: Suspend, deadline: 1s}
- name: kill
  templateType: PodChaos
  deadline: 4s
  podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {app: postgres}}}
`),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := session(t, driver(whole.Client, "steps", "postgres"), text)
			if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
				t.Fatal(errors.Join(err, s.Close(t.Context())))
			}
			t.Log(s.Injection().Proof)
			if in, err := whole.InEffect(); err != nil || len(in) == 0 || !strings.Contains(in[0], "traffic control") {
				t.Errorf("in effect are %v, %v", in, err)
			}
			if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
				t.Error(err)
			}
			nothingLeft(t, whole)
		})
	}
}

// The harness was killed: Chaos Mesh ends the fault by its duration, and the sweep removes
// the resource.
func TestDurationEndsAnUnrevertedFault(t *testing.T) {
	shop(t, whole, "killed", "postgres")
	d := driver(whole.Client, "killed", "postgres")
	d.PID = 1 << 30 // of a process that is not there
	s, _ := session(t, d, mark("NetworkChaos", "left",
		"action: delay\nmode: all\nselector: {labelSelectors: {app: postgres}}\ndelay: {latency: 40ms}\nduration: 3s"))
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	nothingLeft(t, whole)
	t.Logf("taken back by Chaos Mesh %s after it was in effect", time.Since(start).Round(100*time.Millisecond))
	left, err := d.Leftovers(t.Context())
	if err != nil || len(left) != 1 {
		t.Fatalf("left are %v, %v", left, err)
	}
	swept, err := d.Sweep(t.Context())
	if err != nil || len(swept) != 1 || !strings.HasPrefix(swept[0], "NetworkChaos killed/left-") {
		t.Errorf("swept %v, %v", swept, err)
	}
	if left, err := d.Leftovers(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("after the sweep there are %v, %v", left, err)
	}
}
