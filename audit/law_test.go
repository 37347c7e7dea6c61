package audit

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// Intact books hold every law.
func TestLawsHold(t *testing.T) {
	eachFlavour(t, func(t *testing.T, w *world) {
		w.flow("a", 2)
		w.flow("b", 5)
		w.purchase("p", 1)
		w.serial("SN1")
		open := w.order("c", 1)
		w.confirm(open)
		for _, l := range w.audit().Invariants {
			if !l.Held || l.Err != "" {
				t.Errorf("%s: held %v, broken %d %v, error %q", l.Name, l.Held, l.Broken, l.Examples, l.Err)
			}
		}
	})
}

// Each law, broken by hand, is found broken, and names the document; those not
// listed as broken too hold.
func TestLawsBroken(t *testing.T) {
	cases := []struct {
		name, law, document string
		also                string // laws that break with it
		skip                string // flavour that cannot have it
		do                  func(w *world, o *order)
	}{
		{"quantity changed without a move", "stock-conserved", "WIDGET in WH/Stock: 97 held, 98 moved", "", "", func(w *world, _ *order) {
			w.exec(`update stock_quant set quantity = quantity - 1 where location_id = 8`)
		}},
		{"quant deleted", "stock-conserved", "WIDGET in WH/Stock: 0 held, 98 moved", "reserved-equals-lines", "", func(w *world, _ *order) {
			w.confirm(w.order("other", 1))
			w.exec(`delete from stock_quant where location_id = 8`)
		}},
		{"more reserved than there is", "reserved-within-stock", "WIDGET in WH/Stock: 150 reserved, 98 on hand", "", "",
			func(w *world, _ *order) { w.confirm(w.order("other", 150)) }},
		{"less than nothing reserved", "reserved-within-stock", "WIDGET in WH/Stock: -1 reserved", "reserved-equals-lines", "",
			func(w *world, _ *order) {
				w.exec(`update stock_quant set reserved_quantity = -1 where location_id = 8`)
			}},
		{"reserved for nobody", "reserved-equals-lines", "WIDGET in WH/Stock: 3 reserved, 0 on open lines", "", "", func(w *world, _ *order) {
			w.exec(`update stock_quant set reserved_quantity = 3 where location_id = 8`)
		}},
		{"done with an open move", "picking-done-once", "WH/OUT/00001: done with a move that is assigned", "", "", func(w *world, o *order) {
			w.exec(`update stock_move set state = 'assigned' where id = $1`, o.move)
		}},
		{"open with a done move", "picking-done-once", "WH/OUT/00001: assigned with a move that is done", "", "",
			func(w *world, o *order) {
				w.exec(`delete from harness_outbox`)
				w.exec(`update stock_picking set state = 'assigned', carrier_tracking_ref = '' where id = $1`, o.picking)
			}},
		{"shipped twice", "picking-done-once", "S00001: 4 of 2 delivered", "stock-conserved", "", func(w *world, o *order) {
			w.exec(`update stock_move set quantity = 4, product_uom_qty = 4 where id = $1`, o.move)
			w.exec(`update stock_move_line set quantity = 4 where id = $1`, o.moveLine)
		}},
		{"lines do not add up", "picking-done-once", "WH/OUT/00001: 2 done on the move, 4 on its lines", "stock-conserved", "",
			func(w *world, o *order) {
				w.exec(`insert into stock_move_line (move_id, picking_id, product_id, quantity, state, location_id, location_dest_id)
					select move_id, picking_id, product_id, quantity, state, location_id, location_dest_id from stock_move_line where id = $1`, o.moveLine)
			}},
		{"done without lines", "picking-done-once", "WH/OUT/00001: 2 done on the move, and it has no done line", "stock-conserved", "",
			func(w *world, o *order) { w.exec(`delete from stock_move_line where id = $1`, o.moveLine) }},
		{"done with an open line alone", "picking-done-once", "WH/OUT/00001: 2 done on the move, and it has no done line",
			"stock-conserved reserved-equals-lines", "",
			func(w *world, o *order) {
				w.exec(`update stock_move_line set state = 'assigned' where id = $1`, o.moveLine)
			}},
		{"pieces of another lot", "lots-conserved", "SN1 in WH/Stock: 0 held, 1 moved", "", "", func(w *world, _ *order) {
			lot := w.serial("SN1")
			w.exec(`update stock_quant set lot_id = null where lot_id = $1 and location_id = 8`, lot)
		}},
		{"serial number received twice", "serial-once", "SN1: 2 pieces in stock, the least in a location is 2", "", "",
			func(w *world, _ *order) {
				lot := w.serial("SN1")
				w.exec(`update stock_quant set quantity = 2 * quantity where lot_id = $1`, lot)
				w.exec(`update stock_move set quantity = 2 where id = (select move_id from stock_move_line where lot_id = $1)`, lot)
				w.exec(`update stock_move_line set quantity = 2 where lot_id = $1`, lot)
			}},
		{"serial number shipped twice", "serial-once", "SN1: 0 pieces in stock, the least in a location is -1",
			"lots-conserved stock-conserved", "",
			func(w *world, _ *order) {
				lot := w.serial("SN1")
				other := w.id(`insert into stock_location (id, name, complete_name, usage) values (90, 'Shelf', 'WH/Stock/Shelf', 'internal')
					on conflict (id) do update set name = 'Shelf' returning id`)
				w.exec(`insert into stock_quant (product_id, location_id, lot_id, quantity)
					select product_id, $2, id, -1 from stock_lot where id = $1`, lot, other)
			}},
		{"invoiced twice", "one-invoice-per-order", "S00001: 4 of 2 invoiced, on INV/2026/00001, INV/2026/00002", "", "",
			func(w *world, o *order) {
				w.invoiced(o)
				w.posted(o)
			}},
		{"number left out", "invoice-numbers", "INV/2026/00002 to INV/2026/00006 missing", "", "", func(w *world, _ *order) {
			o := w.order("other", 1)
			w.invoiced(o)
			w.posted(o)
			w.exec(`update account_move set name = 'INV/2026/00007' where id = $1`, o.invoice)
			if w.odoo {
				w.exec(`update account_move set sequence_number = 7 where id = $1`, o.invoice)
			}
		}},
		{"number given twice", "invoice-numbers", "INV/2026/00001 given 2 times", "", "embedded", func(w *world, _ *order) {
			o := w.order("other", 1)
			w.invoiced(o)
			w.exec(`update account_move set state = 'posted', name = 'INV/2026/00001', sequence_prefix = 'INV/2026/', sequence_number = 1
				where id = $1`, o.invoice)
		}},
		{"unbalanced", "debits-equal-credits", "INV/2026/00001: 20.50 debit, 20.00 credit", "", "", func(w *world, o *order) {
			w.exec(`update account_move_line set debit = debit + 0.5 where move_id = $1 and debit > 0`, o.invoice)
		}},
		{"job lost", "jobs-neither-lost-nor-doubled", "WH/OUT/00001: no job", "", "", func(w *world, _ *order) {
			w.exec(`delete from harness_outbox`)
			w.exec(`update stock_picking set carrier_tracking_ref = null`)
		}},
		{"job doubled", "jobs-neither-lost-nor-doubled", "WH/OUT/00001: 2 jobs", "", "", func(w *world, _ *order) {
			w.exec(`insert into harness_outbox (picking_id, reference, state) select picking_id, reference, state from harness_outbox`)
		}},
		{"job of a shipment that never was", "jobs-neither-lost-nor-doubled", "WH/OUT/77777: a job, and the shipment is not there", "", "",
			func(w *world, _ *order) {
				w.exec(`insert into harness_outbox (picking_id, reference) values (77777, 'WH/OUT/77777')`)
			}},
		{"label lost", "one-label-per-shipment", "WH/OUT/00001: job done, no tracking number", "", "", func(w *world, _ *order) {
			w.exec(`update stock_picking set carrier_tracking_ref = ''`)
		}},
		{"label for what did not leave", "one-label-per-shipment", "assigned, and has the tracking number HL9", "", "",
			func(w *world, _ *order) {
				waiting := w.order("waiting", 1)
				w.confirm(waiting)
				w.exec(`update stock_picking set state = 'assigned', carrier_tracking_ref = 'HL9' where state <> 'done'`)
			}},
		{"one label on two shipments", "one-label-per-shipment", "HL1 on WH/OUT/00001, WH/OUT/00002", "", "", func(w *world, _ *order) {
			w.flow("other", 1)
			w.exec(`update stock_picking set carrier_tracking_ref = 'HL1'`)
		}},
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			eachFlavour(t, func(t *testing.T, w *world) {
				if c.skip != "" && (c.skip == "odoo19") == w.odoo {
					t.Skip("the schema forbids it")
				}
				o := w.flow("r", 2)
				c.do(w, o)
				for _, l := range w.audit().Invariants {
					if l.Err != "" {
						t.Errorf("%s: %s", l.Name, l.Err)
					}
					switch {
					case l.Name == c.law:
						if l.Held || l.Broken == 0 {
							t.Errorf("%s was not found broken", l.Name)
						}
						if got := strings.Join(l.Examples, "\n"); !strings.Contains(got, c.document) {
							t.Errorf("%s names\n%s\nwant %s", l.Name, got, c.document)
						}
					case !l.Held && !slices.Contains(strings.Fields(c.also), l.Name):
						t.Errorf("%s is broken as well: %v", l.Name, l.Examples)
					}
				}
			})
		})
	}
}

