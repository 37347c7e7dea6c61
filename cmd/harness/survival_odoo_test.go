//go:build odoo

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"odooharness/analyzer"
	"odooharness/experiment"
	"odooharness/lab"
	"odooharness/results"
)

// Did the business survive? Each test runs an example on a real Odoo and holds what
// the harness says of it against the database.

// quiet is a watch that tells the test's log.
type quiet struct{ t *testing.T }

func (q quiet) Say(line string)                           { q.t.Log(line) }
func (q quiet) TrialStarted(experiment.PlannedTrial, int) {}
func (q quiet) Tick(experiment.Snapshot)                  {}
func (q quiet) TrialEnded(results.Trial)                  {}

// look is called with a target: once it is up, or before it is taken down.
type look func(target *experiment.Target, runDir string)

// survive runs an example and judges it.
func survive(t *testing.T, name string, opened, closing look) (*results.Run, *analyzer.Judgement) {
	t.Helper()
	t.Setenv(asHarness, "1") // labs and load generators are this binary
	state := stateDir(t)
	t.Setenv("XDG_STATE_HOME", state)
	e, plan, err := loadPlan(t.Context(), filepath.Join("..", "..", "examples", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	open := experiment.OpenTarget(lab.DefaultDir())
	watched := func(ctx context.Context, s experiment.Setup, roles map[string]string, say func(string)) (*experiment.Target, error) {
		target, err := open(ctx, s, roles, say)
		if err != nil {
			return nil, err
		}
		dir := filepath.Join(root, e.Name, "latest")
		if opened != nil {
			opened(target, dir)
		}
		down := target.Close
		target.Close = func(ctx context.Context) error {
			if closing != nil {
				closing(target, dir)
			}
			return down(ctx)
		}
		return target, nil
	}
	conductor := experiment.Conductor{Root: root, Open: watched, Watch: quiet{t}, Versions: versions()}
	dir, err := conductor.Run(t.Context(), e, plan)
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
		if err := writeReports(filepath.Join(keep, name), judgement); err != nil {
			t.Error(err)
		}
	}
	for _, trial := range run.Trials {
		if trial.State != results.TrialComplete {
			t.Errorf("trial %s is %s: %s", trial.Name, trial.State, trial.Reason)
		}
		for _, in := range trial.Injections {
			if in.InEffect == nil || in.Recovered == nil {
				t.Errorf("%s: fault %s was not shown in effect and gone: %s %s %s", trial.Name, in.Fault, in.Proof, in.GoneProof, in.Err)
			}
		}
	}
	return run, judgement
}

// number is one figure from a tenant's database.
func number(t *testing.T, target *experiment.Target, tenant, sql string, args ...any) (n int) {
	t.Helper()
	for _, a := range target.Audit {
		if a.Name != tenant {
			continue
		}
		conn, err := pgx.Connect(context.Background(), a.DSN)
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

func findingOf(t *testing.T, j *analyzer.Judgement, id, setup string) analyzer.Finding {
	t.Helper()
	for _, f := range j.Findings {
		if f.ID == id && f.Scope.Setup == setup {
			t.Logf("%s %s (%s): %s %v", f.ID, f.Title, setup, f.Verdict, f.Because)
			return f
		}
	}
	t.Fatalf("no finding %s of %s", id, setup)
	return analyzer.Finding{}
}

func opOf(t *testing.T, trial *results.TrialData, tenant, op string) results.AuditOp {
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

func TestLostAcknowledgements(t *testing.T) {
	lostAcks, doubled := map[string]int{}, map[string]int{}
	run, j := survive(t, "lost-acknowledgements", nil, func(target *experiment.Target, dir string) {
		run, err := results.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range []string{"t1", "t2"} {
			lostAcks[tenant] = number(t, target, tenant,
				`select count(distinct client_order_ref) from sale_order where client_order_ref = any($1)`, unanswered(t, run.Trials[0], tenant))
			doubled[tenant] = number(t, target, tenant, `select count(*) from (select from sale_order
				where client_order_ref is not null group by client_order_ref having count(*) > 1) d`)
		}
	})
	trial, all := run.Trials[0], 0
	for _, tenant := range []string{"t1", "t2"} {
		op := opOf(t, trial, tenant, "order")
		t.Logf("%s: %+v; by SQL %d lost acknowledgements, %d doubled", tenant, op, lostAcks[tenant], doubled[tenant])
		if op.LostAck != lostAcks[tenant] || op.Duplicated != doubled[tenant] {
			t.Errorf("%s: the audit counts %d lost acknowledgements and %d doubled orders, SQL %d and %d", tenant,
				op.LostAck, op.Duplicated, lostAcks[tenant], doubled[tenant])
		}
	}
	for _, op := range trial.Audit.Operations {
		all += op.LostAck
	}
	if all == 0 {
		t.Error("no acknowledgement was lost: the faults hit nothing")
	}
	if doubled["t1"] != 0 {
		t.Errorf("%d orders of careful clients are doubled", doubled["t1"])
	}
	if doubled["t2"] == 0 || findingOf(t, j, "DUR-002", "odoo-short-timeout").Verdict != analyzer.Fail {
		t.Errorf("%d orders of naive clients are doubled, and the finding must fail", doubled["t2"])
	}
}

func TestFailover(t *testing.T) {
	run, j := survive(t, "failover", nil, nil)
	lost := map[string]int{}
	for _, trial := range run.Trials {
		for _, op := range trial.Audit.Operations {
			lost[trial.Setup] += op.Lost
		}
		t.Logf("%s: %d lost, losses %+v, rpo %v", trial.Setup, lost[trial.Setup], trial.Audit.Losses, trial.Audit.RPO)
		if trial.Setup == "odoo-asynchronous" && (trial.Audit.RPO == nil || *trial.Audit.RPO <= 0 || *trial.Audit.RPO > 10) {
			t.Errorf("RPO observed %v, want a few seconds at most", trial.Audit.RPO)
		}
	}
	if lost["odoo-asynchronous"] == 0 || findingOf(t, j, "DUR-001", "odoo-asynchronous").Verdict != analyzer.Fail {
		t.Error("the asynchronous standby lost nothing")
	}
	if lost["odoo-synchronous"] != 0 || findingOf(t, j, "DUR-001", "odoo-synchronous").Verdict != analyzer.Pass {
		t.Error("the synchronous standby lost acknowledged writes")
	}
}

// Stale reads are found; and so is one reservation that somebody made by hand in the
// database while the load ran.
func TestStaleReadsAndAHandInTheDatabase(t *testing.T) {
	broken := make(chan int, 1)
	run, j := survive(t, "stale-reads", func(target *experiment.Target, _ string) {
		go func() { broken <- reserveByHand(target, "t2") }()
	}, nil)
	quant := <-broken
	if quant == 0 {
		t.Fatal("no quantity was found to reserve by hand")
	}
	trial := run.Trials[0]
	if findingOf(t, j, "DUR-007", trial.Setup).Verdict != analyzer.Fail {
		t.Error("no read was stale while the replica stood still")
	}
	f := findingOf(t, j, "DUR-005", trial.Setup)
	text := strings.Join(f.Because, " ")
	if f.Verdict != analyzer.Fail || !strings.Contains(text, "reserved-equals-lines of t2") || !strings.Contains(text, "reserved,") {
		t.Errorf("an invariant broken by hand: %+v", f)
	}
	for _, law := range trial.Audit.Invariants {
		if (law.Tenant == "t2" && law.Name == "reserved-equals-lines") == law.Held {
			t.Errorf("%+v", law)
		}
	}
}

// reserveByHand waits until something is reserved and reserves one more. It returns
// the quant's id.
func reserveByHand(target *experiment.Target, tenant string) (id int) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, a := range target.Audit {
		if a.Name != tenant {
			continue
		}
		conn, err := pgx.Connect(ctx, a.DSN)
		if err != nil {
			return 0
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for id == 0 && ctx.Err() == nil {
			time.Sleep(time.Second)
			// After the laws were read for the first time: an order of the load is confirmed.
			_ = conn.QueryRow(ctx, `update stock_quant set reserved_quantity = reserved_quantity + 1 where id = (
				select q.id from stock_quant q join stock_location l on l.id = q.location_id
				where l.usage = 'internal' and q.reserved_quantity > 0 and exists (
					select from sale_order where state = 'sale' and create_date > now() at time zone 'utc' - interval '5 seconds')
				order by q.id limit 1) returning id`).Scan(&id)
		}
	}
	return id
}

func TestLostJobs(t *testing.T) {
	run, _ := survive(t, "lost-jobs", nil, nil)
	for _, trial := range run.Trials {
		broken := 0
		for _, law := range trial.Audit.Invariants {
			if law.Name == "jobs-neither-lost-nor-doubled" {
				broken += law.Broken
				t.Logf("%s: %+v", trial.Setup, law)
			}
		}
		lostAck := opOf(t, trial, "t1", "ship").LostAck + opOf(t, trial, "t2", "ship").LostAck
		t.Logf("%s: %d jobs lost, %d shipments done though reported failed", trial.Setup, broken, lostAck)
		if (trial.Setup == "odoo-outbox") != (broken == 0) {
			t.Errorf("%s: %d jobs lost", trial.Setup, broken)
		}
		if trial.Setup == "odoo-postcommit" && lostAck == 0 {
			t.Error("no shipment was done though its client was told of an error")
		}
	}
}

func TestBlockedJob(t *testing.T) {
	_, j := survive(t, "blocked-job", nil, nil)
	longest := map[string]float64{}
	for _, row := range j.Background {
		t.Logf("%s %s %s %s: queued %d, P50 %.2f s, longest %.2f s; people %.2f s", row.Setup, row.Window, row.Tenant, row.Job, row.Queued,
			row.P50.Value, row.Longest.Value, row.Interactive.Value)
		if row.Job == "notice" && row.Tenant == "t1" && row.Kind == results.WindowFault {
			longest[row.Setup] = row.Longest.Value
		}
	}
	if longest["odoo-notices-shared"] < 5 {
		t.Errorf("t1's jobs waited %.1f s at most behind t2's blocked one, want at least 5 s", longest["odoo-notices-shared"])
	}
	if got, there := longest["odoo-notices-dedicated"]; !there || got > 3 {
		t.Errorf("t1's jobs waited %.1f s with a scheduler of their own, want less than 3 s", got)
	}
}

func TestBackupAndRestore(t *testing.T) {
	_, j := survive(t, "backup-restore", nil, nil)
	for _, id := range []string{"REC-001", "REC-003", "REC-004", "REC-005"} {
		if f := findingOf(t, j, id, "odoo-archive"); f.Verdict != analyzer.Pass {
			t.Errorf("%s is %s", id, f.Verdict)
		}
	}
	row := j.Drills[0]
	t.Logf("backup of %d bytes, first good write after %v, back after %v, RPO %v of %d lost, slowdown %v", row.Drill.Bytes,
		row.FirstGood.Value, row.Back.Value, row.RPO.Value, row.Lost, row.Slowdown.Value)
	if row.Drill.Bytes < 10e6 || row.FirstGood.Missing || row.FirstGood.Value <= 0 {
		t.Errorf("drill: %+v", row)
	}
}

func TestDamagedBackup(t *testing.T) {
	_, j := survive(t, "damaged-backup", nil, nil)
	f := findingOf(t, j, "REC-003", "odoo-archive")
	if f.Verdict != analyzer.Fail || !strings.Contains(strings.Join(f.Because, " "), "does not verify") {
		t.Errorf("a damaged backup: %+v", f)
	}
}

func TestRestarts(t *testing.T) {
	_, j := survive(t, "restarts", nil, nil)
	failed := map[string]float64{}
	for _, row := range j.Drills {
		t.Logf("%s: took %.1f s, %d of %d journeys failed, %d sessions lost, error %q", row.Drill.Name, row.Took.Value, row.Failed, row.Offered,
			row.Sessions, row.Drill.Err)
		if row.Drill.Err != "" || row.Offered == 0 {
			t.Errorf("%s: %s", row.Drill.Name, row.Drill.Err)
		}
		failed[row.Drill.Name] = float64(row.Failed) / float64(max(row.Offered, 1))
	}
	if names := []string{"rolling", "hard", "new-column"}; len(failed) != len(names) || slices.ContainsFunc(names, func(n string) bool {
		_, there := failed[n]
		return !there
	}) {
		t.Fatalf("drills: %v", failed)
	}
	if failed["rolling"] >= failed["hard"] {
		t.Errorf("%.1f %% of the journeys failed in the rolling restart and %.1f %% in the hard one", 100*failed["rolling"], 100*failed["hard"])
	}
}
