package business

import (
	"context"
	"fmt"

	"example.org/odooharness/lab/embedded/weakness"
)

// The locations of an embedded target's one warehouse.
const (
	vendors   = 4
	customers = 5
	stock     = 8
	inventory = 14
)

// createQuants takes a counted quantity in inventory mode.
func createQuants(ctx context.Context, c *Call) (any, error) {
	if !c.flag("inventory_mode") {
		return nil, &Error{"odoo.exceptions.AccessError", "Quant's creation is restricted, you can't do this operation.", 403, 200}
	}
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(list))
	for _, vals := range list {
		product, err1 := argument[int64](Arguments(vals), "product_id")
		location, err2 := argument[int64](Arguments(vals), "location_id")
		counted, err3 := argument[float64](Arguments(vals), "inventory_quantity")
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				return nil, err
			}
		}
		if location != stock { // lots and shelves fill by receipts and putaway
			return nil, userError("You can only adjust the stock of WH/Stock (id %d) in the embedded target.", stock)
		}
		if err := c.products(ctx, product); err != nil {
			return nil, err
		}
		id, err := c.quant(ctx, product, location, 0)
		if err != nil {
			return nil, err
		}
		if _, err := c.exec(ctx, "update stock_quant set inventory_quantity = $2 where id = $1", id, counted); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// products raises MissingError for the first product that is not there.
func (c *Call) products(ctx context.Context, ids ...int64) error {
	asked := c.Model
	c.Model = "product.product"
	defer func() { c.Model = asked }()
	return c.exist(ctx, ids)
}

// quant finds or makes the quant of a product in a location, of one lot or without any.
func (c *Call) quant(ctx context.Context, product, location, lot int64) (id int64, err error) {
	err = c.row(ctx, `select id from stock_quant where product_id = $1 and location_id = $2
		and lot_id is not distinct from nullif($3::int, 0) order by id limit 1`, product, location, lot).Scan(&id)
	if noRows(err) {
		err = c.row(ctx, `insert into stock_quant (product_id, location_id, lot_id)
			values ($1, $2, nullif($3::int, 0)) returning id`, product, location, lot).Scan(&id)
	}
	return id, err
}

// applyInventory sets the quantity to what was counted and books the difference
// against the inventory location.
func applyInventory(ctx context.Context, c *Call) (any, error) {
	type row struct {
		ID, Product, Location, Lot int64
		Difference                 float64
	}
	rows, err := collect[row](ctx, c, `select id, product_id, location_id, coalesce(lot_id, 0),
		inventory_quantity - quantity from stock_quant
		where id = any($1) and inventory_quantity is not null order by id for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		_, err := c.exec(ctx, "update stock_quant set quantity = inventory_quantity, inventory_quantity = null where id = $1", r.ID)
		if err != nil {
			return nil, err
		}
		if r.Difference == 0 {
			continue
		}
		if err := c.add(ctx, r.Product, inventory, r.Lot, -r.Difference); err != nil {
			return nil, err
		}
		from, to, quantity := int64(inventory), r.Location, r.Difference
		if quantity < 0 {
			from, to, quantity = to, from, -quantity
		}
		var move int64
		err = c.row(ctx, `insert into stock_move (product_id, product_uom_qty, quantity, picked, state, name, location_id,
			location_dest_id, is_inventory) values ($1, $2, $2, true, 'done', 'Product Quantity Updated', $3, $4, true) returning id`,
			r.Product, quantity, from, to).Scan(&move)
		if err != nil {
			return nil, err
		}
		_, err = c.exec(ctx, `insert into stock_move_line (move_id, product_id, lot_id, quantity, picked, state, location_id,
			location_dest_id)
			values ($1, $2, nullif($6::int, 0), $3, true, 'done', $4, $5)`, move, r.Product, quantity, from, to, r.Lot)
		if err != nil {
			return nil, err
		}
	}
	return false, nil
}

// countQuants is write on quants: the counted quantity waits for action_apply_inventory.
func countQuants(ctx context.Context, c *Call) (any, error) {
	vals, err := argument[values](c.Args, "vals")
	if err != nil {
		return nil, err
	}
	counted, err := argument[float64](Arguments(vals), "inventory_quantity")
	if err != nil {
		return nil, err
	}
	if !c.flag("inventory_mode") || vals["inventory_quantity"] == nil || len(vals) != 1 {
		return nil, &Error{"odoo.exceptions.AccessError", "Quant's editing is restricted, you can't do this operation.", 403, 200}
	}
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	_, err = c.exec(ctx, "update stock_quant set inventory_quantity = $2 where id = any($1)", c.IDs, counted)
	return true, err
}

// add changes the quantity of a product in a location that reservations do not
// touch: a quant that somebody else holds is passed by, as in Odoo, and a new one
// made, so that customers and vendors are no hot spot.
func (c *Call) add(ctx context.Context, product, location, lot int64, difference float64) error {
	tag, err := c.exec(ctx, `update stock_quant set quantity = quantity + $3 where id = (select id from stock_quant
		where product_id = $1 and location_id = $2 and lot_id is not distinct from nullif($4::int, 0)
		order by id limit 1 for no key update skip locked)`, product, location, difference, lot)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	_, err = c.exec(ctx, `insert into stock_quant (product_id, location_id, quantity, lot_id)
		values ($1, $2, $3, nullif($4::int, 0))`, product, location, difference, lot)
	return err
}

// put changes quantity and reservation of a product or of one of its lots in the warehouse.
// A call that changes the same quant at the same time gets a serialization failure.
func (c *Call) put(ctx context.Context, product, lot int64, quantity, reserved float64) error {
	id, err := c.quant(ctx, product, stock, lot)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, `update stock_quant set quantity = quantity + $2, reserved_quantity = reserved_quantity + $3
		where id = $1`,
		id, quantity, reserved)
	if err != nil {
		return fmt.Errorf("move %g of product %d: %w", quantity, product, err)
	}
	return nil
}

// portion is a quantity of one lot, or of a product without lots.
type portion struct {
	Lot      int64
	Quantity float64
}

// total is the sum of portions.
func total(portions []portion) (sum float64) {
	for _, p := range portions {
		sum += p.Quantity
	}
	return sum
}

// reserve reserves up to the needed quantity of a product, oldest lot first, and returns what
// it took. Under the weakness over-reservation it does not look whether it is there.
func (c *Call) reserve(ctx context.Context, product int64, need float64) (taken []portion, err error) {
	type row struct {
		ID, Lot int64
		Free    float64
	}
	const quants = `select id, coalesce(lot_id, 0), quantity - reserved_quantity from stock_quant
		where product_id = $1 and location_id = $2 order by id`
	rows, err := collect[row](ctx, c, quants, product, stock)
	if err == nil && len(rows) == 0 {
		rows = make([]row, 1)
		rows[0].ID, err = c.quant(ctx, product, stock, 0)
	}
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		take := max(0, min(need, r.Free))
		if c.Server.Has(weakness.OverReservation) {
			take = need
		}
		if take == 0 {
			continue
		}
		_, err = c.exec(ctx, "update stock_quant set reserved_quantity = reserved_quantity + $2 where id = $1", r.ID, take)
		if err != nil {
			return nil, err
		}
		taken = append(taken, portion{r.Lot, take})
		need -= take
	}
	return taken, nil
}
