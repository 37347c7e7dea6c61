package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/procfs"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// dispatch is a load of the dispatch cut-off on a server, with its documents.
func dispatch(t *testing.T, server *odootest.Server) scenarios.Spec {
	t.Helper()
	s := scenarios.Spec{Name: "load", Script: filepath.Join("..", "dispatch-cutoff.js"), Duration: 3 * time.Second, Scale: 40,
		Env: map[string]string{"WAVE": "2"}, Seed: 42, Ref: "run-1", Out: t.TempDir(), Timeout: 10 * time.Second}
	for _, name := range []string{"t1", "t2"} {
		s.Tenants = append(s.Tenants, scenarios.Tenant{Tenant: results.Tenant{Name: name, Role: results.Abiding},
			Address: odoo.Address{URL: server.URL, Host: name + ".localhost", Database: name}, Logins: []string{"load01"},
			Password: odootest.Password, Transport: "rpc", Load: 1})
	}
	outline, err := scenarios.Inspect(t.Context(), s)
	must(t, err)
	s.Documents, err = scenarios.Seed(t.Context(), s, outline, slog.New(slog.DiscardHandler))
	must(t, err)
	return s
}

// offered runs a load on so many agents with real k6 processes.
func offered(t *testing.T, s scenarios.Spec, of int) {
	t.Helper()
	c, err := Listen(t.Context(), Config{Listen: "127.0.0.1:0", Of: of, Version: version, Clock: HostClock()})
	must(t, err)
	defer func() { must(t, c.Close()) }()
	for i := range of {
		a := agentOf(t, c, i, HostClock(), nil)
		a.Begin = nil
		serveAgent(t, a)
	}
	must(t, c.Await(t.Context()))
	var generators []*Generator
	var problems []error
	for i := range of {
		s.Share = wire.Share{Index: i, Of: of}
		g, err := c.Start(t.Context(), s)
		must(t, err)
		problems = append(problems, g.Ready(t.Context()))
		generators = append(generators, g)
	}
	base := time.Now().Add(time.Second)
	for _, g := range generators {
		problems = append(problems, g.Begin(base))
	}
	for _, g := range generators {
		for range g.Progress() { // as the harness does
		}
		_, _, err := g.Wait()
		problems = append(problems, err)
	}
	must(t, errors.Join(problems...))
}

// trace is what a run consists of: its arrivals, and the writes of seeded documents.
func trace(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	data := &results.TrialData{Dir: dir}
	for s, err := range data.Samples() {
		must(t, err)
		if s.Step == results.Journey {
			all = append(all, fmt.Sprintf("%s %s %d at %s: %s", s.Tenant, s.Journey, s.Iteration, s.Intended.Duration(), s.Outcome))
		}
	}
	for w, err := range data.Writes() {
		must(t, err)
		line := fmt.Sprintf("%s %s %s", w.Tenant, w.Op, w.Ref)
		if strings.Contains(w.Ref, "-S") {
			line += fmt.Sprintf(" document %d", w.Document)
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// A load that agents offer is the one that a process here offers: the same arrivals at the
// same instants, the same references, the same documents. The tables are all that is left of
// the generators.
func TestAgentsMakeTheSameRun(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := dispatch(t, server)
	s.Held = true
	child, err := scenarios.Start(t.Context(), s)
	must(t, err)
	must(t, errors.Join(child.Ready(t.Context()), child.Begin(time.Now().Add(time.Second))))
	_, _, err = child.Wait()
	must(t, err)
	here := trace(t, s.Out)
	if len(here) < 100 {
		t.Fatalf("%d rows, want 100 or more", len(here))
	}
	for _, of := range []int{1, 3} {
		s.Out = t.TempDir()
		offered(t, s, of)
		if diff := cmp.Diff(here, trace(t, s.Out)); diff != "" {
			t.Errorf("one process here and %d agents (-here +agents):\n%s", of, diff)
		}
		for _, name := range files(t, s.Out) {
			if strings.Contains(name, "/") || strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "k6-") {
				t.Errorf("%d agents leave %s", of, name)
			}
		}
	}
}

// underWay is a load of a minute on one agent, whose first rows have arrived.
func underWay(t *testing.T) (scenarios.Spec, Agent, running, *Generator) {
	t.Helper()
	server := odootest.New()
	t.Cleanup(server.Close)
	s := dispatch(t, server)
	s.Duration = time.Minute
	s.Env["WAVE"] = "60"
	c, err := Listen(t.Context(), Config{Listen: "127.0.0.1:0", Of: 1, Version: version, Clock: HostClock()})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	a := agentOf(t, c, 0, HostClock(), nil)
	a.Begin = nil
	agent := serveAgent(t, a)
	must(t, c.Await(t.Context()))
	g, err := c.Start(t.Context(), s)
	must(t, err)
	must(t, errors.Join(g.Ready(t.Context()), g.Begin(time.Now())))
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(trace(t, s.Out)) == 0 {
		select {
		case <-g.Progress():
		case <-limited.Done():
			t.Fatal("no row arrives while the load lasts")
		}
	}
	return s, a, agent, g
}

// The parts of a table arrive while the load lasts: of an agent that is killed, the rows up to
// its last part are here, and the writes that it has sent.
func TestRowsOfAKilledAgent(t *testing.T) {
	t.Parallel() // it mostly waits
	s, _, agent, g := underWay(t)
	agent.stop()
	if _, _, err := g.Wait(); err == nil {
		t.Error("an agent that ended is no error")
	}
	if got := trace(t, s.Out); len(got) == 0 {
		t.Error("no row is left")
	}
	if _, err := os.Stat(filepath.Join(s.Out, "writes-load.log")); err == nil {
		t.Error("the journal was not recovered")
	}
	if err := <-agent.done; err == nil {
		t.Error("the agent ended without an error")
	}
}

// k6 is killed in a pod whose agent goes on: the agent recovers the journal, and the harness
// reports what has ended the load.
func TestKilledK6OfAnAgent(t *testing.T) {
	t.Parallel() // it mostly waits
	s, a, _, g := underWay(t)
	must(t, syscall.Kill(k6In(t, a.Dir), syscall.SIGKILL))
	if _, _, err := g.Wait(); err == nil || !strings.Contains(err.Error(), "killed") || strings.Contains(err.Error(), "exists") {
		t.Errorf("got %v, want that k6 was killed, alone", err)
	}
	if got := trace(t, s.Out); len(got) == 0 {
		t.Error("no row is left")
	}
	if _, err := os.Stat(filepath.Join(s.Out, "writes-load.log")); err == nil {
		t.Error("the journal's log is left next to the recovered writes")
	}
}

// k6In is the k6 process that runs a script in a folder.
func k6In(t *testing.T, dir string) int {
	t.Helper()
	processes, err := procfs.AllProcs()
	must(t, err)
	for _, p := range processes {
		args, err := p.CmdLine()
		if err == nil && slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, dir) }) {
			return p.PID
		}
	}
	t.Fatal("k6 does not run")
	return 0
}
