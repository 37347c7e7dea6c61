//go:build odoo

package odoo

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// Did the business survive? Each test runs an example on a real Odoo and compares the
// findings with the database.

// quiet is a watch that writes to the test's log.
type quiet struct{ t *testing.T }

func (q quiet) Print(line string)            { q.t.Log(line) }
func (q quiet) TrialStarted(plan.Trial, int) {}
func (q quiet) Tick(conduct.Snapshot)        {}
func (q quiet) TrialEnded(results.Trial)     {}

// look is called with a target once it is up, or before it is taken down.
type look func(sut *target.Target, runDir string)

// survive runs an example and judges it.
func survive(t *testing.T, name string, opened, closing look) (*results.Run, *analyzer.Judgement) {
	t.Helper()
	state := rig.StateDir(t)
	t.Setenv("XDG_STATE_HOME", state)
	e, err := experiment.Load(filepath.Join("..", "..", "examples", name+".yaml"))
	rig.Must(t, err)
	planned, err := experiment.Plan(t.Context(), e)
	rig.Must(t, err)
	root := t.TempDir()
	open := target.Open(lab.DefaultDir())
	watched := func(ctx context.Context, s spec.Setup, roles map[string]results.Role, log *slog.Logger) (*target.Target, error) {
		sut, err := open(ctx, s, roles, log)
		if err != nil {
			return nil, err
		}
		dir := filepath.Join(root, e.Name, "latest")
		if opened != nil {
			opened(sut, dir)
		}
		down := sut.Close
		sut.Close = func(ctx context.Context) error {
			if closing != nil {
				closing(sut, dir)
			}
			return down(ctx)
		}
		return sut, nil
	}
	conductor := conduct.Conductor{Root: root, Open: watched, Load: conduct.K6{}, Sample: conduct.Telemetry, Watch: quiet{t}}
	dir, err := conductor.Run(t.Context(), e, planned)
	if err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	judgement, err := analyzer.Analyze(run, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("HARNESS_KEEP_REPORTS"); keep != "" {
		if err := os.CopyFS(filepath.Join(keep, name), os.DirFS(dir)); err != nil {
			t.Error(err)
		}
		_ = rig.Command(t.Context(), t, state, "analyze", filepath.Join(keep, name)).Run() // the exit code is the verdict
	}
	for _, trial := range run.Trials {
		if trial.State != results.TrialComplete {
			t.Errorf("trial %s is %s: %s", trial.Name, trial.State, trial.Reason)
		}
		for _, in := range trial.Injections {
			if in.InEffect == nil || in.Recovered == nil {
				t.Errorf("%s: fault %s was not proved in effect and recovered: %s %s %s", trial.Name, in.Fault, in.Proof, in.GoneProof, in.Err)
			}
		}
	}
	return run, judgement
}

// number is one figure from a tenant's database.
func number(t *testing.T, sut *target.Target, tenant, sql string, args ...any) (n int) {
	t.Helper()
	for _, a := range sut.Audit {
		if a.Name != tenant {
			continue
		}
		conn, err := pgx.Connect(context.Background(), a.DSN.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return n
}

func findingOf(t *testing.T, j *analyzer.Judgement, id, setup string) finding.Finding {
	t.Helper()
	for _, f := range j.Findings {
		if f.ID == id && f.Scope.Setup == setup {
			t.Logf("%s %s (%s): %s %v", f.ID, f.Title, setup, f.Verdict, f.Because)
			return f
		}
	}
	t.Fatalf("no finding %s of %s", id, setup)
	return finding.Finding{}
}

func opOf(t *testing.T, trial *results.TrialData, tenant string, op results.Op) results.AuditOp {
	t.Helper()
	for _, o := range trial.Audit.Operations {
		if o.Tenant == tenant && o.Op == op {
			return o
		}
	}
	t.Fatalf("%s: no operation %s of %s", trial.Name, op, tenant)
	return results.AuditOp{}
}

// unanswered are the references of orders that no attempt was acknowledged of, and
// at least one was left without an answer.
func unanswered(t *testing.T, trial *results.TrialData, tenant string) []string {
	t.Helper()
	acked, open := map[string]bool{}, map[string]bool{}
	for w, err := range trial.Writes() {
		if err != nil {
			t.Fatal(err)
		}
		if w.Tenant != tenant || w.Op != "order" {
			continue
		}
		acked[w.Ref] = acked[w.Ref] || w.Ack == results.Acknowledged
		open[w.Ref] = open[w.Ref] || w.Ack == results.Indeterminate || w.Ack == results.Attempted
	}
	var refs []string
	for ref := range open {
		if open[ref] && !acked[ref] {
			refs = append(refs, ref)
		}
	}
	return refs
}
