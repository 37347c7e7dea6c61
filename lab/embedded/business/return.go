package business

import "context"

// createReturnWizard is the form that lists what comes back.
func createReturnWizard(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		picking, err := argument[int64](Arguments(vals), "picking_id")
		if err != nil {
			return nil, err
		}
		var state string
		err = c.row(ctx, "select state from stock_picking where id = $1", picking).Scan(&state)
		switch {
		case noRows(err):
			return nil, missing("stock.picking", picking)
		case err != nil:
			return nil, err
		case state != "done":
			return nil, userError("You may only return Done pickings.")
		}
		id, err := c.insert(ctx, "stock_return_picking", []string{"picking_id"}, []any{picking})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// createReturn makes a receipt of all that a picking delivered and was not returned before.
func createReturn(ctx context.Context, c *Call) (any, error) {
	var picking, back int64
	err := c.row(ctx, `select p.id from stock_return_picking w join stock_picking p on p.id = w.picking_id where w.id = any($1)
		for update of p`, c.IDs).Scan(&picking)
	if noRows(err) {
		return nil, c.exist(ctx, c.IDs)
	}
	if err != nil {
		return nil, err
	}
	var returned bool
	err = c.row(ctx, `select exists (select from stock_picking where return_id = $1 and state <> 'cancel')`, picking).Scan(&returned)
	if err != nil {
		return nil, err
	}
	if returned {
		return nil, userError("Please specify at least one non-zero quantity.")
	}
	err = c.row(ctx, `insert into stock_picking (name, origin, partner_id, state, picking_type_id, picking_type_code,
		location_id, location_dest_id, return_id)
		select 'WH/IN/' || lpad(nextval('picking_in_name')::text, 5, '0'), 'Return of ' || name, partner_id, 'confirmed', 1,
		'incoming', 5, 8, id from stock_picking where id = $1 returning id`, picking).Scan(&back)
	if err != nil {
		return nil, err
	}
	_, err = c.exec(ctx, `insert into stock_move (picking_id, product_id, product_uom_qty, state, origin, name, location_id,
		location_dest_id) select $1, product_id, quantity, 'confirmed', origin, name, 5, 8 from stock_move
		where picking_id = $2 and state = 'done' and quantity > 0 order by id`, back, picking)
	if err != nil {
		return nil, err
	}
	if err := c.expect(ctx, back); err != nil {
		return nil, err
	}
	return map[string]any{"type": "ir.actions.act_window", "res_model": "stock.picking", "res_id": back}, nil
}
