package scenarios

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

// startShares starts so many generators of a spec, which begin together.
func startShares(t testing.TB, s Spec, of int) []*Child {
	t.Helper()
	var children []*Child
	for i := range of {
		s.Share = wire.Share{Index: i, Of: of}
		children = append(children, startHeld(t, s))
	}
	var problems []error
	for _, child := range children {
		problems = append(problems, child.Ready(t.Context()))
	}
	base := time.Now().Add(time.Second)
	for _, child := range children {
		problems = append(problems, child.Begin(base))
	}
	if err := errors.Join(problems...); err != nil {
		for _, child := range children {
			child.Stop()
			_, _, waitErr := child.Wait()
			err = errors.Join(err, waitErr)
		}
		t.Fatal(err)
	}
	return children
}

// trace is what a run consists of, whatever the speed of target and generators is: the
// arrivals, and the writes with the documents that were seeded.
func trace(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, s := range samplesIn(t, dir) {
		if s.Step == results.Journey {
			all = append(all, fmt.Sprintf("%s %s %d at %s: %s", s.Tenant, s.Journey, s.Iteration, s.Intended.Duration(), s.Outcome))
		}
	}
	for _, w := range writesIn(t, dir) {
		line := fmt.Sprintf("%s %s %s", w.Tenant, w.Op, w.Ref)
		if strings.Contains(w.Ref, "-S") { // seeded; others have ids in the order of their creation
			line += fmt.Sprintf(" document %d", w.Document)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// One, two, three and eight generators make the same run: the same arrivals at the same
// instants, the same references, the same documents for the same arrivals.
func TestGeneratorsMakeTheSameRun(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("dispatch-cutoff"), "t1", "t2")
	s.Scale, s.Env = 40, map[string]string{"WAVE": "2"}
	s.Duration = 3 * time.Second
	outline := seeded(t, &s)
	var planned int64
	for _, l := range outline.Planned {
		planned += l.Planned
	}
	var alone []string
	for _, of := range []int{1, 2, 3, 8} {
		s.Out = t.TempDir()
		var started int64
		for _, child := range startShares(t, s, of) {
			_, load, err := child.Wait()
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range load {
				started += l.Started
			}
		}
		if started != planned {
			t.Errorf("%d generators started %d arrivals of %d", of, started, planned)
		}
		files, err := filepath.Glob(filepath.Join(s.Out, "samples-*.parquet"))
		if err != nil || len(files) != of {
			t.Errorf("%d generators have the tables %v, %v", of, files, err)
		}
		got := trace(t, s.Out)
		if of == 1 {
			alone = got
			if len(alone) < 100 || len(slices.Compact(slices.Clone(alone))) != len(alone) {
				t.Fatalf("%d rows, want 100 or more and none twice", len(alone))
			}
			continue
		}
		if diff := cmp.Diff(alone, got); diff != "" {
			t.Errorf("one generator and %d (-one +%d):\n%s", of, of, diff)
		}
	}
}

// References of setup() and of k6's own executors have no arrival: they name the generator, or the
// virtual user by its number over all generators. No two are the same.
func TestReferencesOfGenerators(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, filepath.Join(t.TempDir(), "references.js"), "t1")
	s.Duration = time.Minute // it ends with its iterations
	body := "import odoo from 'k6/x/odoo';\n" +
		"export const options = { scenarios: { t1_own: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };\n" +
		"export function setup() { console.log('ref ' + odoo.ref()); }\n" +
		"export default function () { console.log('ref ' + odoo.ref()); }\n"
	if err := os.WriteFile(s.Script, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, child := range startShares(t, s, 2) {
		if _, _, err := child.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, log := range []string{"k6-load.1of2.log", "k6-load.2of2.log"} {
		text, err := os.ReadFile(filepath.Join(s.Out, log))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, regexp.MustCompile(`run-1-load\.[^" ]+`).FindAllString(string(text), -1)...)
	}
	slices.Sort(got)
	want := []string{
		"run-1-load.s0.1", "run-1-load.s1.1",
		"run-1-load.t1_own.v1-0.1", "run-1-load.t1_own.v1-1.1", "run-1-load.t1_own.v2-0.1", "run-1-load.t1_own.v2-1.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}

// A generator that is killed leaves its rows next to those of the other, which may still be
// writing.
func TestKilledGeneratorLeavesItsRows(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("stall.js"), "t1")
	s.Duration = time.Minute
	children := startShares(t, s, 2)
	killed, other := children[0], children[1]
	part := filepath.Join(s.Out, "samples-load.1of2", "*.parquet")
	eventually.True(t, time.Minute, "a part of the table is written", func() bool {
		parts, err := filepath.Glob(part)
		return err == nil && len(parts) > 0
	})
	rows := func(remainder int64) (n int) {
		for _, sample := range ofTenant(samplesIn(t, s.Out), "t1", results.Journey) {
			if sample.Iteration%2 == remainder {
				n++
			}
		}
		return n
	}
	// The first part may have steps of an arrival whose own row is in the second.
	eventually.True(t, time.Minute, "a journey of the first generator is written", func() bool { return rows(0) > 0 })
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := killed.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the killed generator ended with %v", err)
	}
	other.Stop()
	if _, _, err := other.Wait(); err != nil {
		t.Errorf("the other generator ended with %v", err)
	}
	if even, odd := rows(0), rows(1); even == 0 || odd == 0 {
		t.Errorf("%d rows of the killed generator, %d of the other", even, odd)
	}
}

// k6's own executors divide their virtual users, and iterations with them. A generator that
// gets none of the only virtual user ends without load, and without an error.
func TestGeneratorsOfPlainScripts(t *testing.T) {
	t.Parallel() // it mostly waits
	for options, of := range map[string]int{"{ vus: 1, iterations: 6 }": 2, "{ vus: 4, iterations: 6 }": 3} {
		s := spec(t, nil, filepath.Join(t.TempDir(), "plain.js"), "main")
		s.Env = map[string]string{"TARGET": statuses(t).URL}
		s.Duration = time.Minute // it ends with its iterations
		body := "import http from 'k6/http';\nexport const options = " + options + ";\n" +
			"export default function () { http.get(`${__ENV.TARGET}/200`); }\n"
		if err := os.WriteFile(s.Script, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, child := range startShares(t, s, of) {
			if _, _, err := child.Wait(); err != nil {
				t.Errorf("%s: %v", options, err)
			}
		}
		if n := len(ofTenant(samplesIn(t, s.Out), "main", results.Journey)); n != 6 {
			t.Errorf("%s: %d generators ran %d iterations, want 6", options, of, n)
		}
	}
}
