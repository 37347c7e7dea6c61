//go:build kubernetes

package driver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/testing/eventually"
)

// inject has a fault of the only pods of a namespace in effect, and leaves it so.
func inject(t *testing.T, namespace, text string) *chaos.Session {
	t.Helper()
	s, _ := session(t, driver(whole.Client, namespace, "web", "odoo", "redis"), text)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(errors.Join(err, s.Close(t.Context())))
	}
	t.Log(s.Injection().Proof)
	return s
}

func recovered(t *testing.T, s *chaos.Session) {
	t.Helper()
	if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Injection().GoneProof)
	if strings.Contains(s.Injection().GoneProof, "force") {
		t.Error("it had to be forced")
	}
}

// Clients outside of the cluster lose the only pod of a Service for a while, and get
// it, or another one, back.
func TestNodePodFaults(t *testing.T) {
	shopOfContainers(t, "node-pods")
	url := serviceURL(t, "node-pods")
	for _, test := range []struct {
		action, more string
		samePod      bool
	}{
		{"pod-kill", "mode: one", false},
		{"container-kill", "mode: one\ncontainerNames: [main]", true},
		{"pod-failure", "mode: one\nduration: 60s", true},
	} {
		t.Run(test.action, func(t *testing.T) {
			before := only(t, "node-pods", "web")
			stop := watch(t, url)
			s := inject(t, "node-pods", mark("PodChaos", test.action,
				"action: "+test.action+"\nselector: {labelSelectors: {app: web}}\n"+test.more))
			if test.action == "pod-failure" {
				logs(t, "node-pods", "odoo", "the web is away", func(l line) bool { return strings.HasSuffix(l.text, "cut-off") })
			}
			recovered(t, s)
			eventually.Nil(t, 30*time.Second, "the web answers", func() error {
				_, _, err := fetch(t.Context(), url, 2*time.Second)
				return err
			})
			failed, last := stop()
			// A killed pod may be replaced before the next request: the new UID shows the fault.
			if failed == 0 && test.samePod {
				t.Error("clients of the Service noticed nothing")
			}
			t.Logf("%d requests of clients failed, the last with: %v", failed, last)
			after := only(t, "node-pods", "web")
			if same := after.UID == before.UID; same != test.samePod {
				t.Errorf("the same pod afterwards: %t, want %t", same, test.samePod)
			}
			if was, is := before.Status.ContainerStatuses[0].ContainerID, after.Status.ContainerStatuses[0].ContainerID; was == is {
				t.Errorf("container %s was there before", is)
			}
		})
	}
}

// A partition drops what Odoo sends to the ingress, and that alone: this machine
// still reaches the ingress.
func TestNodePartition(t *testing.T) {
	shopOfContainers(t, "node-parted")
	reached := func(l line) bool { return strings.HasSuffix(l.text, "reached") }
	logs(t, "node-parted", "odoo", "it reaches the web", reached)
	s := inject(t, "node-parted", mark("NetworkChaos", "parted", "action: partition\nmode: all\nduration: 60s\n"+
		"selector: {labelSelectors: {app: odoo}}\ndirection: both\ntarget: {mode: all, selector: {labelSelectors: {app: web}}}"))
	logs(t, "node-parted", "odoo", "it is cut off", func(l line) bool { return strings.HasSuffix(l.text, "cut-off") })
	if _, _, err := fetch(t.Context(), serviceURL(t, "node-parted"), 2*time.Second); err != nil {
		t.Errorf("others are cut off, too: %v", err)
	}
	recovered(t, s)
	logs(t, "node-parted", "odoo", "it reaches the web again", reached)
}

// A limit of bandwidth is kept: 1 MB/s (tc's mbps are megabytes), which 8 MiB take
// more than 5 s at, its burst taken off; without it they take less than half of that.
func TestNodeBandwidth(t *testing.T) {
	shopOfContainers(t, "node-narrow")
	page := serviceURL(t, "node-narrow") + "/8MiB"
	download := func() time.Duration {
		t.Helper()
		took, size, err := fetch(t.Context(), page, 30*time.Second)
		if err != nil || size != 8<<20 {
			t.Fatalf("read %d bytes: %v", size, err)
		}
		return took
	}
	before := download()
	s := inject(t, "node-narrow", mark("NetworkChaos", "narrow", "action: bandwidth\nmode: all\nduration: 60s\n"+
		"selector: {labelSelectors: {app: web}}\nbandwidth: {rate: 1mbps, limit: 100000, buffer: 10000}"))
	during := download()
	recovered(t, s)
	after := download()
	t.Logf("8 MiB took %s before, %s while limited, %s after", before, during, after)
	if during < 5*time.Second {
		t.Errorf("8 MiB at 1 MB/s took %s", during)
	}
	if limit := during / 2; before > limit || after > limit {
		t.Errorf("without the limit it took %s and %s, with it %s", before, after, during)
	}
}

