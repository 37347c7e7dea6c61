package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	k6api "go.k6.io/k6/api/v1"
	k6client "go.k6.io/k6/api/v1/client"
	"gopkg.in/guregu/null.v3"
)

// The command lines are those that k6-operator builds.
func TestParseRunner(t *testing.T) {
	const rest = " /test/load.js --address=0.0.0.0:6565 --paused --tag instance_id=2 --tag testrun_name=load-x"
	const sequence = " --execution-segment-sequence=0,1/4,2/4,3/4,1"
	for line, want := range map[string]Runner{
		"--quiet --execution-segment=0:1/4" + sequence + rest:   {0, "0.0.0.0:6565", true},
		"--quiet --execution-segment=1/4:2/4" + sequence + rest: {1, "0.0.0.0:6565", true},
		"--execution-segment=3/4:1" + sequence + rest:           {3, "0.0.0.0:6565", true},
		"--quiet" + rest: {0, "0.0.0.0:6565", true},
		"--quiet --execution-segment 1/2:1 --execution-segment-sequence 0,1/2,1 x.js -a :1": {1, ":1", false},
		"--paused=false x.js": {0, "", false},
	} {
		if got, err := ParseRunner(strings.Fields(line)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", line, got, err, want)
		}
	}
	for line, want := range map[string]string{
		"--execution-segment=2:1" + sequence:                          "--execution-segment 2:1",
		"--execution-segment=0:1/3" + sequence:                        "--execution-segment 0:1/3",
		"--execution-segment=0:1/3 --execution-segment-sequence=1,0":  "--execution-segment-sequence 1,0",
		"--execution-segment=1/2:1 --execution-segment-sequence=none": "--execution-segment-sequence none",
	} {
		if _, err := ParseRunner(strings.Fields(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

// k6's own client sees a paused runner, starts it, cannot pause it again, and stops it.
func TestGate(t *testing.T) {
	stops := 0
	g, err := Runner{Address: "127.0.0.1:0", Paused: true}.Serve(t.Context(), func() { stops++ })
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	c, err := k6client.New(g.address)
	if err != nil {
		t.Fatal(err)
	}
	at := func(paused, stopped bool) {
		t.Helper()
		s, err := c.Status(t.Context())
		if err != nil || s.Paused != null.BoolFrom(paused) || s.Stopped != stopped || s.Running == paused {
			t.Errorf("status %+v, %v; want paused %t, stopped %t", s, err, paused, stopped)
		}
	}
	at(true, false)
	select {
	case <-g.opened:
		t.Fatal("a paused runner starts")
	default:
	}
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("over"))
	if err := g.Await(over); err == nil || err.Error() != "over" {
		t.Errorf("a paused runner starts: %v", err)
	}
	if _, err := c.SetStatus(t.Context(), k6api.Status{Paused: null.BoolFrom(true)}); err != nil {
		t.Errorf("paused again before the start: %v", err)
	}
	for range 2 { // curl tries again when an answer is lost
		if _, err := c.SetStatus(t.Context(), k6api.Status{Paused: null.BoolFrom(false)}); err != nil {
			t.Error(err)
		}
	}
	if err := g.Await(t.Context()); err != nil {
		t.Error(err)
	}
	at(false, false)
	if _, err := c.SetStatus(t.Context(), k6api.Status{Paused: null.BoolFrom(true)}); err == nil {
		t.Error("a load that has begun can be paused")
	}
	for range 2 {
		if _, err := c.SetStatus(t.Context(), k6api.Status{Stopped: true}); err != nil {
			t.Error(err)
		}
	}
	at(false, true)
	if stops != 1 {
		t.Errorf("stopped %d times, want 1", stops)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://"+g.address+"/v1/status", strings.NewReader("no"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("a body that is no status: %v, %v", response, err)
	}
	_ = response.Body.Close()
}

// A runner that is not paused starts at once, and one without an address serves nothing.
func TestGateIsOpen(t *testing.T) {
	g, err := Runner{}.Serve(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := errors.Join(g.Await(soon), g.Close()); err != nil {
		t.Error(err)
	}
}
