package embedded

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// Two generators offer the load of one scenario, as one: every arrival once, no reference
// twice, and the audit finds no duplicate.
func TestTwoGenerators(t *testing.T) {
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	out, err := rig.Command(t.Context(), t, state, "run", "--report-only", "--generators", "2", "--results", runs,
		experiment).CombinedOutput()
	if err != nil { // with --report-only every verdict exits with 0
		t.Fatalf("%v\n%s", err, out)
	}
	run, err := results.Open(filepath.Join(runs, "short", "latest"))
	rig.Must(t, err)
	trial := run.Trials[0]
	if trial.State != results.TrialComplete || len(trial.Generators) != 2 {
		t.Fatalf("trial is %s (%s) with %d generators, want a complete one with 2", trial.State, trial.Reason, len(trial.Generators))
	}
	planned := map[string]int64{}
	for _, l := range trial.Load {
		planned[l.Tenant+" "+l.Journey] = l.Planned
	}
	indices := map[string][]int64{}
	for s, err := range trial.Samples() {
		rig.Must(t, err)
		if s.Step == results.Journey {
			indices[s.Tenant+" "+s.Journey] = append(indices[s.Tenant+" "+s.Journey], s.Iteration)
		}
	}
	if len(planned) != 6 || len(indices) != 6 {
		t.Errorf("%d journeys were planned and %d recorded, want 3 of 2 tenants", len(planned), len(indices))
	}
	for journey, all := range indices {
		slices.Sort(all)
		for i, index := range all {
			if int64(i) != index || int64(len(all)) != planned[journey] {
				t.Errorf("%s: %d arrivals of %d, and number %d is %d", journey, len(all), planned[journey], i, index)
				break
			}
		}
	}
	once := map[string]int{}
	for w, err := range trial.Writes() {
		rig.Must(t, err)
		once[w.Tenant+" "+string(w.Op)+" "+w.Ref]++
	}
	for write, n := range once {
		if n > 1 {
			t.Errorf("%s is in the journal %d times", write, n)
		}
	}
	judged := rig.Judgement(t, run.Dir)
	at := slices.IndexFunc(judged.Findings, func(f finding.Finding) bool { return f.ID == "VAL-001" })
	if at < 0 || judged.Findings[at].Verdict != finding.Pass {
		t.Errorf("want VAL-001 passed: %+v", judged.Findings)
	}
	for _, l := range trial.Load {
		if !l.Indexed {
			t.Errorf("the arrivals of %s of %s are not verified", l.Journey, l.Tenant)
		}
	}
	if trial.Audit == nil || trial.Audit.Err != "" || len(trial.Audit.Operations) == 0 {
		t.Fatalf("audit %+v", trial.Audit)
	}
	for _, op := range trial.Audit.Operations {
		if op.Duplicated > 0 || op.Lost > 0 {
			t.Errorf("%s of %s: %d duplicated, %d lost: %v", op.Op, op.Tenant, op.Duplicated, op.Lost, op.Examples)
		}
	}
}

// One of two generators is killed while a fault is in effect. The run is invalid and names
// it; the fault is reverted, the rows of both are kept, and nothing is left running.
func TestKilledGenerator(t *testing.T) {
	rig.LabTest(t)
	experiment, state := longFault(t, "generators: {count: 2, engine: local}")
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	rig.Must(t, cmd.Start())
	dir := filepath.Join(runs, "short", "latest")
	eventually.True(t, 90*time.Second, "the fault is in effect", func() bool {
		run, err := results.Open(dir)
		return err == nil && len(run.Trials) == 1 && len(run.Trials[0].Injections) == 1 &&
			run.Trials[0].Injections[0].InEffect != nil
	})
	children := generatorsOf(t, cmd.Process.Pid)
	second := children["1/2:1"]
	if len(children) != 2 || second == 0 {
		t.Fatalf("generators %v, want two", children)
	}
	rig.Must(t, syscall.Kill(second, syscall.SIGKILL))
	killed := time.Now()
	_ = cmd.Wait() // the exit code is the answer
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitCannotRun {
		t.Errorf("exit code %d, want %d\n%s", code, cli.ExitCannotRun, &out)
	}
	t.Logf("the run ended %s after the kill", time.Since(killed).Round(time.Second))

	run, err := results.Open(dir)
	rig.Must(t, err)
	trial := run.Trials[0]
	const reason = "load generator dispatch 2 of 2"
	if trial.State != results.TrialFailed || !strings.Contains(trial.Reason, reason) || !strings.Contains(trial.Reason, "killed") {
		t.Errorf("trial is %s: %s", trial.State, trial.Reason)
	}
	if in := trial.Injections[0]; in.Recovered == nil || (*in.Recovered-*in.InEffect).Duration() >= 30*time.Second {
		t.Errorf("injection %+v, want it reverted before its 30 s are over", in)
	}
	rows := map[int64]int{}
	for s, err := range trial.Samples() {
		rig.Must(t, err)
		if s.Step == results.Journey {
			rows[s.Iteration%2]++
		}
	}
	if rows[0] == 0 || rows[1] == 0 {
		t.Errorf("%d rows of the first generator, %d of the second", rows[0], rows[1])
	}
	judged := rig.Judgement(t, dir)
	named := slices.ContainsFunc(judged.Findings, func(f finding.Finding) bool {
		return f.ID == "VAL-005" && f.Verdict == finding.Invalid && strings.Contains(strings.Join(f.Because, " "), reason)
	})
	if judged.Verdict != finding.Invalid || !named {
		t.Errorf("verdict %s, want %s by VAL-005 with the generator: %+v", judged.Verdict, finding.Invalid, judged.Findings)
	}
	if labs, err := lab.List(rig.Labs(state)); err != nil || len(labs) != 0 {
		t.Errorf("%d labs are up, %v; want none", len(labs), err)
	}
	for segment, pid := range children {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("generator %s still runs", segment)
		}
	}
}

// generatorsOf returns the load generators of a harness, by execution segment.
func generatorsOf(t *testing.T, harness int) map[string]int {
	t.Helper()
	found := map[string]int{}
	processes, err := procfs.AllProcs()
	rig.Must(t, err)
	for _, p := range processes {
		stat, err := p.Stat()
		if err != nil || stat.PPID != harness {
			continue // it has ended, or is of another
		}
		args, err := p.CmdLine()
		rig.Must(t, err)
		if at := slices.Index(args, "--execution-segment"); at > 0 && at+1 < len(args) {
			found[args[at+1]] = p.PID
		}
	}
	return found
}
