package embedded

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/cli/campaign"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

const shortTemplate = `name: short
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - name: dispatch
    script: ../scenarios/dispatch-cutoff.js
    duration: 8s
    scale: 4
    timeout: 5s
    env: {CUTOFF_AT: "0.5", PLATEAU_TO: "0.3"}
warmup: 1s
seed: 3
`

const shortCampaign = `name: night
experiment: template.yaml
journeys: [orders, shipping]
moments: [{name: before, at: cutoff-2s}, {name: at, at: cutoff}]
faults:
  - {name: redis-down, catalogue: redis-failure, for: 1s}
  - {name: ingress-down, manifest: ../chaos/catalogue/ingress-failure.yaml, for: 1s}
expect: {served: 0.001, within: 30s}
`

// night is a campaign in folders of its own.
type night struct {
	t                *testing.T
	file, state, dir string
}

func (n night) args(command string, more ...string) []string {
	return append([]string{"campaign", command, n.file, "--results", filepath.Join(n.dir, "runs"),
		"--out", filepath.Join(n.dir, "campaigns")}, more...)
}

// to is the same campaign with other folders.
func (n night) to(dir string) night { n.dir = dir; return n }

// finish runs the campaign to its end and returns what it printed.
func (n night) finish(more ...string) string {
	n.t.Helper()
	cmd := rig.Command(n.t.Context(), n.t, n.state, n.args("run", more...)...)
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitPass && code != cli.ExitInconclusive {
		n.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// killed starts the campaign and kills it with SIGKILL while it measures, once it has whole runs.
func (n night) killed(whole int) {
	n.t.Helper()
	_, before := n.runs()
	cmd := rig.Command(n.t.Context(), n.t, n.state, n.args("run")...)
	rig.Must(n.t, cmd.Start())
	eventually.True(n.t, 3*time.Minute, "a run is under way", func() bool {
		all, running := n.runs()
		return all >= whole && running > before
	})
	rig.Must(n.t, cmd.Process.Signal(syscall.SIGKILL))
	if err := cmd.Wait(); err == nil {
		n.t.Error("the campaign ended before the kill")
	}
}

// runs counts the whole runs, and those under way or killed.
func (n night) runs() (whole, running int) {
	dirs, err := filepath.Glob(filepath.Join(n.dir, "runs", "*", "2*"))
	rig.Must(n.t, err)
	for _, dir := range dirs {
		run, err := results.Open(dir)
		if err != nil || len(run.Trials) == 0 {
			continue // being created
		}
		switch run.Trials[0].State {
		case results.TrialRunning:
			running++
		default:
			whole++
		}
	}
	return whole, running
}

// steady is a cell without what differs from one run to the next.
type steady struct {
	Cell   matrix.Cell
	HasRun bool // a cell whose harness crashed has none
}

// matrix reads the matrix. It returns the cells without what differs from one run to the next,
// and how many of them pass.
func (n night) matrix() (cells []steady, passed int) {
	n.t.Helper()
	m, err := campaign.ReadMatrix(filepath.Join(n.dir, "campaigns", "night", campaign.MatrixJSON))
	rig.Must(n.t, err)
	for _, c := range m.Cells {
		switch c.Verdict {
		case finding.Pass:
			passed++
		case finding.Invalid, finding.Inconclusive: // a machine that was too busy
			n.t.Logf("%s, %s, %s: %s", c.Fault, c.Moment, c.Verdict, c.Why)
			c.Verdict = finding.Pass
		}
		row := steady{HasRun: c.Run != ""}
		c.Started, c.Run, c.Report, c.Why, c.Measures = nil, "", "", "", nil
		c.Experiment = filepath.Base(c.Experiment)
		row.Cell = c
		cells = append(cells, row)
	}
	return cells, passed
}

// A campaign that is killed twice and resumed has the matrix of one that was not, and measures
// nothing twice. What changed since is measured again.
func TestCampaignKilledTwice(t *testing.T) {
	rig.LabTest(t)
	experiment, state := rig.Workspace(t, "1s"), rig.StateDir(t)
	dir := filepath.Dir(experiment)
	rig.Write(t, filepath.Join(dir, "template.yaml"), shortTemplate)
	n := night{t: t, file: filepath.Join(dir, "night.yaml"), state: state, dir: filepath.Join(dir, "a")}
	rig.Write(t, n.file, shortCampaign)
	n.finish()
	whole, passed := n.matrix()
	if len(whole) != 8 || slices.ContainsFunc(whole, func(c steady) bool { return c.Cell.Word() != "pass" || !c.HasRun }) {
		t.Errorf("the campaign without a kill: %+v", whole)
	}
	if passed == 0 {
		t.Error("no cell of the campaign without a kill passes: its faults were not in effect, or all its runs were invalid")
	}

	killed := n.to(filepath.Join(dir, "b"))
	killed.killed(0)
	killed.killed(1)
	killed.finish()
	resumed, _ := killed.matrix()
	if diff := cmp.Diff(whole, resumed); diff != "" {
		t.Errorf("the matrix after two kills (-without +with):\n%s", diff)
	}
	measured, running := killed.runs()
	if measured != 4 {
		t.Errorf("%d whole runs, want one for each of 4 experiments", measured)
	}
	if running != 2 {
		t.Errorf("%d runs were interrupted, want 2", running)
	}

	if out := killed.finish(); strings.Contains(out, "expected, ") {
		t.Errorf("a campaign with all its evidence measured again:\n%s", out)
	}
	// One fault and one moment of the same campaign, after a change of the setup.
	setup := filepath.Join(dir, "setup.yaml")
	text, err := os.ReadFile(setup)
	rig.Must(t, err)
	rig.Write(t, setup, string(text)+"# changed\n")
	rig.Write(t, n.file, strings.Replace(shortCampaign, "moments: [{name: before, at: cutoff-2s}, ", "moments: [", 1))
	out, err := rig.Command(t.Context(), t, state, killed.args("status")...).CombinedOutput()
	if !strings.Contains(string(out), "setup.yaml.") || strings.Count(string(out), "Changed since the run of") != 2 {
		t.Errorf("status after a change of the setup: %v\n%s", err, out)
	}
	killed.finish("--again", "invalid")
	if measured, _ := killed.runs(); measured != 6 {
		t.Errorf("%d whole runs, want 2 more than 4", measured)
	}
}
