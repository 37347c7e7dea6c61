package business

import "context"

// assignPickings reserves what is there for what is not reserved yet.
func assignPickings(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	for _, id := range sorted(c.IDs) {
		if err := c.assign(ctx, id); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// assign reserves for one picking. Products are taken in order, so that two
// pickings do not wait for each other.
func (c *Call) assign(ctx context.Context, picking int64) error {
	type row struct {
		ID, Product   int64
		Open, Already float64
	}
	moves, err := collect[row](ctx, c, `select id, product_id, product_uom_qty - quantity, quantity from stock_move
		where picking_id = $1 and state in ('confirmed', 'partially_available') order by product_id, id`, picking)
	if err != nil {
		return err
	}
	for _, m := range moves {
		portions, err := c.reserve(ctx, m.Product, m.Open)
		if err != nil {
			return err
		}
		taken := total(portions)
		if taken == 0 {
			continue
		}
		state := "assigned"
		if taken < m.Open {
			state = "partially_available"
		}
		_, err = c.exec(ctx, "update stock_move set quantity = quantity + $2, state = $3 where id = $1", m.ID, taken, state)
		if err != nil {
			return err
		}
		for _, p := range portions {
			if err := c.addLine(ctx, m.ID, p); err != nil {
				return err
			}
		}
	}
	_, err = c.exec(ctx, `update stock_picking set state = 'assigned' where id = $1 and state = 'confirmed'
		and exists (select from stock_move where picking_id = $1 and state in ('assigned', 'partially_available'))`, picking)
	return err
}

// addLine puts a reserved quantity on the move's line of that lot.
func (c *Call) addLine(ctx context.Context, move int64, p portion) error {
	tag, err := c.exec(ctx, `update stock_move_line set quantity = quantity + $2
		where move_id = $1 and not picked and lot_id is not distinct from nullif($3::int, 0)`, move, p.Quantity, p.Lot)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	_, err = c.exec(ctx, `insert into stock_move_line (move_id, picking_id, product_id, quantity, lot_id, location_id,
		location_dest_id) select id, picking_id, product_id, $2, nullif($3::int, 0), location_id, location_dest_id
		from stock_move where id = $1`, move, p.Quantity, p.Lot)
	return err
}

// writeMoveLines records what was scanned. A changed quantity changes the
// reservation with it.
func writeMoveLines(ctx context.Context, c *Call) (any, error) {
	vals, err := argument[struct {
		Quantity *float64
		Picked   *bool
	}](c.Args, "vals")
	if err != nil {
		return nil, err
	}
	type row struct {
		movedLine
		Quantity float64
		State    string
	}
	lines, err := collect[row](ctx, c, `select id, move_id, product_id, location_id, coalesce(lot_id, 0), quantity,
		state from stock_move_line
		where id = any($1) order by product_id, id for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	if len(lines) < len(sorted(c.IDs)) {
		return nil, c.exist(ctx, c.IDs)
	}
	for _, l := range lines {
		if l.State == "done" || vals.Quantity == nil || *vals.Quantity == l.Quantity {
			continue
		}
		if err := c.changeLine(ctx, l.movedLine, *vals.Quantity-l.Quantity); err != nil {
			return nil, err
		}
	}
	if vals.Picked != nil {
		_, err = c.exec(ctx, "update stock_move_line set picked = $2 where id = any($1)", c.IDs, *vals.Picked)
	}
	return true, err
}

// movedLine is a move line whose quantity is changed.
type movedLine struct{ ID, Move, Product, From, Lot int64 }

// changeLine changes the quantity of a line, and its reservation. More of a lot is not to be
// had: what else is reserved would belong to another line.
func (c *Call) changeLine(ctx context.Context, l movedLine, difference float64) error {
	if l.From == stock {
		switch {
		case difference < 0:
			if err := c.put(ctx, l.Product, l.Lot, 0, difference); err != nil {
				return err
			}
		case l.Lot != 0:
			return userError("It is not possible to reserve more products of %d than you have in stock.", l.Product)
		default:
			taken, err := c.reserve(ctx, l.Product, difference)
			if err != nil {
				return err
			}
			if total(taken) < difference {
				return userError("It is not possible to reserve more products of %d than you have in stock.", l.Product)
			}
		}
	}
	if _, err := c.exec(ctx, "update stock_move_line set quantity = quantity + $2 where id = $1", l.ID, difference); err != nil {
		return err
	}
	_, err := c.exec(ctx, "update stock_move set quantity = quantity + $2 where id = $1", l.Move, difference)
	return err
}

// cancelPickings cancels pickings that are not done.
func cancelPickings(ctx context.Context, c *Call) (any, error) {
	return true, c.cancel(ctx, c.IDs)
}

// cancel gives reservations back.
func (c *Call) cancel(ctx context.Context, pickings []int64) error {
	type row struct {
		Product, Lot int64
		Quantity     float64
	}
	lines, err := collect[row](ctx, c, `select product_id, coalesce(lot_id, 0), quantity from stock_move_line
		where picking_id = any($1) and state not in ('done', 'cancel') and location_id = 8 order by product_id`, pickings)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := c.put(ctx, l.Product, l.Lot, 0, -l.Quantity); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		"delete from stock_move_line where picking_id = any($1) and state not in ('done', 'cancel')",
		"update stock_move set state = 'cancel', quantity = 0 where picking_id = any($1) and state <> 'done'",
		"update stock_picking set state = 'cancel' where id = any($1) and state <> 'done'",
	} {
		if _, err := c.exec(ctx, sql, pickings); err != nil {
			return err
		}
	}
	return nil
}
