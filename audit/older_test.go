package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// fourteen gives a database of Odoo 19's shape that of Odoo 14, with what is in it.
const fourteen = `
alter table stock_move_line drop column quantity_product_uom, drop column picked, add product_qty numeric;
alter table stock_move_line rename quantity to qty_done;
update stock_move_line set product_qty = case when state = 'done' then 0 else qty_done end,
  qty_done = case when state = 'done' then qty_done else 0 end;
alter table stock_move drop column quantity;
alter table stock_picking drop column return_id;
alter table stock_lot rename to stock_production_lot;
update product_template set type = 'product' where is_storable;
alter table product_template drop column is_storable;
alter table sale_order_line rename product_uom_id to product_uom;
drop table account_move__account_payment;`

// Every law and every operation is checked on the shape of Odoo 14, and finds what is wrong there.
func TestShapeOfFourteen(t *testing.T) {
	w := newDatabase(t, "odoo19")
	w.empty()
	w.stock()
	shipped := w.flow("r1", 2)
	waiting := w.order("r2", 3)
	w.confirm(waiting)
	w.serial("SN1")
	back := w.id(`insert into stock_picking (name, state, picking_type_id) values ('WH/IN/9', 'done', 1) returning id`)
	w.id(`insert into stock_move (picking_id, product_id, product_uom_qty, quantity, state, location_id, location_dest_id,
		origin_returned_move_id) values ($1, $2, 0, 0, 'done', 5, 8, $3) returning id`, back, w.product, shipped.move)
	w.exec(fourteen)

	journal := []string{"scan r1 ok", "scan r2 ok", "ship r1 ok", "return r1 ok", "return r2 ok", "pay r1 ok", "pay r2 ok", "invoice r1 ok"}
	lost := map[results.Op]int{}
	found := w.audit(journal...)
	for _, op := range found.Operations {
		lost[op.Op] = op.Lost
	}
	want := map[results.Op]int{"scan": 1, "ship": 0, "return": 1, "pay": 1, "invoice": 0}
	if diff := cmp.Diff(want, lost); diff != "" {
		t.Errorf("lost writes (-want +got):\n%s", diff)
	}
	for _, l := range found.Invariants {
		if !l.Held || l.Err != "" || l.Absent != "" {
			t.Errorf("%+v", l)
		}
	}
	w.exec(`update stock_move_line set qty_done = 3 where id = $1`, waiting.moveLine) // somebody scans
	if got := operationNamed(t, w.audit(journal...), results.OpScan).Lost; got != 0 {
		t.Errorf("%d scans are lost after the second was made", got)
	}

	for _, broken := range []struct{ law, document, sql string }{
		{"stock-conserved", "WIDGET in WH/Stock: 98 held, 97 moved", `update stock_move_line set qty_done = 3 where qty_done = 2`},
		{"reserved-equals-lines", "WIDGET in WH/Stock: 3 reserved, 4 on open lines", `update stock_move_line set product_qty = 4 where product_qty = 3`},
		{"lots-conserved", "SN1 in WH/Stock: 1 held, 5 moved", `update stock_move_line set qty_done = 5 where lot_id is not null`},
		{"serial-once", "SN1: 2 pieces in stock, the least in a location is 2", `update stock_quant set quantity = 2 where lot_id is not null and quantity = 1`},
		{"picking-done-once", "S00001: 4 of 2 delivered", `update stock_move set product_uom_qty = 4 where state = 'done' and sale_line_id = 1`},
	} {
		w.exec(broken.sql)
		l := lawNamed(t, w.audit().Invariants, broken.law)
		if l.Held || !strings.Contains(strings.Join(l.Examples, "\n"), broken.document) {
			t.Errorf("%s names %v, want %s", broken.law, l.Examples, broken.document)
		}
	}
}
