package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// A postponed job is queued from the moment at which it is due; one that waits for
// another, or whose time has not come, is no backlog.
func TestQueueJobs(t *testing.T) {
	if _, err := cluster.Database(t.Context(), "queue", ""); err != nil {
		t.Fatal(err)
	}
	err := cluster.Exec(t.Context(), "queue", `
		create table queue_job (uuid varchar, state varchar, date_created timestamp, date_started timestamp, date_done timestamp,
			eta timestamp, retry int);
		insert into queue_job values
			('before', 'done', '2025-12-31 23:59:59', null, '2026-01-01 00:00:01', null, 0),
			('done', 'done', '2026-01-01 00:00:01', '2026-01-01 00:00:02', '2026-01-01 00:00:04', null, 1),
			('postponed and done', 'done', '2026-01-01 00:00:01', '2026-01-01 00:00:11', '2026-01-01 00:00:12', '2026-01-01 00:00:10', 0),
			('waiting', 'pending', '2026-01-01 00:00:05', null, null, null, 0),
			('failed', 'failed', '2026-01-01 00:00:06', '2026-01-01 00:00:07', null, null, 5),
			('not due', 'pending', '2026-01-01 00:00:05', null, null, '9999-01-01', 0),
			('another first', 'wait_dependencies', '2026-01-01 00:00:05', null, null, null, 0),
			('cancelled', 'cancelled', '2026-01-01 00:00:05', null, null, null, 0)`)
	if err != nil {
		t.Fatal(err)
	}
	s := func(seconds int) results.Offset { return results.OffsetOf(time.Duration(seconds) * time.Second) }
	got, err := Jobs(t.Context(), []Tenant{{Name: "t1", Database: "queue", DSN: secret.Text(cluster.DSN("queue"))}}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	want := []results.Job{
		{Tenant: "t1", Kind: "queue_job", Ref: "done", Queued: s(1), Pushed: s(2), Done: s(4), Tries: 1},
		{Tenant: "t1", Kind: "queue_job", Ref: "postponed and done", Queued: s(10), Pushed: s(11), Done: s(12)},
		{Tenant: "t1", Kind: "queue_job", Ref: "waiting", Queued: s(5), Pushed: results.Never, Done: results.Never},
		{Tenant: "t1", Kind: "queue_job", Ref: "failed", Queued: s(6), Pushed: s(7), Done: results.Never, Tries: 5, Failed: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// A DSN that leads to another database than the tenant's is not read.
	_, err = Jobs(t.Context(), []Tenant{{Name: "t1", Database: "main", DSN: secret.Text(cluster.DSN("queue"))}}, time.Now())
	if err == nil || !strings.Contains(err.Error(), `the DSN leads to database "queue", and the tenant's is "main"`) {
		t.Errorf("another database: %v", err)
	}
}
