//go:build odoo

package odoo

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/results"
)

func TestLostAcknowledgements(t *testing.T) {
	lostAcks, doubled := map[string]int{}, map[string]int{}
	run, j := survive(t, "lost-acknowledgements", nil, func(sut *target.Target, dir string) {
		run, err := results.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range []string{"t1", "t2"} {
			lostAcks[tenant] = number(t, sut, tenant,
				`select count(distinct client_order_ref) from sale_order where client_order_ref = any($1)`, unanswered(t, run.Trials[0], tenant))
			doubled[tenant] = number(t, sut, tenant, `select count(*) from (select from sale_order
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
	if doubled["t2"] == 0 || findingOf(t, j, "DUR-002", "odoo-short-timeout").Verdict != finding.Fail {
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
	if lost["odoo-asynchronous"] == 0 || findingOf(t, j, "DUR-001", "odoo-asynchronous").Verdict != finding.Fail {
		t.Error("the asynchronous standby lost nothing")
	}
	if lost["odoo-synchronous"] != 0 || findingOf(t, j, "DUR-001", "odoo-synchronous").Verdict != finding.Pass {
		t.Error("the synchronous standby lost acknowledged writes")
	}
}

// Stale reads are found, and so is one reservation made by hand in the database during the
// load.
func TestStaleReadsAndAHandInTheDatabase(t *testing.T) {
	broken := make(chan int, 1)
	run, j := survive(t, "stale-reads", func(sut *target.Target, _ string) {
		go func() { broken <- reserveByHand(sut, "t2") }()
	}, nil)
	quant := <-broken
	if quant == 0 {
		t.Fatal("no quantity was found to reserve by hand")
	}
	trial := run.Trials[0]
	if findingOf(t, j, "DUR-007", trial.Setup).Verdict != finding.Fail {
		t.Error("no read was stale while the replica stood still")
	}
	f := findingOf(t, j, "DUR-005", trial.Setup)
	text := strings.Join(f.Because, " ")
	if f.Verdict != finding.Fail || !strings.Contains(text, "reserved-equals-lines of t2") || !strings.Contains(text, "reserved,") {
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
func reserveByHand(sut *target.Target, tenant string) (id int) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, a := range sut.Audit {
		if a.Name != tenant {
			continue
		}
		conn, err := pgx.Connect(ctx, a.DSN.Reveal())
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
			t.Error("no shipment was done though its client saw an error")
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
		if f := findingOf(t, j, id, "odoo-archive"); f.Verdict != finding.Pass {
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

// A backup that is kept outside the setup until the restore restores as well.
func TestBackupInObjectStorage(t *testing.T) {
	store := objectstore.Start(t, "backups")
	_, j := survive(t, "backup-offsite", nil, nil)
	for _, id := range []string{"REC-001", "REC-003", "REC-004", "REC-005"} {
		if f := findingOf(t, j, id, "odoo-archive"); f.Verdict != finding.Pass {
			t.Errorf("%s is %s", id, f.Verdict)
		}
	}
	for _, name := range []string{"send", "fetch"} {
		step := j.Drills[0].Drill.Step(name)
		if step == nil || step.To == nil || step.Err != "" || !strings.Contains(step.Note, "s3://backups/drills/") {
			t.Errorf("step %s: %+v", name, step)
			continue
		}
		t.Logf("%s took %.1f s: %s", name, (*step.To - step.From).Seconds(), step.Note)
	}
	for object := range store.ListObjects(t.Context(), "backups", minio.ListObjectsOptions{Recursive: true}) {
		t.Errorf("the drill left %s %v", object.Key, object.Err)
	}
}

func TestDamagedBackup(t *testing.T) {
	_, j := survive(t, "damaged-backup", nil, nil)
	f := findingOf(t, j, "REC-003", "odoo-archive")
	if f.Verdict != finding.Fail || !strings.Contains(strings.Join(f.Because, " "), "does not verify") {
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

func TestBadReleaseIsRolledBack(t *testing.T) {
	run, j := survive(t, "bad-release", nil, nil)
	if len(j.Drills) != 1 {
		t.Fatalf("drills: %+v", j.Drills)
	}
	row := j.Drills[0]
	t.Logf("took %.1f s, %d of %d journeys failed, rolled back in %.1f s: %s", row.Took.Value, row.Failed, row.Offered,
		row.Rollback.Value, row.Drill.Err)
	watch := row.Drill.Step("watch")
	if watch == nil || !strings.Contains(watch.Err, "steps failed") || row.Failed == 0 {
		t.Errorf("the watch found nothing bad: %+v", watch)
	}
	if !row.Drill.RolledBack || row.Rollback.Missing {
		t.Errorf("it was not rolled back: %+v", row)
	}
	if f := findingOf(t, j, "CHG-001", "odoo-two-servers"); f.Verdict != finding.Fail {
		t.Errorf("a bad release: %+v", f)
	}
	// While it was there no shipment was acknowledged; with the release of before they are.
	deployed, last := row.Drill.Step("watch").From, row.Drill.Steps[len(row.Drill.Steps)-1].To
	if last == nil {
		t.Fatalf("the rollback has no end: %+v", row.Drill.Steps)
	}
	var during, after int
	for w, err := range run.Trials[0].Writes() {
		if err != nil {
			t.Fatal(err)
		}
		if w.Op != "ship" || w.Ack != results.Acknowledged {
			continue
		}
		if w.Attempted > deployed && w.Answered < row.Drill.Step("rollback").From {
			during++
		}
		if w.Attempted > *last {
			after++
		}
	}
	if during != 0 || after == 0 {
		t.Errorf("%d shipments acknowledged under the bad release, %d after the rollback; want 0 and some", during, after)
	}
}
