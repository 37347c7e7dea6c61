package audit

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// The set oracle on a real database: orders are the elements.
func TestJepsenSetOracleInTheDatabase(t *testing.T) {
	eachFlavour(t, func(t *testing.T, w *world) {
		for _, ref := range []string{"0", "10", "20", "30"} {
			w.order(ref, 1)
		}
		got := operationNamed(t, w.audit("order 0 ok", "order 1 ok", "order 10 info", "order 11 info", "order 20 fail", "order 21 fail"), "order")
		want := results.AuditOp{Tenant: "t1", Op: "order", Attempted: 6, Acknowledged: 2, Lost: 1, LostAck: 1, Unexpected: 1,
			Indeterminate: 2, Examples: []string{"1 (lost)", "20 (refused but there)"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Every operation is found when it was done, missed when it was not, and counted
// when it was done twice.
func TestOperationsAreReadBack(t *testing.T) {
	eachFlavour(t, func(t *testing.T, w *world) {
		w.flow("whole", 2)
		w.order("written", 1)
		confirmed := w.order("confirmed", 1)
		w.confirm(confirmed)
		invoiced := w.order("invoiced", 1)
		w.invoiced(invoiced)
		twice := w.flow("twice", 3)
		w.invoiced(twice)
		w.posted(twice)
		w.paid(twice)
		w.exec(`update stock_move set quantity = quantity * 2, product_uom_qty = product_uom_qty * 2 where id = $1`, twice.move)
		w.order("doubled", 1)
		w.order("doubled", 1)
		scanned := w.order("scanned", 1)
		w.confirm(scanned)
		w.exec(`update stock_move_line set picked = true where id = $1`, scanned.moveLine)
		cancelled := w.order("cancelled", 1)
		w.confirm(cancelled)
		w.exec(`update sale_order set state = 'cancel' where id = $1`, cancelled.id)
		dropped := w.order("dropped", 1) // never confirmed
		w.exec(`update sale_order set state = 'cancel' where id = $1`, dropped.id)
		back := w.flow("back", 1)
		w.exec(`insert into stock_picking (origin, state, picking_type_id, return_id) values ('Return', 'done', 1, $1)`, back.picking)
		w.exec(`insert into stock_picking (origin, state, picking_type_id, return_id) values ('Return', 'assigned', 1, $1)`, twice.picking)
		w.purchase("bought", 1)
		w.purchase("came-twice", 2)
		w.purchase("on-the-way", 0)
		w.exec(`update product_product set default_code = 'imp-1' where id = $1`, w.product)
		w.order("sheet-1", 1)
		w.order("sheet-2", 1)
		w.order("sheet-2", 1)
		for _, c := range []struct {
			op   results.Op
			want map[string]int
		}{
			{"order", map[string]int{"whole": 1, "written": 1, "confirmed": 1, "invoiced": 1, "twice": 1, "doubled": 2, "scanned": 1,
				"cancelled": 1, "dropped": 1, "back": 1}},
			{"confirm", map[string]int{"whole": 1, "confirmed": 1, "twice": 1, "scanned": 1, "cancelled": 1, "back": 1}},
			{"cancel", map[string]int{"cancelled": 1, "dropped": 1}},
			{"scan", map[string]int{"whole": 1, "twice": 1, "scanned": 1, "back": 1}},
			{"ship", map[string]int{"whole": 1, "twice": 2, "back": 1}},
			{"return", map[string]int{"back": 1}},
			{"invoice", map[string]int{"whole": 1, "invoiced": 1, "twice": 2, "back": 1}},
			{"post", map[string]int{"whole": 1, "twice": 2, "back": 1}},
			{"pay", map[string]int{"whole": 1, "twice": 2, "back": 1}},
			{"purchase", map[string]int{"bought": 1, "came-twice": 1, "on-the-way": 1}},
			{"receive", map[string]int{"bought": 1, "came-twice": 2}},
			{"import", map[string]int{"imp": 1, "sheet": 2}},
		} {
			db, err := open(context.Background(), w.tenant)
			if err != nil {
				t.Fatal(err)
			}
			refs := []string{"imp", "sheet"}
			if c.op != "import" {
				refs = append(refs, "whole", "written", "confirmed", "invoiced", "twice", "doubled", "scanned", "cancelled", "dropped", "back", "bought", "came-twice", "on-the-way", "none")
			}
			got, err := db.seen(context.Background(), c.op, refs)
			if err := errors.Join(err, db.close(context.Background())); err != nil {
				t.Errorf("%s: %v", c.op, err)
				continue
			}
			for ref, n := range got {
				if n == 0 {
					delete(got, ref)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.op, diff)
			}
		}
	})
}

// A consolidated invoice counts for each of its orders.
func TestConsolidatedInvoice(t *testing.T) {
	eachFlavour(t, func(t *testing.T, w *world) {
		a, b := w.order("a", 1), w.order("b", 1)
		w.invoiced(a)
		w.exec(`update account_move set invoice_origin = $1`, a.name+", "+b.name)
		got := operationNamed(t, w.audit("invoice a ok", "invoice b ok"), "invoice")
		if got.Lost != 0 || got.Duplicated != 0 {
			t.Errorf("got %+v, want neither lost nor duplicated", got)
		}
	})
}

// Random histories against a reference count kept while they are written.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			eachFlavour(t, func(t *testing.T, w *world) {
				rng := rand.New(rand.NewPCG(seed, 1)) // reproducible on purpose
				var lines []string
				want := results.AuditOp{Tenant: "t1", Op: "order"}
				for i := range 200 {
					ref := "r" + strconv.Itoa(i)
					answer := []string{"ok", "ok", "ok", "info", "fail", "sent"}[rng.IntN(6)]
					times := []int{0, 1, 1, 1, 2}[rng.IntN(5)]
					for range times {
						w.order(ref, 1)
					}
					for range 1 + rng.IntN(2) {
						lines = append(lines, "order "+ref+" "+answer)
					}
					want.Attempted++
					if times > 1 {
						want.Duplicated++
					}
					switch answer {
					case "ok":
						want.Acknowledged++
						if times == 0 {
							want.Lost++
						}
					case "fail":
						if times > 0 {
							want.Unexpected++
						}
					default:
						want.Indeterminate++
						if times > 0 {
							want.LostAck++
						}
					}
				}
				rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				got := operationNamed(t, w.audit(lines...), "order")
				if len(got.Examples) > maxExamples {
					t.Errorf("%d examples, want at most %d", len(got.Examples), maxExamples)
				}
				got.Examples = nil
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestRunReportsWhatItCouldNotRead(t *testing.T) {
	w := newWorld(t, "odoo19")
	w.order("r", 1)
	w.exec(`do $$ begin if not exists (select from pg_roles where rolname = 'nobody') then
		create role nobody login password 'hidden-word'; end if; end $$`)
	writes := func(yield func(results.Write, error) bool) {
		for _, tenant := range []string{"t1", "t2", "t3"} {
			if !yield(results.Write{Tenant: tenant, Op: "order", Ref: "r", Ack: results.Acknowledged}, nil) {
				return
			}
		}
	}
	bad := secret.Text(strings.Replace(w.tenant.DSN.Reveal(), "postgres@", "stranger:hidden-word@", 1))
	found, err := Run(context.Background(), []Tenant{w.tenant, {Name: "t2", DSN: bad}}, writes, nil, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"tenant t2: connect", "tenant t3: has journalled writes and no way to read them back"} {
		if !strings.Contains(err.Error(), want) || !strings.Contains(found.Err, want) {
			t.Errorf("error %q and Err %q, want both to contain %q", err, found.Err, want)
		}
	}
	if strings.Contains(err.Error()+found.Err, "hidden-word") {
		t.Errorf("the password is in the error: %v", err)
	}
	if len(found.Operations) != 1 || found.Operations[0].Tenant != "t1" {
		t.Errorf("operations %+v, want those of t1 alone", found.Operations)
	}
	for _, l := range found.Invariants {
		if l.Tenant != "t1" {
			t.Errorf("an invariant of %s, which was not read", l.Tenant)
		}
	}
	if _, err := open(context.Background(), Tenant{DSN: "postgres://u:hidden-word@[::bad/x"}); err == nil || strings.Contains(err.Error(), "hidden-word") {
		t.Errorf("a DSN that cannot be parsed: %v", err)
	}
}

func TestUnknownOperationKeepsTheRest(t *testing.T) {
	w := newWorld(t, "embedded")
	w.order("r", 1)
	found, err := Run(context.Background(), []Tenant{w.tenant}, history("order r ok", "dance r ok"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "dance") {
		t.Errorf("got error %v, want one that names dance", err)
	}
	if found.Err != "" {
		t.Errorf("Err is %q: the audit as a whole stands", found.Err)
	}
	if got := operationNamed(t, found, "order").Acknowledged; got != 1 {
		t.Errorf("order acknowledged %d, want 1", got)
	}
}

// A locked table is reported as locked, and does not stop the rest.
func TestLockedTable(t *testing.T) {
	w := newWorld(t, "odoo19")
	tx, err := w.conn.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(context.Background(), "lock table stock_quant in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	dsn := w.tenant.DSN + "&lock_timeout=100"
	audit, err := Run(context.Background(), []Tenant{{Name: "t1", DSN: dsn}}, history(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := audit.Invariants
	if l := lawNamed(t, found, "stock-conserved"); l.Held || !strings.Contains(l.Err, "locked by others") {
		t.Errorf("got %+v, want one that was not checked for the lock", l)
	}
	if l := lawNamed(t, found, "debits-equal-credits"); !l.Held || l.Err != "" {
		t.Errorf("got %+v, want one that held", l)
	}
}

// The audit leaves nothing behind: no transaction, no session.
func TestReadingLeavesNothing(t *testing.T) {
	w := newWorld(t, "odoo19")
	w.flow("r", 1)
	w.audit("order r ok")
	deadline := time.Now().Add(time.Minute)
	for w.id(`select count(*)::int from pg_stat_activity where application_name = 'odoo-harness-audit' and datname = current_database()`) > 0 {
		if time.Now().After(deadline) {
			t.Fatal("a session of the audit is still there")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
