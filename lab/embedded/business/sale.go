package business

import (
	"context"
	"encoding/json"
	"fmt"
)

// orderLine is a line of an order to create.
type orderLine struct {
	Product  int64    `json:"product_id"`
	Quantity *float64 `json:"product_uom_qty"`
	Ordered  *float64 `json:"product_qty"` // purchases call it so
	Price    *float64 `json:"price_unit"`
	Name     string   `json:"name"`
}

func (l orderLine) quantity() float64 {
	switch {
	case l.Quantity != nil:
		return *l.Quantity
	case l.Ordered != nil:
		return *l.Ordered
	}
	return 1
}

// orderLines reads the commands [[0, 0, {line}], ...].
func orderLines(raw json.RawMessage) ([]orderLine, error) {
	if raw == nil {
		return nil, nil
	}
	var commands [][]json.RawMessage
	if err := json.Unmarshal(raw, &commands); err != nil {
		return nil, BadArguments(fmt.Errorf("order_line: %w", err))
	}
	lines := make([]orderLine, len(commands))
	for i, command := range commands {
		if len(command) != 3 || string(command[0]) != "0" {
			return nil, BadArguments(fmt.Errorf("order_line: only [0, 0, values] is known, not %s", raw))
		}
		if err := json.Unmarshal(command[2], &lines[i]); err != nil {
			return nil, BadArguments(fmt.Errorf("order_line: %w", err))
		}
	}
	return lines, nil
}

// create makes a document of each set of values, by a function that gets its partner, the
// client's reference and its lines. refField names the field of the reference.
func (c *Call) create(ctx context.Context, refField string,
	document func(ctx context.Context, partner int64, ref string, lines []orderLine) (int64, error),
) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(list))
	for _, vals := range list {
		lines, err := orderLines(vals["order_line"])
		if err != nil {
			return nil, err
		}
		partner, err := argument[int64](Arguments(vals), "partner_id")
		if err != nil {
			return nil, err
		}
		ref, err := argument[string](Arguments(vals), refField)
		if err != nil {
			return nil, err
		}
		id, err := document(ctx, partner, ref, lines)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// createOrders creates quotations with their lines.
func createOrders(ctx context.Context, c *Call) (any, error) {
	return c.create(ctx, "client_order_ref", c.createOrder)
}

func (c *Call) createOrder(ctx context.Context, partner int64, ref string, lines []orderLine) (id int64, err error) {
	if partner == 0 {
		return 0, &Error{"odoo.exceptions.ValidationError", "Missing required fields: Customer", 422, 200}
	}
	var there bool
	if err := c.row(ctx, "select exists (select from res_partner where id = $1)", partner).Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		return 0, missing("res.partner", partner)
	}
	err = c.row(ctx, `insert into sale_order (name, client_order_ref, partner_id)
		values ('S' || lpad(nextval('sale_order_name')::text, 5, '0'), nullif($1, ''), $2) returning id`, ref, partner).Scan(&id)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		tag, err := c.exec(ctx, `insert into sale_order_line (order_id, product_id, name, product_uom_qty, price_unit)
			select $1, p.id, p.name, $3, coalesce($4, p.list_price) from product_product p where p.id = $2`,
			id, l.Product, l.quantity(), l.Price)
		if err != nil {
			return 0, err
		}
		if tag.RowsAffected() == 0 {
			return 0, missing("product.product", l.Product)
		}
	}
	_, err = c.exec(ctx, `update sale_order set amount_total = (select coalesce(sum(price_unit * product_uom_qty), 0)
		from sale_order_line where order_id = $1) where id = $1`, id)
	return id, err
}

// confirmOrders turns quotations into orders with a picking each, and reserves
// what is there.
func confirmOrders(ctx context.Context, c *Call) (any, error) {
	type row struct {
		ID, Partner int64
		Name, State string
	}
	rows, err := collect[row](ctx, c, `select id, partner_id, name, state from sale_order where id = any($1) order by id
		for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	if len(rows) < len(sorted(c.IDs)) {
		return nil, c.exist(ctx, c.IDs)
	}
	for _, r := range rows {
		if r.State != "draft" && r.State != "sent" {
			return nil, userError("Some orders are not in a state requiring confirmation.")
		}
	}
	for _, r := range rows {
		_, err := c.exec(ctx, `update sale_order set state = 'sale', invoice_status = 'to invoice',
			date_order = now() at time zone 'utc' where id = $1`, r.ID)
		if err != nil {
			return nil, err
		}
		var picking int64
		err = c.row(ctx, `insert into stock_picking (name, origin, sale_id, partner_id, state, picking_type_id, picking_type_code,
			location_id, location_dest_id) values ('WH/OUT/' || lpad(nextval('picking_out_name')::text, 5, '0'), $1, $2, $3,
			'confirmed', 2, 'outgoing', 8, 5) returning id`, r.Name, r.ID, r.Partner).Scan(&picking)
		if err != nil {
			return nil, err
		}
		_, err = c.exec(ctx, `insert into stock_move (picking_id, product_id, product_uom_qty, state, origin, name, sale_line_id,
			location_id, location_dest_id) select $1, l.product_id, l.product_uom_qty, 'confirmed', $2, l.name, l.id, 8, 5
			from sale_order_line l join product_product p on p.id = l.product_id where l.order_id = $3 and p.type = 'consu'
			order by l.id`,
			picking, r.Name, r.ID)
		if err != nil {
			return nil, err
		}
		if err := c.assign(ctx, picking); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// cancelOrders cancels orders that were not shipped, with their pickings.
func cancelOrders(ctx context.Context, c *Call) (any, error) {
	pickings, err := c.numbers(ctx, `select id from stock_picking
		where sale_id = any($1) and state not in ('done', 'cancel') order by id`, c.IDs)
	if err != nil {
		return nil, err
	}
	if err := c.cancel(ctx, pickings); err != nil {
		return nil, err
	}
	_, err = c.exec(ctx, "update sale_order set state = 'cancel', invoice_status = 'no' where id = any($1)", c.IDs)
	return true, err
}
