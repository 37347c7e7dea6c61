package business

import (
	"context"
	"encoding/json"
)

// writePickings names the lots of a receipt: move_line_ids has commands [1, line, values].
func writePickings(ctx context.Context, c *Call) (any, error) {
	vals, err := argument[values](c.Args, "vals")
	if err != nil {
		return nil, err
	}
	commands := vals["move_line_ids"]
	if commands == nil {
		return write(ctx, c)
	}
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	var lines [][]json.RawMessage
	if err := json.Unmarshal(commands, &lines); err != nil {
		return nil, BadArguments(err)
	}
	for _, command := range lines {
		if len(command) != 3 || string(command[0]) != "1" {
			return nil, userError("The embedded target knows commands [1, id, values] of move_line_ids only.")
		}
		var id int64
		var line struct {
			Lot      string  `json:"lot_name"`
			Quantity float64 `json:"quantity"`
		}
		if err := json.Unmarshal(command[1], &id); err != nil {
			return nil, BadArguments(err)
		}
		if err := json.Unmarshal(command[2], &line); err != nil {
			return nil, BadArguments(err)
		}
		_, err := c.exec(ctx, `update stock_move_line set lot_name = $2, quantity = coalesce(nullif($3::float8, 0), quantity)
			where id = $1 and picking_id = any($4) and state not in ('done', 'cancel')`, id, line.Lot, line.Quantity, c.IDs)
		if err != nil {
			return nil, err
		}
	}
	return true, nil
}

// numberLots turns the names on the lines of a picking into lots. A tracked product without
// one is an error, and so is a serial number that is in stock already.
func (c *Call) numberLots(ctx context.Context, picking int64) error {
	type row struct {
		Line, Product        int64
		Name, Tracking, Code string
	}
	rows, err := collect[row](ctx, c, `select l.id, l.product_id, coalesce(l.lot_name, ''), p.tracking, p.name
		from stock_move_line l join product_product p on p.id = l.product_id
		where l.picking_id = $1 and p.tracking <> 'none' and l.lot_id is null order by l.id`, picking)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Name == "" {
			return userError("You need to supply a Lot/Serial Number for product:\n%s", r.Code)
		}
		var lot int64
		err := c.row(ctx, `insert into stock_lot (name, product_id) values ($1, $2)
			on conflict (product_id, name) do update set name = excluded.name returning id`, r.Name, r.Product).Scan(&lot)
		if err != nil {
			return err
		}
		if r.Tracking == "serial" {
			if err := c.absent(ctx, lot, r.Name); err != nil {
				return err
			}
		}
		if _, err := c.exec(ctx, "update stock_move_line set lot_id = $2 where id = $1", r.Line, lot); err != nil {
			return err
		}
	}
	return nil
}

// absent raises an error for a serial number that is in stock.
func (c *Call) absent(ctx context.Context, lot int64, name string) error {
	var there bool
	err := c.row(ctx, `select exists (select from stock_quant q join stock_location l on l.id = q.location_id
		where q.lot_id = $1 and l.usage = 'internal' and q.quantity > 0)`, lot).Scan(&there)
	if err == nil && there {
		err = userError("The serial number %s is already in stock.", name)
	}
	return err
}
