package business

import "context"

// createPurchases creates requests for quotation.
func createPurchases(ctx context.Context, c *Call) (any, error) {
	return c.create(ctx, "partner_ref", c.createPurchase)
}

func (c *Call) createPurchase(ctx context.Context, partner int64, ref string, lines []orderLine) (id int64, err error) {
	if partner == 0 {
		return 0, &Error{"odoo.exceptions.ValidationError", "Missing required fields: Vendor", 422, 200}
	}
	err = c.row(ctx, `insert into purchase_order (name, partner_ref, partner_id)
		values ('P' || lpad(nextval('purchase_order_name')::text, 5, '0'), nullif($1, ''), $2) returning
		id`, ref, partner).Scan(&id)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		tag, err := c.exec(ctx, `insert into purchase_order_line (order_id, product_id, name, product_qty, price_unit)
			select $1, p.id, p.name, $3, coalesce($4, p.standard_price) from product_product p where p.id = $2`,
			id, l.Product, l.quantity(), l.Price)
		if err != nil {
			return 0, err
		}
		if tag.RowsAffected() == 0 {
			return 0, missing("product.product", l.Product)
		}
	}
	_, err = c.exec(ctx, `update purchase_order set amount_total = (select coalesce(sum(price_unit * product_qty), 0)
		from purchase_order_line where order_id = $1) where id = $1`, id)
	return id, err
}

// confirmPurchases turns requests into orders with a receipt each.
func confirmPurchases(ctx context.Context, c *Call) (any, error) {
	type row struct {
		ID, Partner int64
		Name, State string
	}
	rows, err := collect[row](ctx, c, `select id, partner_id, name, state from purchase_order
		where id = any($1) order by id for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	if len(rows) < len(sorted(c.IDs)) {
		return nil, c.exist(ctx, c.IDs)
	}
	for _, r := range rows {
		if r.State != "draft" && r.State != "sent" {
			continue // as in Odoo, confirming again does nothing
		}
		if _, err := c.exec(ctx, "update purchase_order set state = 'purchase' where id = $1", r.ID); err != nil {
			return nil, err
		}
		var picking int64
		err = c.row(ctx, `insert into stock_picking (name, origin, purchase_id, partner_id, state, picking_type_id,
			picking_type_code,
			location_id, location_dest_id) values ('WH/IN/' || lpad(nextval('picking_in_name')::text, 5, '0'), $1, $2, $3,
			'confirmed', 1, 'incoming', 4, 8) returning id`, r.Name, r.ID, r.Partner).Scan(&picking)
		if err != nil {
			return nil, err
		}
		_, err = c.exec(ctx, `insert into stock_move (picking_id, product_id, product_uom_qty, state, origin, name,
			purchase_line_id,
			location_id, location_dest_id) select $1, l.product_id, l.product_qty, 'confirmed', $2, l.name, l.id, 4, 8
			from purchase_order_line l where l.order_id = $3 order by l.id`, picking, r.Name, r.ID)
		if err != nil {
			return nil, err
		}
		if err := c.expect(ctx, picking); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// expect fills in the lines of a receipt: what comes needs no reservation. Each piece with a
// serial number has a line of its own.
func (c *Call) expect(ctx context.Context, picking int64) error {
	for _, sql := range []string{
		`insert into stock_move_line (move_id, picking_id, product_id, quantity, location_id, location_dest_id)
			select v.id, v.picking_id, v.product_id, case when p.tracking = 'serial' then 1 else v.product_uom_qty end,
			v.location_id, v.location_dest_id from stock_move v join product_product p on p.id = v.product_id
			cross join generate_series(1, case when p.tracking = 'serial' then v.product_uom_qty::int else 1 end)
			where v.picking_id = $1 order by v.id`,
		"update stock_move set state = 'assigned', quantity = product_uom_qty where picking_id = $1",
		"update stock_picking set state = 'assigned' where id = $1",
	} {
		if _, err := c.exec(ctx, sql, picking); err != nil {
			return err
		}
	}
	return nil
}
