package scenarios

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// statuses is a server that answers each path with the status that it names.
func statuses(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server
}

// A script that knows nothing of us: its requests and iterations become rows, and
// begin with the trial. A journey has the outcome of its first failed step, an exception
// is a script error, and nothing is claimed where k6 measured nothing.
func TestPlainScript(t *testing.T) {
	t.Parallel() // it mostly waits
	s := spec(t, nil, script("plain.js"), "main")
	s.Env = map[string]string{"TARGET": statuses(t).URL}
	s.Held, s.Duration = true, time.Minute // it ends with its iterations
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(child.Ready(t.Context()), child.Begin(time.Now().Add(2*time.Second))); err != nil {
		t.Error(err)
	}
	generator, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, sample := range samplesIn(t, s.Out) {
		count[strings.Join([]string{sample.Tenant, sample.Journey, sample.Step, string(sample.Outcome), sample.Detail}, " ")]++
		if sample.Started < 0 || sample.Ended < sample.Started {
			t.Errorf("times of %+v", sample)
		}
	}
	want := map[string]int{
		"main fine look ok ": 5, "main fine /200 ok ": 5, "main fine journey ok ": 5,
		"main refused look ok ": 5, "main refused order server_error http 500": 5, "main refused confirm user_error http 404": 5,
		"main refused journey server_error http 500": 5,
		"main throws look ok ":                       5, "main throws journey script_error exception": 5,
		"main late order server_error http 500": 5, "main late journey server_error http 500": 5,
		"main checked look ok ": 5, "main checked journey server_error check has a result": 5,
		"main socket /404 user_error http 404": 5, "main socket journey user_error http 404": 5,
		"main arrivals look ok ": 5, "main arrivals order server_error http 500": 5, "main arrivals confirm user_error http 404": 5,
		"main arrivals journey server_error http 500": 5,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, l := range load {
		if l.Planned != 5 || l.Started != 5 || l.Dropped != 0 || l.Missed != 0 {
			t.Errorf("load %+v, want 5 planned and started", l)
		}
	}
	if len(load) != 7 {
		t.Errorf("%d journeys, want 7", len(load))
	}
	if notes := strings.Join(generator.Notes, "\n"); !strings.Contains(notes, "silent: 5 iterations made no request") {
		t.Errorf("notes %q", notes)
	}
}

// Iterations that k6 drops because the script has too few virtual users are the
// generator's limit: they are counted, and are no failure of the target.
func TestIterationsThatK6Drops(t *testing.T) {
	t.Parallel() // it mostly waits
	free := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-free }))
	defer server.Close()
	release := sync.OnceFunc(func() { close(free) })
	defer release()
	s := spec(t, nil, script("dropping.js"), "main")
	s.Env = map[string]string{"TARGET": server.URL}
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for p := range child.Progress() {
		if p.Dropped >= 10 {
			release()
		}
	}
	_, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	journeys := ofTenant(samplesIn(t, s.Out), "main", results.Journey)
	for _, sample := range journeys {
		if sample.Outcome != results.OK {
			t.Errorf("outcome %s, want ok: %+v", sample.Outcome, sample)
		}
	}
	if len(load) != 1 || load[0].Missed < 10 || load[0].Started != int64(len(journeys)) ||
		load[0].Planned != load[0].Started+load[0].Missed || load[0].Dropped != 0 {
		t.Errorf("load %+v of %d journeys, want 10 or more missed", load, len(journeys))
	}
}

// A script whose iterations are not done at the end of its entry is stopped there.
func TestIterationsEndWithTheirEntry(t *testing.T) {
	t.Parallel() // it mostly waits
	s := spec(t, nil, script("iterations.js"), "main")
	s.Env = map[string]string{"TARGET": statuses(t).URL}
	s.Duration, s.Held = 2*time.Second, true
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(child.Ready(t.Context()), child.Begin(time.Now())); err != nil {
		t.Error(err)
	}
	generator, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	endedByItself(t, child)
	if len(load) != 1 || load[0].Started < 1 || load[0].Started >= 1000 {
		t.Errorf("load %+v, want some of 1000 iterations", load)
	}
	for _, sample := range samplesIn(t, s.Out) {
		if sample.Outcome != results.OK {
			t.Errorf("%s %s: %s", sample.Step, sample.Outcome, sample.Detail)
		}
	}
	if notes := strings.Join(generator.Notes, "\n"); !strings.Contains(notes, "stopped 2s after its start") {
		t.Errorf("notes %q", notes)
	}
}

// A held script begins at base + start, its executors of both kinds; one that a person
// runs, with k6.
func TestMixedScript(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	t.Cleanup(server.Close)
	for name, held := range map[string]bool{"held": true, "alone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec(t, server, script("mixed.js"), "main")
			s.Env = map[string]string{"TARGET": server.URL}
			if held {
				s.Start = time.Second
				performHeld(t, s, time.Second)
			} else {
				perform(t, s)
			}
			first := map[string]time.Duration{}
			for _, sample := range samplesIn(t, s.Out) {
				if at, seen := first[sample.Step]; !seen || sample.Started.Duration() < at {
					first[sample.Step] = sample.Started.Duration()
				}
			}
			for step, startTime := range map[string]time.Duration{"version": 0, "look": time.Second} {
				if at, ok := first[step]; !ok || at < s.Start+startTime || at > time.Minute {
					t.Errorf("the first %s started %s after the base instant, want %s or soon after; all: %v", step, at, s.Start+startTime, first)
				}
			}
			if _, ok := first["/setup"]; ok {
				t.Error("setup() is among the samples")
			}
		})
	}
}