// All broken documents are counted, some are named.
func TestManyBroken(t *testing.T) {
	w := newWorld(t, "odoo19")
	w.exec(`insert into account_move (name, state, move_type) select 'M' || n, 'posted', 'entry' from generate_series(1, 25) n`)
	w.exec(`insert into account_move_line (move_id, debit) select id, 1 from account_move`)
	l := lawNamed(t, w.audit().Invariants, "debits-equal-credits")
	if l.Broken != 25 || len(l.Examples) != maxExamples {
		t.Errorf("broken %d with %d examples, want 25 with %d", l.Broken, len(l.Examples), maxExamples)
	}
}

// A law about a missing table does not apply. One about a missing column of an existing
// table is not held, and gives the reason.
func TestLawsThatDoNotApply(t *testing.T) {
	w := newDatabase(t, "odoo19")
	w.exec(`drop table harness_outbox`)
	w.exec(`alter table stock_quant drop column reserved_quantity`)
	found := w.audit().Invariants
	for _, want := range []results.Invariant{
		{Tenant: "t1", Name: "jobs-neither-lost-nor-doubled", Held: true, Absent: "there is no table harness_outbox"},
		{Tenant: "t1", Name: "one-label-per-shipment", Held: true, Absent: "there is no table harness_outbox"},
		{Tenant: "t1", Name: "reserved-within-stock", Err: "there is no column reserved_quantity in table stock_quant"},
		{Tenant: "t1", Name: "stock-conserved", Held: true},
	} {
		if diff := cmp.Diff(want, lawNamed(t, found, want.Name)); diff != "" {
			t.Error(diff)
		}
	}
}

