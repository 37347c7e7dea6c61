//go:build kubernetes

package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// walkFaults are those that walks choose from.
func walkFaults() []string {
	const on = "mode: one\nselector: {labelSelectors: {app: postgres}}\nduration: 20s\n"
	return []string{
		mark("NetworkChaos", "slow", on+"action: delay\ndelay: {latency: 40ms}"),
		mark("NetworkChaos", "cut", on+"action: partition\ndirection: both\ntarget: {mode: all, selector: {labelSelectors: {app: odoo}}}"),
		mark("StressChaos", "busy", on+"stressors: {cpu: {workers: 1, load: 50}}"),
		mark("IOChaos", "stuck", on+"volumePath: /data\naction: latency\ndelay: 50ms"),
		mark("HTTPChaos", "late", on+"port: 8069\ntarget: Request\ndelay: 90ms"),
		mark("TimeChaos", "shift", on+"timeOffset: -1h"),
		mark("PodChaos", "kill", "action: pod-kill\nmode: one\nselector: {labelSelectors: {app: postgres}}"),
		mark("PodChaos", "fail", on+"action: pod-failure"),
	}
}

// Controller or daemon are killed and come back at random moments while a fault
// goes through its life: at the end of each walk no resource and no fault is left.
// HARNESS_WALKS says how many.
func TestRandomWalksOnARealCluster(t *testing.T) {
	walks := 40
	if n, err := strconv.Atoi(os.Getenv("HARNESS_WALKS")); err == nil {
		walks = n
	}
	seed := rand.Uint64()
	t.Logf("%d walks, seed %d", walks, seed)
	shop(t, whole, "walks", "postgres", "odoo")
	forced, killed := 0, 0
	for i := range walks {
		t.Logf("walk %d", i)
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		wasForced, wasKilled := oneWalk(t, random)
		forced, killed = forced+wasForced, killed+wasKilled
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d walks: parts were killed %d times, %d faults had to be forced", walks, killed, forced)
}

// oneWalk takes one fault through its life while a second hand kills.
func oneWalk(t *testing.T, random *rand.Rand) (forced, killed int) {
	t.Helper()
	d := driver(whole.Client, "walks", "postgres", "odoo")
	d.Stuck = 8 * time.Second
	d.Report = func(text string) {
		if strings.Contains(text, "did not go by itself") {
			forced++
		}
	}
	faults := walkFaults()
	text := faults[random.IntN(len(faults))]
	ready(t, whole, "walks", 4)
	s, m := session(t, d, text)
	var trail []string
	var hand sync.WaitGroup
	kill := []string{"", "chaos-controller", "recording-daemon"}[random.IntN(3)]
	after := time.Duration(random.IntN(1500)) * time.Millisecond
	away := time.Duration(200+random.IntN(2500)) * time.Millisecond
	if kill != "" {
		killed++
		hand.Go(func() {
			time.Sleep(after)
			if err := whole.Kill(kill); err != nil {
				t.Error(err)
			}
			time.Sleep(away)
			start := whole.StartController
			if kill == "recording-daemon" {
				start = whole.StartDaemon
			}
			if err := start(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	step := func(name string, verb func(context.Context) error) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		trail = append(trail, fmt.Sprintf("%s: %v", name, verb(ctx)))
	}
	step("prepare", s.Prepare)
	if random.IntN(10) > 0 {
		step("inject", s.Inject)
	}
	if random.IntN(3) > 0 {
		step("in effect", s.InEffect)
	}
	time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
	if random.IntN(3) > 0 {
		step("recover", s.Recover)
	}
	hand.Wait()
	if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("%s %s: close after %q with %s killed after %s for %s: %v", m.Kind, m.Action, trail, kill, after, away, err)
	}
	noResources(t, "walks")
	// nothingLeft ends the test: what led to it is said before.
	defer func() {
		if t.Failed() {
			t.Logf("%s %s: trail %q, %s killed after %s for %s", m.Kind, m.Action, trail, kill, after, away)
		}
	}()
	nothingLeft(t, whole)
	return forced, killed
}

func noResources(t *testing.T, namespace string) {
	t.Helper()
	for kind := range v1alpha1.AllKindsIncludeScheduleAndWorkflow() {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
		if err := whole.Client.List(t.Context(), list, client.InNamespace(namespace)); err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Items {
			t.Errorf("%s %s is left", kind, r.GetName())
		}
	}
}
