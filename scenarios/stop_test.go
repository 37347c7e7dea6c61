package scenarios

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// A load that waits for the others of its trial can be stopped, and one that cannot log
// in is never ready.
func TestHeldUntilStopped(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	t.Cleanup(server.Close)
	for _, name := range []string{"stall.js", "plain.js", "mixed.js"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec(t, server, script(name), "main")
			s.Env = map[string]string{"TARGET": server.URL}
			child := startHeld(t, s)
			if err := child.Ready(t.Context()); err != nil {
				t.Errorf("it did not get ready: %v", err)
			}
			child.Stop()
			if _, _, err := child.Wait(); err != nil {
				t.Errorf("a stop on purpose is an error: %v", err)
			}
			endedByItself(t, child)
			if n := len(samplesIn(t, s.Out)); n != 0 {
				t.Errorf("%d samples of a load that never began", n)
			}
		})
	}
	for name, hold := range map[string]bool{"before it is ready": true, "before it begins by itself": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec(t, server, script("slow.js"), "main")
			s.Held, s.Duration = hold, time.Minute
			child, err := Start(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			eventually.True(t, time.Minute, "that it loads", func() bool {
				log, err := os.ReadFile(child.log.Name())
				return err == nil && strings.Contains(string(log), "loading")
			})
			child.Stop()
			if _, _, err := child.Wait(); err != nil {
				t.Errorf("a stop on purpose is an error: %v", err)
			}
			endedByItself(t, child)
			if n := len(samplesIn(t, s.Out)); n != 0 {
				t.Errorf("%d samples of a load that never began", n)
			}
		})
	}
	t.Run("not ready in time", func(t *testing.T) {
		t.Parallel()
		child := startHeld(t, spec(t, server, script("slow.js"), "main"))
		short, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("a millisecond is over"))
		defer cancel()
		ready := child.Ready(short)
		child.Stop()
		if _, _, err := child.Wait(); err != nil || ready == nil || !strings.Contains(ready.Error(), "a millisecond is over") {
			t.Errorf("ready: %v, its end: %v", ready, err)
		}
	})
	t.Run("killed", func(t *testing.T) {
		t.Parallel()
		child := startHeld(t, spec(t, server, script("stall.js"), "main"))
		if err := child.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		ready := child.Ready(t.Context())
		if _, _, err := child.Wait(); ready == nil || err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("ready: %v, its end: %v", ready, err)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		t.Parallel()
		s := spec(t, server, script("stall.js"), "main")
		s.Tenants[0].Password = "sEcReT"
		child := startHeld(t, s)
		ready := child.Ready(t.Context())
		if _, _, err := child.Wait(); ready == nil || err == nil || !strings.Contains(err.Error(), "check the password") {
			t.Errorf("ready: %v, its end: %v", ready, err)
		}
	})
}

// endedByItself fails when a stopped child had to be killed.
func endedByItself(t *testing.T, child *Child) {
	t.Helper()
	if status, ok := child.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() == syscall.SIGKILL {
		t.Errorf("the child was killed: %v", child.cmd.ProcessState)
	}
}

func TestStopKeepsWhatWasRecorded(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Duration = time.Minute
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var last Progress
	for p := range child.Progress() {
		if last = p; p.Started > 20 {
			child.Stop()
		}
	}
	_, load, err := child.Wait()
	if err != nil {
		t.Errorf("a stop on purpose is an error: %v", err)
	}
	if last.Started <= 20 || len(load) != 1 || load[0].Started < last.Started {
		t.Errorf("progress %+v, load %+v", last, load)
	}
	// On a busy machine virtual users are short: arrivals that were dropped have rows, too.
	if n := int64(len(ofTenant(samplesIn(t, s.Out), "t1", results.Journey))); n != load[0].Started+load[0].Dropped {
		t.Errorf("%d rows, load %+v", n, load[0])
	}
}
