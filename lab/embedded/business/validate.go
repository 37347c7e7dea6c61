package business

import (
	"context"
	"slices"
)

// transfer is a picking on its way to done.
type transfer struct {
	ID           int64
	Name, Origin string
	State, Code  string
	From, To     int64
}

// validatePickings is button_validate: the goods move. One that is done already
// answers true, as in Odoo. When less was scanned than ordered, Odoo returns a
// wizard for the backorder of the rest, unless the context decides.
func validatePickings(ctx context.Context, c *Call) (any, error) {
	drop, err := argument[[]int64](c.Context, "picking_ids_not_to_backorder")
	if err != nil {
		return nil, err
	}
	return c.validate(ctx, c.IDs, c.flag("skip_backorder"), drop)
}

func (c *Call) validate(ctx context.Context, ids []int64, decided bool, drop []int64) (any, error) {
	rows, err := collect[transfer](ctx, c, `select id, name, coalesce(origin, ''), state, picking_type_code,
		location_id, location_dest_id
		from stock_picking where id = any($1) order by id for update`, ids)
	if err != nil {
		return nil, err
	}
	if len(rows) < len(sorted(ids)) {
		return nil, c.exist(ctx, ids)
	}
	var open []transfer
	for _, t := range rows {
		switch t.State {
		case "done":
		case "cancel":
			return nil, userError("You cannot validate a cancelled transfer (%s).", t.Name)
		default:
			open = append(open, t)
		}
	}
	var short []int64
	for _, t := range open {
		if err := c.announce(ctx, Job{t.ID, t.Name, t.Origin}); err != nil {
			return nil, err
		}
		missing, err := c.shortfall(ctx, t)
		if err != nil {
			return nil, err
		}
		if missing && !decided {
			short = append(short, t.ID)
		}
	}
	if len(short) > 0 {
		return map[string]any{"type": "ir.actions.act_window", "name": "Create Backorder?",
			"res_model": "stock.backorder.confirmation",
			"view_mode": "form", "target": "new", "context": map[string]any{"button_validate_picking_ids": short}}, nil
	}
	for _, t := range open {
		if err := c.finish(ctx, t, !slices.Contains(drop, t.ID)); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// shortfall reports whether less moves than was ordered. A transfer of nothing is
// an error.
func (c *Call) shortfall(ctx context.Context, t transfer) (bool, error) {
	var moving, ordered float64
	err := c.row(ctx, `select coalesce((select sum(l.quantity) from stock_move_line l where l.picking_id = $1 and
		(l.picked or not exists (select from stock_move_line x where x.picking_id = $1 and x.picked))), 0),
		coalesce((select sum(product_uom_qty) from stock_move where picking_id = $1 and state <> 'cancel'),
		0)`, t.ID).Scan(&moving, &ordered)
	if err != nil {
		return false, err
	}
	if moving <= 0 {
		return false, userError("Transfer trouble alert! %s\nYou cannot validate a transfer if no quantities are reserved.", t.Name)
	}
	return moving < ordered, nil
}

// finish moves the goods of one picking and writes the job for the connector.
func (c *Call) finish(ctx context.Context, t transfer, backorder bool) error {
	if err := c.numberLots(ctx, t.ID); err != nil {
		return err
	}
	type row struct {
		Move, SaleLine, PurchaseLine int64
		Ordered, Moving              float64
	}
	moves, err := collect[row](ctx, c, `select v.id, coalesce(v.sale_line_id, 0), coalesce(v.purchase_line_id, 0),
		v.product_uom_qty, coalesce(sum(l.quantity) filter (where l.picked
		or not exists (select from stock_move_line x where x.picking_id = $1 and x.picked)), 0)
		from stock_move v left join stock_move_line l on l.move_id = v.id
		where v.picking_id = $1 and v.state not in ('done', 'cancel') group by v.id order by v.product_id, v.id`, t.ID)
	if err != nil {
		return err
	}
	if err := c.transport(ctx, t); err != nil {
		return err
	}
	rest := map[int64]float64{}
	for _, m := range moves {
		if m.Moving < m.Ordered {
			rest[m.Move] = m.Ordered - m.Moving
		}
		if err := c.closeMove(ctx, m.Move, m.Moving, m.SaleLine, m.PurchaseLine); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`delete from stock_move_line l where l.picking_id = $1 and not l.picked
			and exists (select from stock_move_line x where x.picking_id = $1 and x.picked)`,
		"update stock_move_line set state = 'done', picked = true, date = now() at time zone 'utc' where picking_id = $1",
		"update stock_picking set state = 'done', date_done = now() at time zone 'utc' where id = $1",
	} {
		if _, err := c.exec(ctx, sql, t.ID); err != nil {
			return err
		}
	}
	if len(rest) > 0 && backorder {
		if err := c.backorder(ctx, t, rest); err != nil {
			return err
		}
	}
	if t.Code == "outgoing" {
		return c.enqueue(ctx, Job{t.ID, t.Name, t.Origin})
	}
	return nil
}

// transport takes the goods of a picking out of one location and puts them into the other,
// lot by lot. The reservation of what was not scanned is given back.
func (c *Call) transport(ctx context.Context, t transfer) error {
	type row struct {
		Product, Lot     int64
		Reserved, Moving float64
	}
	rows, err := collect[row](ctx, c, `select v.product_id, coalesce(l.lot_id, 0), sum(l.quantity),
		coalesce(sum(l.quantity) filter (where l.picked
		or not exists (select from stock_move_line x where x.picking_id = $1 and x.picked)), 0)
		from stock_move v join stock_move_line l on l.move_id = v.id
		where v.picking_id = $1 and v.state not in ('done', 'cancel') group by v.id, l.lot_id
		order by v.product_id, v.id, l.lot_id`, t.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if t.From == stock {
			err = c.put(ctx, r.Product, r.Lot, -r.Moving, -r.Reserved)
		} else {
			err = c.add(ctx, r.Product, t.From, r.Lot, -r.Moving)
		}
		if err == nil && t.To == stock {
			err = c.put(ctx, r.Product, r.Lot, r.Moving, 0)
		} else if err == nil {
			err = c.add(ctx, r.Product, t.To, r.Lot, r.Moving)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// closeMove marks a move done and updates its order.
func (c *Call) closeMove(ctx context.Context, move int64, moved float64, saleLine, purchaseLine int64) error {
	state := "done"
	if moved == 0 {
		state = "cancel"
	}
	_, err := c.exec(ctx, `update stock_move set state = $2, quantity = $3::float8, product_uom_qty = case when
		$3::float8 > 0 then $3::float8 else product_uom_qty end,
		picked = true, date = now() at time zone 'utc' where id = $1`, move, state, moved)
	if err == nil && saleLine != 0 {
		_, err = c.exec(ctx, "update sale_order_line set qty_delivered = qty_delivered + $2 where id = $1", saleLine, moved)
	}
	if err == nil && purchaseLine != 0 {
		_, err = c.exec(ctx, "update purchase_order_line set qty_received = qty_received + $2 where id = $1", purchaseLine, moved)
	}
	return err
}

// backorder makes a new picking of what did not move, and reserves for it.
func (c *Call) backorder(ctx context.Context, t transfer, rest map[int64]float64) error {
	sequence, prefix := "picking_out_name", "WH/OUT/"
	switch t.Code {
	case "incoming":
		sequence, prefix = "picking_in_name", "WH/IN/"
	case "internal":
		sequence, prefix = "picking_int_name", "WH/INT/"
	}
	var id int64
	err := c.row(ctx, `insert into stock_picking (name, origin, sale_id, purchase_id, partner_id, state, picking_type_id,
		picking_type_code, location_id, location_dest_id, backorder_id)
		select $2 || lpad(nextval($3::regclass)::text, 5, '0'), origin, sale_id, purchase_id, partner_id, 'confirmed',
		picking_type_id,
		picking_type_code, location_id, location_dest_id, id from stock_picking where id = $1 returning
		id`, t.ID, prefix, sequence).Scan(&id)
	if err != nil {
		return err
	}
	var moves []int64
	for move := range rest {
		moves = append(moves, move)
	}
	for _, move := range sorted(moves) {
		_, err := c.exec(ctx, `insert into stock_move (picking_id, product_id, product_uom_qty, state, origin, name, sale_line_id,
			purchase_line_id, location_id, location_dest_id) select $1, product_id, $3, 'confirmed', origin, name, sale_line_id,
			purchase_line_id, location_id, location_dest_id from stock_move where id = $2`, id, move, rest[move])
		if err != nil {
			return err
		}
	}
	if t.Code == "incoming" {
		return c.expect(ctx, id)
	}
	return c.assign(ctx, id)
}

// createBackorderWizard is the wizard that button_validate returns.
func createBackorderWizard(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		pickings, err := commandIDs(vals["pick_ids"])
		if err != nil {
			return nil, err
		}
		var id int64
		if err := c.row(ctx, `insert into stock_backorder_confirmation (pick_ids)
			values ($1) returning id`, pickings).Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// processBackorder answers the wizard with yes.
func processBackorder(ctx context.Context, c *Call) (any, error) {
	pickings, err := c.numbers(ctx, "select unnest(pick_ids) from stock_backorder_confirmation where id = any($1)", c.IDs)
	if err != nil {
		return nil, err
	}
	c.Model = "stock.picking"
	return c.validate(ctx, pickings, true, nil)
}
