package production

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"example.org/odooharness/workload"
	"example.org/odooharness/workload/files"
)

func find(t *testing.T, w workload.Workload, tenant, journey string) workload.Journey {
	t.Helper()
	for _, one := range w.Tenants {
		for _, j := range one.Journeys {
			if one.Name == tenant && j.Name == journey {
				return j
			}
		}
	}
	t.Fatalf("no %s of %s in %+v; missing %+v", journey, tenant, w.Tenants, w.Missing)
	return workload.Journey{}
}

// The planted shape of day, week and year, growth, burstiness and lines come back within their
// intervals. Of the 95 % intervals one in twenty may miss: 85 % of 36 must not.
func TestDatabase(t *testing.T) {
	reader := planted(t, "acme_prod", 60)
	c := collector()
	if err := c.Database(t.Context(), reader); err != nil {
		t.Fatal(err)
	}
	w, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	j := find(t, w, "acme-prod", workload.Orders)
	hits, all := 0, 0
	curve := func(what string, c workload.Curve, truth []float64) {
		for i, v := range truth {
			if v == 0 {
				continue
			}
			all++
			if c.Low[i] <= v && v <= c.High[i] {
				hits++
				continue
			}
			t.Logf("%s %d: %g is not in %g to %g", what, i, v, c.Low[i], c.High[i])
		}
	}
	curve("hour", j.Day, plantedHours())
	curve("weekday", j.Week, plantedWeek())
	curve("month", *j.Year, plantedYear())
	curve("growth", workload.Curve{Low: []float64{j.Growth.Low}, High: []float64{j.Growth.High}}, []float64{plantedGrowth})
	curve("burstiness", workload.Curve{Low: []float64{j.Burstiness.Low}, High: []float64{j.Burstiness.High}}, []float64{1})
	t.Logf("%d of %d parameters in their intervals; growth %.3g (%.3g to %.3g)", hits, all, j.Growth.Value, j.Growth.Low, j.Growth.High)
	if all != 37 || float64(hits) < 0.85*float64(all) {
		t.Errorf("%d of %d planted parameters are in their intervals", hits, all)
	}
	if width := j.Growth.High / j.Growth.Low; width > 1.1 {
		t.Errorf("growth is %.3g to %.3g, want an interval of at most 10 %%", j.Growth.Low, j.Growth.High)
	}
	if j.Lines == nil || j.Lines.Mean.Low > 2.5 || j.Lines.Mean.High < 2.5 || j.Lines.Max != 4 || j.Lines.P95 != 4 {
		t.Errorf("lines of orders: %+v, want a mean of 2.5", j.Lines)
	}
	counts(t, w)
	private(t, w)
}

// counts compares each journey with what the database has.
func counts(t *testing.T, w workload.Workload) {
	t.Helper()
	conn, err := cluster.Connect(t.Context(), "acme_prod")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for journey, sql := range map[string]string{
		workload.Orders:    `select count(*) from sale_order where name is not null`,
		workload.Shipping:  `select count(*) from stock_picking where picking_type_id = 1 and state = 'done'`,
		workload.Receiving: `select count(*) from stock_picking where picking_type_id = 2 and state = 'done'`,
		workload.Invoicing: `select count(*) from account_move where move_type = 'out_invoice'`,
		workload.Payments:  `select count(*) from account_payment`,
		workload.Imports:   `select 200`,
	} {
		var want int
		if err := conn.QueryRow(t.Context(), sql).Scan(&want); err != nil {
			t.Fatal(err)
		}
		got := find(t, w, "acme-prod", journey)
		if got.Documents != want {
			t.Errorf("%s: %d documents, want %d", journey, got.Documents, want)
		}
		switch {
		case journey == workload.Imports && (got.Lines.Max != 30 || got.Lines.Mean.Value != 21):
			t.Errorf("rows of imports: %+v, want 12 and 30 in turn", got.Lines)
		case journey == workload.Shipping && got.Lines.Mean.Value != 1:
			t.Errorf("lines of pickings: %+v, want 1 each", got.Lines)
		}
	}
	if len(w.Sources) != 1 || w.Sources[0].Odoo != "17.0.1.3" || w.Sources[0].Name != "acme_prod" || !w.Sources[0].ReadOnly {
		t.Errorf("sources: %+v", w.Sources)
	}
}

