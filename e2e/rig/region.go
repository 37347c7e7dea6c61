package rig

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/audit"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

// cutEvery is how often the region's database connections are cut.
const cutEvery = 400 * time.Millisecond

// Region runs the regional disruption on a lab of one tenant while its database connections are
// cut. What the audit counts of scans and shipments must be what SQL of its own counts.
func Region(t *testing.T, kind string, length time.Duration, scale float64) {
	t.Helper()
	a := LabUp(t, StateDir(t), kind, 1).Tenants[0]
	spec := scenarios.Spec{
		Name: "region", Script: filepath.Join("..", "..", "scenarios", "regional-disruption.js"),
		Tenants: []scenarios.Tenant{tenantOf(a)}, Duration: length, Scale: scale, Seed: 42, Ref: "rg", Out: t.TempDir(),
		Timeout: 20 * time.Second, Held: true,
	}
	spec, outline := planned(t, spec)
	var err error
	spec.Documents, err = scenarios.Seed(t.Context(), spec, outline, lines.Logger(func(line string) { t.Log(line) }))
	Must(t, err)
	db, err := pgx.Connect(t.Context(), a.DSN.Reveal())
	Must(t, err)
	defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
	child, err := scenarios.Start(t.Context(), spec)
	Must(t, err)
	// A session that is cut while it logs in ends the script: the region loses working sessions.
	Must(t, errors.Join(child.Ready(t.Context()), child.Begin(time.Now())))
	ended := make(chan struct{})
	cuts := make(chan int)
	go func() { cuts <- cutConnections(t.Context(), db, ended) }()
	_, _, err = child.Wait()
	close(ended)
	n := <-cuts
	Must(t, err)
	if n == 0 {
		t.Error("no connection was cut")
	}
	found := audited(t, a, spec)
	for _, count := range []struct {
		what, sql string
		audit     int
	}{
		{"orders whose delivery was scanned", scannedSQL, countOf(found, results.OpScan)},
		{"orders whose delivery left", shippedSQL, countOf(found, results.OpShip)},
		{"orders that left twice", leftTwiceSQL, duplicatedOf(found, results.OpShip)},
		{"orders entered twice", enteredTwiceSQL, duplicatedOf(found, results.OpOrder)},
	} {
		var bySQL int
		Must(t, db.QueryRow(t.Context(), count.sql, spec.Ref+"-%").Scan(&bySQL))
		t.Logf("%s: the audit counts %d, SQL %d", count.what, count.audit, bySQL)
		if bySQL != count.audit {
			t.Errorf("%s: the audit counts %d, SQL %d", count.what, count.audit, bySQL)
		}
	}
	for _, op := range found.Operations {
		t.Logf("%s: %d connections cut, %+v", kind, n, op)
		if op.Lost > 0 {
			t.Errorf("%d acknowledged writes %s are lost: %v", op.Lost, op.Op, op.Examples)
		}
	}
}

// cutConnections ends what works in the database at the time, again and again. It returns how
// many connections it ended.
func cutConnections(ctx context.Context, db *pgx.Conn, ended <-chan struct{}) (n int) {
	tick := time.NewTicker(cutEvery)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return n
		case <-tick.C:
		}
		tag, err := db.Exec(ctx, `select pg_terminate_backend(pid) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`)
		if err == nil {
			n += int(tag.RowsAffected())
		}
	}
}

// The counts of [Region], by reference pattern. They share nothing with the audit's queries.
const (
	scannedSQL = `select count(distinct o.client_order_ref) from sale_order o join stock_picking p on p.origin = o.name
		join stock_move_line l on l.picking_id = p.id where o.client_order_ref like $1 and (l.picked or l.state = 'done')`
	shippedSQL = `select count(distinct o.client_order_ref) from sale_order o join stock_picking p on p.origin = o.name
		where o.client_order_ref like $1 and p.state = 'done'`
	leftTwiceSQL = `select count(distinct o.client_order_ref) from sale_order o join sale_order_line l on l.order_id = o.id
		where o.client_order_ref like $1 and l.product_uom_qty < (select sum(m.quantity) from stock_move m
			where m.sale_line_id = l.id and m.state = 'done')`
	enteredTwiceSQL = `select count(*) from (select from sale_order where client_order_ref like $1
		group by client_order_ref having count(*) > 1) twice`
)

// audited reads back what a script wrote.
func audited(t *testing.T, a lab.Access, spec scenarios.Spec) *results.Audit {
	t.Helper()
	records := results.TrialData{Dir: spec.Out}
	found, err := audit.Run(t.Context(), []audit.Tenant{{Name: a.Name, DSN: a.DSN}}, records.Writes(), nil, nil)
	Must(t, err)
	return found
}

// countOf is how many writes of an operation the audit found in the database.
func countOf(found *results.Audit, op results.Op) (n int) {
	for _, o := range found.Operations {
		if o.Op == op {
			n += o.Acknowledged - o.Lost + o.LostAck + o.Unexpected
		}
	}
	return n
}

func duplicatedOf(found *results.Audit, op results.Op) (n int) {
	for _, o := range found.Operations {
		if o.Op == op {
			n += o.Duplicated
		}
	}
	return n
}