// A stressed container takes what its limit gives it: the kernel throttles its cgroup.
func TestNodeStress(t *testing.T) {
	shopOfContainers(t, "node-busy")
	id := strings.TrimPrefix(only(t, "node-busy", "web").Status.ContainerStatuses[0].ContainerID, "containerd://")
	idle := throttled(t, id)
	s := inject(t, "node-busy", mark("StressChaos", "busy", "mode: all\nduration: 60s\nselector: {labelSelectors: {app: web}}\n"+
		"stressors: {cpu: {workers: 1, load: 100}}"))
	// 100 ms is the kernel's period: at most ten a second are throttled.
	eventually.True(t, 20*time.Second, "the stressed container is throttled", func() bool { return throttled(t, id) >= idle+20 })
	recovered(t, s)
	eventually.Nil(t, 20*time.Second, "it is throttled no longer", func() error {
		first := throttled(t, id)
		time.Sleep(time.Second) // the period over which the kernel's count must stand still
		if more := throttled(t, id) - first; more > 0 {
			return fmt.Errorf("in %d periods of a second it is", more)
		}
		return nil
	})
}

// throttled reads in how many periods the kernel has throttled a container.
func throttled(t *testing.T, id string) int {
	t.Helper()
	count, found := 0, false
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || entry.Name() != id {
			return nil // cgroups come and go
		}
		raw, err := os.ReadFile(filepath.Join(path, "cpu.stat"))
		if err != nil {
			return nil // a hierarchy of another controller
		}
		for _, l := range strings.Split(string(raw), "\n") {
			if number, ok := strings.CutPrefix(l, "nr_throttled "); ok {
				found = true
				if count, err = strconv.Atoi(number); err != nil {
					return err
				}
				return fs.SkipAll
			}
		}
		return nil
	})
	must(t, err)
	if !found {
		t.Fatalf("container %s has no cgroup with cpu.stat", id)
	}
	return count
}

// A running process sees another time, while the node's clock goes on, and the true
// time when the fault is over.
func TestNodeTime(t *testing.T) {
	shopOfContainers(t, "node-late")
	right := func(l line) bool { return clockBehind(t, l) <= 3*time.Second && clockBehind(t, l) >= 0 }
	logs(t, "node-late", "redis", "its clock is right", right)
	s := inject(t, "node-late", mark("TimeChaos", "late", "mode: all\nduration: 60s\nselector: {labelSelectors: {app: redis}}\n"+
		"timeOffset: -1h"))
	logs(t, "node-late", "redis", "its clock is an hour behind", func(l line) bool {
		return clockBehind(t, l) >= time.Hour && clockBehind(t, l) <= time.Hour+3*time.Second
	})
	recovered(t, s)
	logs(t, "node-late", "redis", "its clock is right again", right)
}

// clockBehind is how far the clock of the pod that logged a line is behind the node's.
func clockBehind(t *testing.T, l line) time.Duration {
	t.Helper()
	seconds, err := strconv.ParseInt(strings.Fields(l.text)[0], 10, 64)
	must(t, err)
	return l.at.Sub(time.Unix(seconds, 0)).Round(time.Second)
}

// A delay works where the kernel has netem. Elsewhere the driver names what the node lacks,
// and nothing is left of the attempt.
func TestNodeDelay(t *testing.T) {
	shopOfContainers(t, "node-slow")
	url := serviceURL(t, "node-slow")
	s, _ := session(t, driver(whole.Client, "node-slow", "web", "odoo"), mark("NetworkChaos", "slow",
		"action: delay\nmode: all\nduration: 60s\nselector: {labelSelectors: {app: web}}\ndelay: {latency: 400ms}"))
	must(t, errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())))
	err := s.InEffect(t.Context())
	if err != nil {
		t.Logf("said: %v", err)
		if !strings.Contains(err.Error(), "sch_netem") {
			t.Errorf("what the kernel lacks is not said: %v", err)
		}
	} else if took, _, err := fetch(t.Context(), url, 2*time.Second); err != nil || took < 400*time.Millisecond {
		t.Errorf("with 400 ms more an answer took %s, %v", took, err)
	}
	must(t, s.Close(t.Context()))
	if took, _, err := fetch(t.Context(), url, 2*time.Second); err != nil || took > 300*time.Millisecond {
		t.Errorf("afterwards an answer took %s, %v", took, err)
	}
}
