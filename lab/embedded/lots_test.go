package embedded

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// receipt is a confirmed purchase of so many pieces of a product, and its receipt.
func (r *target) receipt(product int64, pieces float64) (picking int64) {
	r.t.Helper()
	ids := must[[]int64](r, "purchase.order", "create", object{"vals_list": []any{object{
		"partner_id": r.partner(), "partner_ref": "BUY",
		"order_line": []any{[]any{0, 0, object{"product_id": product, "product_qty": pieces, "price_unit": 5}}}}}})
	must[bool](r, "purchase.order", "button_confirm", object{"ids": ids})
	return sql[int64](r, "select id from stock_picking where purchase_id = $1", ids[0])
}

// named gives every line of a receipt the same lot.
func (r *target) named(picking int64, lot string) {
	r.t.Helper()
	var commands []any
	for _, line := range sql[[]int64](r, "select array_agg(id order by id) from stock_move_line where picking_id = $1", picking) {
		commands = append(commands, []any{1, line, object{"lot_name": lot}})
	}
	must[bool](r, "stock.picking", "write", object{"ids": []int64{picking}, "vals": object{"move_line_ids": commands}})
}

// A serial number is one piece: a receipt without it, or with one that is there, is refused.
func TestSerialNumbers(t *testing.T) {
	r := newTarget(t, nil)
	product := must[[]int64](r, "product.product", "create", object{"vals_list": []any{object{
		"name": "Unit", "type": "consu", "is_storable": true, "tracking": "serial"}}})[0]
	picking := r.receipt(product, 2)
	if lines := sql[int64](r, "select count(*) from stock_move_line where picking_id = $1", picking); lines != 2 {
		t.Errorf("%d lines, want one a piece", lines)
	}
	refused := func(what string) {
		t.Helper()
		a := r.json2("stock.picking", "button_validate", object{"ids": []int64{picking}})
		if a.status != 422 || a.err.Name != "odoo.exceptions.UserError" {
			t.Errorf("%s: got %d %s, want a UserError", what, a.status, a.body)
		}
	}
	refused("without a number")
	one := r.receipt(product, 1)
	r.named(one, "SN1")
	must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{one}})
	r.named(picking, "SN1")
	refused("with a number that is in stock")
	got := sql[string](r, `select l.name || ': ' || q.quantity from stock_quant q join stock_lot l on l.id = q.lot_id
		where q.product_id = $1 and q.location_id = 8`, product)
	if got != "SN1: 1" {
		t.Errorf("in stock: %s", got)
	}
}

// Goods keep their lot on the shelf, and the oldest lot goes first.
func TestPutAwayByLot(t *testing.T) {
	r := newTarget(t, nil)
	product := must[[]int64](r, "product.product", "create", object{"vals_list": []any{object{
		"name": "Flour", "type": "consu", "is_storable": true, "tracking": "lot"}}})[0]
	for _, lot := range []string{"L1", "L2"} {
		picking := r.receipt(product, 10)
		r.named(picking, lot)
		must[bool](r, "stock.picking", "button_validate", object{"ids": []int64{picking}})
	}
	shelf := must[[]int64](r, "stock.location", "create", object{"vals_list": []any{object{"name": "Shelf", "location_id": 8}}})[0]
	move := must[[]int64](r, "stock.picking", "create", object{"vals_list": []any{object{
		"picking_type_id": 5, "location_id": 8, "location_dest_id": shelf, "origin": "AWAY",
		"move_ids": []any{[]any{0, 0, object{"product_id": product, "product_uom_qty": 12}}}}}})
	for _, method := range []string{"action_confirm", "action_assign", "button_validate"} {
		must[any](r, "stock.picking", method, object{"ids": move})
	}
	got := sql[[]string](r, `select array_agg(l.complete_name || ' ' || lot.name || ': ' || q.quantity || ' ' || q.reserved_quantity
		order by l.id, lot.name) from stock_quant q join stock_lot lot on lot.id = q.lot_id join stock_location l on l.id = q.location_id
		where q.product_id = $1 and l.usage = 'internal' and q.quantity <> 0`, product)
	if diff := cmp.Diff([]string{"WH/Stock L2: 8 0", "WH/Stock/Shelf L1: 10 0", "WH/Stock/Shelf L2: 2 0"}, got); diff != "" {
		t.Error(diff)
	}
}

// A batch ships all of its transfers or none.
func TestBatch(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(10)
	_, first := r.confirmed(product, 4)
	_, second := r.confirmed(product, 5)
	batch := must[[]int64](r, "stock.picking.batch", "create", object{"vals_list": []any{object{
		"picking_ids": []any{[]any{6, 0, []int64{first, second}}}}}})
	must[bool](r, "stock.picking.batch", "action_confirm", object{"ids": batch})
	must[bool](r, "stock.picking.batch", "action_done", object{"ids": batch})
	got := sql[[]string](r, `select array_agg(p.state || ' ' || b.state order by p.id) from stock_picking p
		join stock_picking_batch b on b.id = p.batch_id where b.id = any($1)`, batch)
	if diff := cmp.Diff([]string{"done done", "done done"}, got); diff != "" {
		t.Error(diff)
	}
	if left := sql[float64](r, "select quantity from stock_quant where product_id = $1 and location_id = 8", product); left != 1 {
		t.Errorf("%g left, want 1", left)
	}
}
