package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

func TestWrongPasswordIsOneClearError(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1", "t2")
	for i := range s.Tenants {
		s.Tenants[i].Password = "sEcReT"
	}
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = child.Wait()
	if err == nil || strings.Count(err.Error(), "check the password") != 2 || strings.Contains(err.Error(), "sEcReT") {
		t.Errorf("got %v, want one message for each tenant", err)
	}
	if len(samplesIn(t, s.Out)) != 0 {
		t.Error("there was load in spite of the wrong password")
	}
	noSecrets(t, s.Out)
}

func TestUnreachableTarget(t *testing.T) {
	server := odootest.New()
	server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = child.Wait(); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want refused", err)
	}
	if err := Preflight(t.Context(), s.Tenants[0]); err == nil || !strings.Contains(err.Error(), "check that Odoo") {
		t.Errorf("preflight: got %v", err)
	}
}

func TestScriptAborts(t *testing.T) {
	s := spec(t, nil, script("abort.js"), "t1")
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = child.Wait()
	if err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("got %v, want the script's reason", err)
	}
	// The sixth aborts. Some more may start before that takes effect.
	if n := len(samplesIn(t, s.Out)); n < 5 || n > 600 {
		t.Errorf("%d iterations recorded, want about 6 of 1200", n)
	}
}

func TestScriptThrows(t *testing.T) {
	t.Parallel() // it mostly waits
	s := spec(t, nil, script("throws.js"), "t1")
	_, load := perform(t, s)
	all := samplesIn(t, s.Out)
	if len(all) == 0 || int64(len(all)) != load[0].Started {
		t.Fatalf("%d samples, load %+v", len(all), load)
	}
	for _, sample := range all {
		if sample.Outcome != results.ScriptError {
			t.Errorf("outcome %s, want script_error", sample.Outcome)
		}
	}
	log, err := os.ReadFile(filepath.Join(s.Out, "k6-load.log"))
	if err != nil || strings.Count(string(log), "broken script") > 12 {
		t.Errorf("the log repeats the exception %d times, %v", strings.Count(string(log), "broken script"), err)
	}
}

// How busy a generator was is held against the time since its load began.
func TestWaitingIsNoRoom(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	child := startHeld(t, spec(t, server, script("stall.js"), "t1"))
	if err := child.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	ready := time.Now()
	if err := child.Begin(ready); err != nil {
		t.Error(err)
	}
	generator, _, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if since := time.Since(ready).Seconds(); generator.Wall <= 0 || generator.Wall > since {
		t.Errorf("%.3f s of load, %.3f s since it was ready", generator.Wall, since)
	}
}
