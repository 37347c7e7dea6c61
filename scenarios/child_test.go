package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/eventually"
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
	s := spec(t, nil, script("plain.js"), "main")
	s.Env = map[string]string{"TARGET": statuses(t).URL}
	s.Held = true
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

// A load that waits for the others of its trial can be stopped, and one that cannot log
// in is never ready.
func TestHeldUntilStopped(t *testing.T) {
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
	if n := int64(len(ofTenant(samplesIn(t, s.Out), "t1", results.Journey))); n != load[0].Started {
		t.Errorf("%d rows of %d iterations", n, load[0].Started)
	}
}

// How busy a generator was is held against the time since its load began.
func TestWaitingIsNoRoom(t *testing.T) {
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

// parent is the harness of TestChildDiesWithParent and of the held one.
func parent(raw string) {
	var s Spec
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	child, err := Start(context.Background(), s)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if s.Held {
		if err := child.Ready(context.Background()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(child.cmd.Process.Pid, 0)
	}
	for p := range child.Progress() {
		fmt.Println(child.cmd.Process.Pid, p.Started)
	}
	os.Exit(1) // the child must not end first
}

// kill -9 of the harness: the child ends within seconds by itself and has closed its
// tables.
func TestChildDiesWithParent(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Duration = time.Minute
	started := orphaned(t, s, 20)
	if _, err := os.Stat(filepath.Join(s.Out, "samples-load.parquet")); err != nil {
		t.Errorf("the child did not close its table: %v", err)
	}
	if n := len(ofTenant(samplesIn(t, s.Out), "t1", results.Journey)); n < started {
		t.Errorf("%d rows of at least %d iterations", n, started)
	}
}

// So does one that was ready and waited for the trial to begin.
func TestHeldChildDiesWithParent(t *testing.T) {
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Held = true
	orphaned(t, s, 0)
	if all := samplesIn(t, s.Out); len(all) > 0 {
		t.Errorf("%d rows of a load that never began", len(all))
	}
}

// orphaned kills the harness of a load once so many iterations have started, waits for
// the load's end, and returns how many had.
func orphaned(t *testing.T, s Spec, atLeast int) (started int) {
	t.Helper()
	harness := exec.CommandContext(t.Context(), os.Args[0])
	harness.Env = append(os.Environ(), parentVariable+"="+mustJSON(t, s))
	out, err := harness.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := harness.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	for pid == 0 || started < atLeast {
		if _, err := fmt.Fscanln(out, &pid, &started); err != nil {
			t.Fatal(err)
		}
	}
	if err := harness.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = harness.Wait() // killed
	eventually.True(t, time.Minute, "the child's end", func() bool { return ended(pid) })
	return started
}

// ended reports whether a process has ended. A zombie counts as ended.
func ended(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
