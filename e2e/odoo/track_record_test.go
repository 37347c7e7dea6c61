//go:build odoo

package odoo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// Each published fault of docs/track-record.md, HARNESS_TRACK_RUNS times on a real Odoo. The
// finding of the document must report it in at least one run. Experiments on one tenant share
// a lab; after them the others bring up their own for each run.
func TestTrackRecord(t *testing.T) {
	runs := 1
	if text := os.Getenv("HARNESS_TRACK_RUNS"); text != "" {
		var err error
		runs, err = strconv.Atoi(text)
		rig.Must(t, err)
	}
	rows, err := trackRecord(filepath.Join("..", ".."))
	rig.Must(t, err)
	var table strings.Builder
	t.Run("one lab", func(t *testing.T) {
		state := rig.StateDir(t)
		up := rig.LabUp(t, state, "odoo", 1)
		for _, row := range rows {
			if x := workspace(t, state, row, runs); x.shares() {
				x.reach(t, up)
				t.Run(row.experiment, func(t *testing.T) { table.WriteString(x.perform(t)) })
			}
		}
	})
	t.Run("own labs", func(t *testing.T) {
		state := rig.StateDir(t)
		for _, row := range rows {
			if x := workspace(t, state, row, runs); !x.shares() {
				t.Run(row.experiment, func(t *testing.T) { table.WriteString(x.perform(t)) })
			}
		}
	})
	t.Log("\n" + table.String())
}

// tracked is an experiment of the track record in a folder of its own.
type tracked struct {
	row        recorded
	state, dir string
	text       string
	env        []string // credentials of the lab that is up
}

const oneTenant = "../setups/odoo-one-tenant.yaml"

// workspace lays the examples out and reads the experiment, with so many replicates.
func workspace(t *testing.T, state string, row recorded, runs int) *tracked {
	t.Helper()
	x := &tracked{row: row, state: state, dir: t.TempDir()}
	if out, err := rig.Command(t.Context(), t, state, "init", x.dir).CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	source, err := os.ReadFile(x.path())
	rig.Must(t, err)
	x.text = string(source) + fmt.Sprintf("replicates: %d\n", runs)
	return x
}

func (x *tracked) path() string {
	return filepath.Join(x.dir, "examples", "track-record", x.row.experiment+".yaml")
}

// shares is whether a lab of one tenant is enough.
func (x *tracked) shares() bool { return strings.Contains(x.text, oneTenant) }

// reach leads the experiment to a lab that is up.
func (x *tracked) reach(t *testing.T, up lab.Status) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "name: odoo-one-tenant\ntenancy: shared\nenvironment: staging\ntenants:\n")
	a := up.Tenants[0]
	fmt.Fprintf(&b, "  - {name: %s, url: %q, host: %s, database: %s, logins: [%s], passwordEnv: TRACK_PASSWORD, dsnEnv: TRACK_DSN}\n",
		a.Name, a.URL, a.Host, a.Database, strings.Join(a.Logins, ", "))
	x.env = []string{"TRACK_PASSWORD=" + a.Password.Reveal(), "TRACK_DSN=" + a.DSN.Reveal()}
	for _, c := range up.Components {
		if c.Kind != "postgres" {
			continue
		}
		fmt.Fprintf(&b, "components:\n  - {name: postgres, kind: postgres, dsnEnv: TRACK_POSTGRES_DSN,\n"+
			"     labels: {app.kubernetes.io/name: postgresql, app.kubernetes.io/part-of: odoo-lab}}\n")
		x.env = append(x.env, "TRACK_POSTGRES_DSN="+c.DSN.Reveal())
	}
	b.WriteString("chaos: {driver: local, allow: [postgres]}\n")
	x.text = strings.Replace(x.text, oneTenant, "setup.yaml", 1)
	rig.Write(t, filepath.Join(filepath.Dir(x.path()), "setup.yaml"), b.String())
}

// perform runs the experiment and returns its line of the table.
func (x *tracked) perform(t *testing.T) string {
	t.Helper()
	rig.Write(t, x.path(), x.text)
	out := filepath.Join(x.dir, "runs")
	cmd := rig.Command(t.Context(), t, x.state, "run", "--results", out, x.path())
	cmd.Env = append(cmd.Env, x.env...)
	log, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == cli.ExitCannotRun) {
		t.Errorf("%s: %v\n%s", x.row.experiment, err, log)
		return ""
	}
	latest := filepath.Join(out, "track-"+x.row.experiment, "latest")
	run, err := results.Open(latest)
	rig.Must(t, err)
	if keep := os.Getenv("HARNESS_KEEP_REPORTS"); keep != "" {
		rig.Must(t, os.CopyFS(filepath.Join(keep, x.row.experiment), os.DirFS(latest)))
	}
	complete, k := 0, 0
	for _, trial := range run.Trials {
		if trial.State != results.TrialComplete {
			t.Logf("%s: trial %s is %s: %s", x.row.experiment, trial.Name, trial.State, trial.Reason)
			continue
		}
		complete++
		if x.row.reportedBy(trial) {
			k++
		}
	}
	line := fmt.Sprintf("%-28s %-8s %-22s %d of %d runs\n", x.row.experiment, x.row.finding, x.row.law, k, complete)
	t.Log(line)
	if k == 0 || !slices.ContainsFunc(rig.Judgement(t, latest).Findings, func(f finding.Finding) bool {
		return f.ID == x.row.finding && f.Verdict == finding.Fail && strings.Contains(strings.Join(f.Because, " "), x.row.law)
	}) {
		t.Errorf("%s: %s %s does not report the fault\n%s", x.row.experiment, x.row.finding, x.row.law, log)
	}
	return line
}

// reportedBy is whether the audit of one run has the fault.
func (r recorded) reportedBy(trial *results.TrialData) bool {
	audit := trial.Audit
	switch {
	case audit == nil:
		return false
	case r.finding == "DUR-002":
		return slices.ContainsFunc(audit.Operations, func(op results.AuditOp) bool { return op.Duplicated > 0 })
	case r.finding == "DUR-007":
		return slices.ContainsFunc(audit.Reads, func(read results.AuditRead) bool { return read.Stale > 0 })
	default:
		return slices.ContainsFunc(audit.Invariants, func(law results.Invariant) bool {
			return law.Name == r.law && !law.Held && law.Err == ""
		})
	}
}
