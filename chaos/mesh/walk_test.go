package mesh_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

func newSession(fault chaos.Fault) *chaos.Session {
	base := time.Now()
	return chaos.NewSession(fault, chaos.Options{
		Clock: func() results.Offset { return results.OffsetOf(time.Since(base)) },
		Poll:  5 * time.Millisecond, Proof: time.Second, Gone: 2 * time.Second, CleanUp: 10 * time.Second,
	})
}

func onlyNetworkChaos(t *testing.T, w *world) v1alpha1.NetworkChaos {
	t.Helper()
	var list v1alpha1.NetworkChaosList
	if err := w.client.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 {
		t.Fatalf("there are %d NetworkChaos", len(list.Items))
	}
	return list.Items[0]
}

// Whatever verbs are called, whatever fails on the way, and whether controller or
// daemon is there: once both are back, closing leaves no resource and no rule.
func TestRandomWalkLeavesNothing(t *testing.T) {
	const walks = 60
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range walks {
		walk(t, rand.New(rand.NewPCG(seed, uint64(i))))
	}
}

func walk(t *testing.T, random *rand.Rand) {
	t.Helper()
	w := newWorld(t, pod("pg-0", map[string]string{"app": "postgres"}), pod("pg-1", map[string]string{"app": "postgres"}))
	s, _ := session(t, w.driver(nil), parse(t, slowPostgres))
	var trail []string
	note := func(what string) { trail = append(trail, what+" -> "+string(s.State())) }
	for range 3 + random.IntN(10) {
		w.mu.Lock()
		w.absent, w.noDaemon = random.IntN(4) == 0, random.IntN(4) == 0
		w.fail = nil
		if random.IntN(5) == 0 {
			w.fail = func(string, client.Object) error { return errors.New("the server is out of order") }
		}
		w.mu.Unlock()
		w.reconcile(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		switch random.IntN(6) {
		case 0:
			note("prepare")
			_ = s.Prepare(ctx)
		case 1:
			note("inject")
			_ = s.Inject(ctx)
		case 2:
			note("in effect")
			_ = s.InEffect(ctx)
		case 3:
			w.reconcile(t.Context())
		case 4:
			note("recovered")
			_ = s.Recovered(ctx)
		case 5:
			w.reconcile(t.Context())
		}
		cancel()
	}
	w.mu.Lock()
	w.absent, w.noDaemon, w.fail = false, random.IntN(3) == 0, nil
	w.mu.Unlock()
	w.run()
	if err := s.Close(t.Context()); err != nil {
		t.Fatalf("close after %v: %v", trail, err)
	}
	if left := w.left(); len(left) > 0 {
		t.Fatalf("left after %v: %v", trail, left)
	}
}
