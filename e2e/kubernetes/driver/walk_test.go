//go:build kubernetes

package driver

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

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/lines"
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

// Controller and daemon are killed and restarted at random moments during the lives of
// several faults at a time. When all are closed, no resource is left. No fault is left
// either, except in pods that the driver names for a restart. HARNESS_WALKS is the number.
func TestRandomWalksOnARealCluster(t *testing.T) {
	t.Parallel() // after all others of this cluster: it kills its parts
	const together = 16
	walks := 200
	if n, err := strconv.Atoi(os.Getenv("HARNESS_WALKS")); err == nil {
		walks = n
	}
	seed := rand.Uint64()
	for i := range together {
		shop(t, whole, namespaceOf(i), "postgres", "odoo")
	}
	var killed, told, forced int
	for first := 0; first < walks && !t.Failed(); first += together {
		random := rand.New(rand.NewPCG(seed, uint64(first)))
		all := make([]*walk, min(together, walks-first))
		for i := range all {
			all[i] = newWalk(t, namespaceOf(i), random)
		}
		kills := walkTogether(t, all, random)
		killed += len(kills)
		var said []string
		for _, w := range all {
			noResources(t, w.namespace)
			said = append(said, w.said...)
		}
		forced += strings.Count(strings.Join(said, "\n"), "did not go by itself")
		t.Run(fmt.Sprint("walks from ", first), func(t *testing.T) {
			told += restartAsTold(t, strings.Join(said, "\n"))
		})
		if t.Failed() {
			t.Errorf("walks from %d of seed %d: killed were %q", first, seed, kills)
			for _, w := range all {
				t.Logf("%s: %s: %q; said was %q", w.namespace, w.fault, w.trail, w.said)
			}
		}
	}
	t.Logf("%d walks, seed %d: parts were killed %d times, %d faults had to be forced, %d pods restarted as told",
		walks, seed, killed, forced, told)
}

func namespaceOf(i int) string { return fmt.Sprint("walks-", i) }

// walk is one fault on its way through its life.
type walk struct {
	namespace string
	fault     string
	session   *chaos.Session
	trail     []string // what was done, with what came of it
	said      []string // by the driver
	inject    bool
	see       bool
	recover   bool
	pause     time.Duration
}

func newWalk(t *testing.T, namespace string, random *rand.Rand) *walk {
	t.Helper()
	ready(t, whole, namespace, 4)
	w := &walk{
		namespace: namespace, inject: random.IntN(10) > 0, see: random.IntN(3) > 0, recover: random.IntN(3) > 0,
		pause: time.Duration(random.IntN(1000)) * time.Millisecond,
	}
	d := driver(whole.Client, namespace, "postgres", "odoo")
	d.Stuck = 8 * time.Second
	d.Log = lines.Logger(func(text string) { w.said = append(w.said, text) })
	faults := walkFaults()
	s, m := session(t, d, faults[random.IntN(len(faults))])
	w.session, w.fault = s, m.Kind+" "+m.Action
	return w
}

// live takes the fault through its life. Each step lasts at most two seconds, except
// recovery, which has its own limit.
func (w *walk) live(ctx context.Context) {
	step := func(name string, wanted bool, verb func(context.Context) error) {
		if !wanted {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		w.trail = append(w.trail, fmt.Sprintf("%s: %v", name, verb(ctx)))
	}
	step("prepare", true, w.session.Prepare)
	step("inject", w.inject, w.session.Inject)
	step("in effect", w.see, w.session.InEffect)
	time.Sleep(w.pause)
	step("recover", w.recover, w.session.Recover)
}

// walkTogether takes all walks through their lives while a hand kills, then closes
// them with everything back. It returns what was killed when.
func walkTogether(t *testing.T, all []*walk, random *rand.Rand) (kills []string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var walkers, hand sync.WaitGroup
	type blow struct {
		part        string
		after, away time.Duration
	}
	var blows []blow
	for range 1 + random.IntN(3) {
		blows = append(blows, blow{
			[]string{"chaos-controller", "recording-daemon"}[random.IntN(2)],
			time.Duration(random.IntN(1000)) * time.Millisecond, time.Duration(200+random.IntN(2500)) * time.Millisecond,
		})
	}
	hand.Go(func() {
		for _, b := range blows {
			time.Sleep(b.after)
			kills = append(kills, fmt.Sprintf("%s after %s for %s", b.part, b.after, b.away))
			if err := whole.Kill(b.part); err != nil {
				t.Error(err)
			}
			time.Sleep(b.away)
			start := whole.StartController
			if b.part == "recording-daemon" {
				start = whole.StartDaemon
			}
			if err := start(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	for _, w := range all {
		walkers.Go(func() { w.live(ctx) })
	}
	walkers.Wait()
	hand.Wait()
	for _, w := range all {
		walkers.Go(func() {
			if err := w.session.Close(ctx); err != nil {
				t.Errorf("%s: close: %v", w.namespace, err)
			}
		})
	}
	walkers.Wait()
	return kills
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
