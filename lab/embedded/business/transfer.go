package business

import (
	"context"
	"encoding/json"
	"fmt"
)

// createLocations adds places inside others, named by their path.
func createLocations(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		name, err1 := argument[string](Arguments(vals), "name")
		parent, err2 := argument[int64](Arguments(vals), "location_id")
		if err1 != nil || err2 != nil {
			return nil, BadArguments(fmt.Errorf("name or location_id: %w", errorOf(err1, err2)))
		}
		var id int64
		err := c.row(ctx, `insert into stock_location (name, complete_name, usage, location_id)
			select $1, complete_name || '/' || $1, 'internal', id from stock_location where id = $2
			returning id`, name, parent).Scan(&id)
		if noRows(err) {
			return nil, missing("stock.location", parent)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

func errorOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// newMove is a move of a new transfer.
type newMove struct {
	Product  int64   `json:"product_id"`
	Quantity float64 `json:"product_uom_qty"`
}

// createPickings makes transfers inside the warehouse, with their moves, as drafts.
func createPickings(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		var v struct {
			Kind   int64               `json:"picking_type_id"`
			From   int64               `json:"location_id"`
			To     int64               `json:"location_dest_id"`
			Origin string              `json:"origin"`
			Moves  [][]json.RawMessage `json:"move_ids"`
		}
		raw, err := json.Marshal(vals)
		if err == nil {
			err = json.Unmarshal(raw, &v)
		}
		if err != nil {
			return nil, BadArguments(err)
		}
		if v.From != stock {
			return nil, userError("Transfers of the embedded target start in WH/Stock (id %d).", stock)
		}
		var id int64
		err = c.row(ctx, `insert into stock_picking (name, origin, state, picking_type_id, picking_type_code, location_id,
			location_dest_id) select 'WH/INT/' || lpad(nextval('picking_int_name')::text, 5, '0'), nullif($1, ''), 'draft', id,
			code, $3, $4 from stock_picking_type where id = $2 and code = 'internal' returning id`,
			v.Origin, v.Kind, v.From, v.To).Scan(&id)
		if noRows(err) {
			return nil, missing("stock.picking.type", v.Kind)
		}
		if err != nil {
			return nil, err
		}
		for _, command := range v.Moves {
			var m newMove
			if len(command) != 3 || string(command[0]) != "0" {
				return nil, userError("The embedded target knows commands [0, 0, values] of move_ids only.")
			}
			if err := json.Unmarshal(command[2], &m); err != nil {
				return nil, BadArguments(err)
			}
			if err := c.products(ctx, m.Product); err != nil {
				return nil, err
			}
			_, err := c.exec(ctx, `insert into stock_move (picking_id, product_id, product_uom_qty, origin, name, location_id,
				location_dest_id) values ($1, $2, $3, $4, $4, $5, $6)`, id, m.Product, m.Quantity, v.Origin, v.From, v.To)
			if err != nil {
				return nil, err
			}
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// confirmPickings makes drafts wait for goods.
func confirmPickings(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	for _, sql := range []string{
		"update stock_move set state = 'confirmed' where picking_id = any($1) and state = 'draft'",
		"update stock_picking set state = 'confirmed' where id = any($1) and state = 'draft'",
	} {
		if _, err := c.exec(ctx, sql, c.IDs); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// putInPack puts the scanned lines of a picking into a new package, all where none is scanned.
func putInPack(ctx context.Context, c *Call) (any, error) {
	var pack int64
	err := c.row(ctx, `insert into stock_package (name)
		values ('PACK' || lpad(currval(pg_get_serial_sequence('stock_package', 'id'))::text, 7, '0')) returning id`).Scan(&pack)
	if err != nil {
		return nil, err
	}
	tag, err := c.exec(ctx, `update stock_move_line set result_package_id = $2 where picking_id = any($1)
		and state not in ('done', 'cancel') and result_package_id is null and quantity > 0 and (picked or not exists
		(select from stock_move_line x where x.picking_id = any($1) and x.picked and x.result_package_id is null))`, c.IDs, pack)
	if err != nil {
		return nil, err
	}
	if tag.RowsAffected() == 0 {
		return nil, userError("There is nothing eligible to put in a pack. Either there are no quantities to put in a pack " +
			"or all products are already in a pack.")
	}
	return pack, nil
}

// createBatches puts pickings together.
func createBatches(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		pickings, err := commandIDs(vals["picking_ids"])
		if err != nil {
			return nil, err
		}
		var id int64
		err = c.row(ctx, `insert into stock_picking_batch (name) values ('New') returning id`).Scan(&id)
		if err == nil {
			_, err = c.exec(ctx, "update stock_picking_batch set name = 'BATCH/' || lpad(id::text, 5, '0') where id = $1", id)
		}
		if err == nil {
			_, err = c.exec(ctx, "update stock_picking set batch_id = $1 where id = any($2)", id, pickings)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// confirmBatches begins the tour.
func confirmBatches(ctx context.Context, c *Call) (any, error) {
	tag, err := c.exec(ctx, `update stock_picking_batch b set state = 'in_progress' where id = any($1)
		and exists (select from stock_picking p where p.batch_id = b.id)`, c.IDs)
	if err == nil && tag.RowsAffected() == 0 {
		err = userError("You have to set some pickings to batch.")
	}
	return true, err
}

// finishBatches validates all pickings of the batches together.
func finishBatches(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	pickings, err := c.numbers(ctx, `select id from stock_picking
		where batch_id = any($1) and state <> 'cancel' order by id`, c.IDs)
	if err != nil {
		return nil, err
	}
	batches := c.IDs
	c.Model = "stock.picking"
	answer, err := c.validate(ctx, pickings, c.flag("skip_backorder"), nil)
	if err != nil || answer != true {
		return answer, err
	}
	_, err = c.exec(ctx, "update stock_picking_batch set state = 'done' where id = any($1)", batches)
	return true, err
}