// What broke a law before the load is compared document by document: a violation that
// was repaired does not hide a new one, and one that has grown counts.
func TestLawsSinceTheLoad(t *testing.T) {
	const law = "debits-equal-credits"
	for name, c := range map[string]struct {
		before, after string // SQL
		want          results.Invariant
	}{
		"nothing before": {"", `update account_move_line set debit = debit + 1 where id = 2`,
			results.Invariant{Broken: 1, Examples: []string{"INV/2026/00001: 21 debit, 20.00 credit"}}},
		"as before": {`update account_move_line set debit = debit + 1 where id = 2`, "",
			results.Invariant{Held: true, Broken: 1, Before: 1, Examples: []string{"INV/2026/00001: 21 debit, 20.00 credit"}}},
		"repaired": {`update account_move_line set debit = debit + 1 where id = 2`, `update account_move_line set debit = debit - 1 where id = 2`,
			results.Invariant{Held: true}},
		"repaired, and another broken": {`update account_move_line set debit = debit + 1 where id = 2`,
			`update account_move_line set debit = debit - 1 where id = 2; update account_move_line set debit = debit + 1 where id = 4`,
			results.Invariant{Broken: 1, Examples: []string{"INV/2026/00002: 31 debit, 30.00 credit"}}},
		"another": {`update account_move_line set debit = debit + 1 where id = 2`, `update account_move_line set debit = debit + 1 where id = 4`,
			results.Invariant{Broken: 2, Before: 1,
				Examples: []string{"INV/2026/00002: 31 debit, 30.00 credit", "INV/2026/00001: 21 debit, 20.00 credit"}}},
		"further": {`update account_move_line set debit = debit + 1 where id = 2`, `update account_move_line set debit = debit + 1 where id = 2`,
			results.Invariant{Broken: 1, Examples: []string{"INV/2026/00001: 22 debit, 20.00 credit"}}},
		"less": {`update account_move_line set debit = debit + 2 where id = 2`, `update account_move_line set debit = debit - 1 where id = 2`,
			results.Invariant{Held: true, Broken: 1, Before: 1, Examples: []string{"INV/2026/00001: 21 debit, 20.00 credit"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "odoo19")
			w.flow("a", 2)
			w.flow("b", 3)
			if c.before != "" {
				w.exec(c.before)
			}
			before, err := Check(t.Context(), []Tenant{w.tenant})
			if err != nil {
				t.Fatal(err)
			}
			for _, sql := range strings.Split(c.after, ";") {
				w.exec(sql)
			}
			found, err := w.auditor(before).run(t.Context(), []Tenant{w.tenant}, history(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := lawNamed(t, found.Invariants, law)
			for i := range got.Examples {
				got.Examples[i] = strings.Replace(got.Examples[i], ".00 debit", " debit", 1)
			}
			c.want.Tenant, c.want.Name = "t1", law
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A violation of which it is not known whether it was there before the load is neither
// held nor broken.
func TestLawNotCheckedBefore(t *testing.T) {
	var l law
	l.name = "a"
	now := checked{violations: []violation{{"k", 1, "d"}}}
	for name, c := range map[string]struct {
		before *Laws
		now    checked
		want   results.Invariant
	}{
		"not checked before": {&Laws{map[lawKey]checked{{"t", "a"}: {err: errors.New("locked")}}}, now,
			results.Invariant{Broken: 1, Err: "documents that break it now: 1; it was not checked before the load: locked"}},
		"tenant not read before": {&Laws{}, now,
			results.Invariant{Broken: 1, Err: "documents that break it now: 1; it was not checked before the load: the tenant was not read"}},
		"not checked before, and not broken": {&Laws{}, checked{}, results.Invariant{Held: true}},
		"not applying before":                {&Laws{map[lawKey]checked{{"t", "a"}: {absent: "no table"}}}, now, results.Invariant{Broken: 1, Examples: []string{"d"}}},
	} {
		c.want.Tenant, c.want.Name = "t", "a"
		if diff := cmp.Diff(c.want, c.before.since("t", l, c.now)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Odoo's own upkeep may mend what is reserved shortly after the load: it is waited for,
// and what stays broken is reported.
func TestReservationsSettle(t *testing.T) {
	for _, mended := range []bool{true, false} {
		w := newWorld(t, "odoo19")
		w.exec(`update stock_quant set reserved_quantity = 3 where location_id = 8`)
		a := w.auditor(nil)
		a.settleEvery, a.settleLimit = 20*time.Millisecond, 200*time.Millisecond
		ended := make(chan error, 1)
		go func() {
			if mended {
				_, err := w.conn.Exec(context.Background(), `select pg_sleep(0.05); update stock_quant set reserved_quantity = 0`)
				ended <- err
				return
			}
			ended <- nil
		}()
		if mended {
			a.settleLimit = 10 * time.Second
		}
		found, err := a.run(t.Context(), []Tenant{w.tenant}, history(), nil)
		if err := errors.Join(err, <-ended); err != nil {
			t.Fatal(err)
		}
		if l := lawNamed(t, found.Invariants, "reserved-equals-lines"); l.Held != mended {
			t.Errorf("mended %v: %+v", mended, l)
		}
	}
}

// docs/audit.md describes every law and every operation, in the words of the code.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(doc)), " ")
	for _, l := range laws() {
		if !strings.Contains(text, "`"+l.name+"`") || !strings.Contains(text, l.states) {
			t.Errorf("docs/audit.md does not describe `%s`: %s", l.name, l.states)
		}
	}
	for op := range operations() {
		if !strings.Contains(text, "`"+string(op)+"`") {
			t.Errorf("docs/audit.md does not describe `%s`", op)
		}
	}
}
