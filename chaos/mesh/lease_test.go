package mesh_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/odooharness/chaos/mesh"
)

func ofRun(run string) func(*mesh.Options) {
	return func(o *mesh.Options) { o.Run, o.Experiment, o.Host = run, "peak/2026-11-30", "ci-"+run }
}

// The second run on a setup is refused with the name of the first, after it has seen it
// renew its Lease. When the first has ended, the second begins at once.
func TestSecondRunIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		release, err := w.driver(ofRun("r1")).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = w.driver(ofRun("r2")).Acquire(t.Context())
		if !errors.Is(err, mesh.ErrInUse) || !strings.Contains(err.Error(), "peak/2026-11-30 (run r1) on ci-r1") {
			t.Fatalf("got %v, want the name of the first", err)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it was refused after %s, want one renewal of 5 s", took)
		}
		time.Sleep(time.Minute) // it is renewed all the while
		if _, err = w.driver(ofRun("r2")).Acquire(t.Context()); !errors.Is(err, mesh.ErrInUse) {
			t.Errorf("a minute later: %v", err)
		}
		release(t.Context())
		began = time.Now()
		release, err = w.driver(ofRun("r2")).Acquire(t.Context())
		if err != nil || time.Since(began) > 0 {
			t.Fatalf("after the first has ended: %v after %s", err, time.Since(began))
		}
		release(t.Context())
	})
}

// A run that was killed holds nothing: the next one waits for the term of its Lease, by
// its own clock.
func TestDeadRunIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		dead := w.driver(ofRun("r1"))
		release, err := dead.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		dead.Client = nowhere(w) // it is killed: neither renewed nor released
		release(t.Context())
		began := time.Now()
		release, err = w.driver(ofRun("r2")).Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 15*time.Second || took > 17*time.Second {
			t.Errorf("it waited for %s, want the term of 15 s", took)
		}
		release(t.Context())
	})
}

// Several setups may share a namespace of pods: each is taken, and all are released when
// one is in use.
func TestAllNamespacesAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in := func(run string, namespaces ...string) *mesh.Driver {
			return w.driver(func(o *mesh.Options) { o.Run, o.Namespace, o.Namespaces = run, namespaces[0], namespaces })
		}
		release, err := in("r1", "t2").Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in("r2", "t1", "t2").Acquire(t.Context()); !errors.Is(err, mesh.ErrInUse) || !strings.Contains(err.Error(), "namespace t2") {
			t.Errorf("got %v, want a refusal for t2", err)
		}
		began := time.Now()
		other, err := in("r3", "t1").Acquire(t.Context())
		if err != nil || time.Since(began) > 0 {
			t.Errorf("t1 was kept by the refused run: %v after %s", err, time.Since(began))
		}
		other(t.Context())
		release(t.Context())
	})
}