// private requires that no name of the database is in the file.
func private(t *testing.T, w workload.Workload) {
	t.Helper()
	data, err := files.Encode(w)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "PRIVATE") {
		t.Error("the workload has a name of the database in it")
	}
}

// PostgreSQL refuses a write of the reading transactions, even of a superuser, and the role of
// the test has no rights to write either.
func TestDatabaseReadsOnly(t *testing.T) {
	reader := planted(t, "locked", 5)
	for dsn, want := range map[string]string{cluster.DSN("locked"): "read-only transaction", reader: "read-only transaction"} {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		d := &database{conn: conn, to: collector()}
		err = d.transaction(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into sale_order (name) values ('x')`)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a write gave %v, want %s", err, want)
		}
		if _, err := conn.Exec(t.Context(), `delete from sale_order`); (dsn == reader) != (err != nil) {
			t.Errorf("%s deletes: %v", dsn, err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A statement that PostgreSQL is busy with for too long is ended by its limit.
func TestDatabaseLimitsStatements(t *testing.T) {
	conn, err := cluster.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	d := &database{conn: conn, to: collector()}
	var limit string
	err = d.transaction(t.Context(), func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), `show statement_timeout`).Scan(&limit) })
	if err != nil || limit != "30s" {
		t.Errorf("limit %q, %v, want 30s", limit, err)
	}
}

// What differs between versions is named as missing, and the rest is counted: no modules of stock,
// payments with a company (18), invoices that the role must not read, and no display_type.
func TestDatabaseMissing(t *testing.T) {
	reader := planted(t, "partial", 20)
	if err := cluster.Exec(t.Context(), "partial", `drop table stock_picking, stock_move, stock_picking_type;
alter table sale_order_line drop column display_type; alter table account_payment add company_id int; update account_payment set company_id = 1;
revoke select on account_move, ir_module_module from reader; grant select (id, create_date) on account_move to reader;`); err != nil {
		t.Fatal(err)
	}
	c := collector()
	c.options.ByCompany = true
	if err := c.Database(t.Context(), reader); err != nil {
		t.Fatal(err)
	}
	w, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tenant := range w.Tenants {
		for _, j := range tenant.Journeys {
			names = append(names, tenant.Name+" "+j.Name)
		}
	}
	want := []string{"company-1 imports", "company-1 orders", "company-1 payments", "company-2 imports", "company-2 orders"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if find(t, w, "company-2", workload.Orders).Lines.Max != 5 {
		t.Error("without display_type every line counts: want at most 5")
	}
	if len(w.Total) != 3 || w.Total[1].Documents != w.Tenants[0].Journeys[1].Documents+w.Tenants[1].Journeys[1].Documents {
		t.Errorf("total: %+v", w.Total)
	}
	missing := fmt.Sprint(w.Missing)
	for _, what := range []string{"table stock_picking: not there", "table stock_move", "column account_move.move_type", "ir_module_module"} {
		if !strings.Contains(missing, what) {
			t.Errorf("%q is not named as missing: %s", what, missing)
		}
	}
}

func TestDatabaseWithoutDocuments(t *testing.T) {
	dsn, err := cluster.Database(t.Context(), "empty", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := collector().Database(t.Context(), dsn); err == nil || !strings.Contains(err.Error(), "table sale_order") {
		t.Errorf("got %v", err)
	}
	if err := collector().Database(t.Context(), "postgres://u:hidden@127.0.0.1:1/x?connect_timeout=2"); err == nil ||
		strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v", err)
	}
}

// Documents outside of the period do not count.
func TestDatabasePeriod(t *testing.T) {
	reader := planted(t, "period", 20)
	c := collector()
	c.options.From, c.options.To = time.Date(2023, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2023, 6, 1, 0, 0, 0, 0, time.UTC)
	if err := c.Database(t.Context(), reader); err != nil {
		t.Fatal(err)
	}
	w, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	if s := w.Sources[0]; s.From != "2023-03-01" || s.To != "2023-05-31" {
		t.Errorf("period %s to %s", s.From, s.To)
	}
}
