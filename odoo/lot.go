package odoo

import (
	"context"
	"strconv"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// Tracking is how Odoo distinguishes the pieces of a product.
type Tracking string

// Ways of tracking; the empty one is none.
const (
	ByLot    Tracking = "lot"    // pieces of one lot share a number
	BySerial Tracking = "serial" // each piece has its own number
)

// ReceiveTracked validates the receipts of a purchase of tracked products. Each line gets a
// lot or serial number first: prefix with -1, -2, and so on. Two calls, and two a receipt.
func (c *Client) ReceiveTracked(ctx context.Context, purchase int64, prefix string) Answer {
	receipts, a := c.receipts(ctx, purchase)
	if !a.OK() {
		return a
	}
	named := 0
	for _, receipt := range receipts {
		if named, a = c.nameLots(ctx, receipt, prefix, named); !a.OK() {
			return a
		}
	}
	return c.validate(ctx, receipts, false)
}

// nameLots gives every line of a receipt its number, counting on from named.
func (c *Client) nameLots(ctx context.Context, receipt int64, prefix string, named int) (int, Answer) {
	expected := c.tenant.Dialect.expectedField()
	b := c.start("stock.move.line", "search_read", nil)
	b.Key("domain").Raw(`[["picking_id","=",`).Int(receipt).Raw(`]]`)
	b.Key("fields").Strs("id", expected)
	a := c.send(ctx, "stock.move.line", "search_read", "")
	if !a.OK() {
		return named, a
	}
	lines := a.JSON()
	if lines.Get("#").Int() == 0 {
		return named, a.fail(results.UserError, "receipt without lines")
	}
	b = c.start("stock.picking", "write", []int64{receipt}).Key("vals").Raw(`{"move_line_ids":[`)
	for i, line := range lines.Array() {
		if i > 0 {
			b.Raw(",")
		}
		named++
		b.Raw(`[1,`).Int(line.Get("id").Int()).Raw(`,{"lot_name":`).Str(prefix + "-" + strconv.Itoa(named))
		b.Raw(`,"` + c.tenant.Dialect.doneField() + `":`).Float(line.Get(expected).Float()).Raw(`}]`)
	}
	b.Raw(`]}`)
	return named, c.send(ctx, "stock.picking", "write", "")
}

// receipts are the pickings that bring what a purchase ordered.
func (c *Client) receipts(ctx context.Context, purchase int64) ([]int64, Answer) {
	b := c.start("purchase.order", "read", []int64{purchase})
	b.Key("fields").Raw(`["picking_ids"]`)
	a := c.send(ctx, "purchase.order", "read", "")
	if !a.OK() {
		return nil, a
	}
	receipts := a.JSON().Get("0.picking_ids")
	if !receipts.IsArray() || receipts.Get("#").Int() == 0 {
		return nil, a.fail(results.UserError, "purchase without receipt")
	}
	return idsOf(receipts), a
}

// CreateShelf creates a location inside the stock of the first warehouse.
func (c *Client) CreateShelf(ctx context.Context, name string) (int64, Answer) {
	stock, a := c.StockLocation(ctx)
	if !a.OK() {
		return 0, a
	}
	b := c.startCreate("stock.location")
	b.Raw(`[{"name":`).Str(name).Raw(`,"usage":"internal","location_id":`).Int(stock).Raw(`}]`)
	ids, a := c.created(ctx, "stock.location", 1, "")
	if !a.OK() {
		return 0, a
	}
	return ids[0], a
}

// PutAway moves goods from the stock location to a shelf, as an internal transfer whose
// origin is ref: five calls, six where a move needs its unit. Odoo chooses the lots.
func (c *Client) PutAway(ctx context.Context, ref string, shelf int64, lines []Line) Answer {
	kind, stock, a := c.internalTransfers(ctx)
	if !a.OK() {
		return a
	}
	units, a := c.units(ctx, lines)
	if !a.OK() {
		return a
	}
	b := c.startCreate("stock.picking")
	b.Raw(`[{"picking_type_id":`).Int(kind).Raw(`,"origin":`).Str(ref)
	b.Raw(`,"location_id":`).Int(stock).Raw(`,"location_dest_id":`).Int(shelf).Raw(`,"` + c.tenant.Dialect.movesField() + `":[`)
	for i, line := range lines {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`[0,0,{"product_id":`).Int(line.Product).Raw(`,"product_uom_qty":`).Float(line.Quantity)
		if c.tenant.Dialect.namesMoves() {
			b.Raw(`,"name":`).Str(ref)
		}
		if unit := units[line.Product]; unit != 0 {
			b.Raw(`,"product_uom":`).Int(unit)
		}
		b.Raw(`,"location_id":`).Int(stock).Raw(`,"location_dest_id":`).Int(shelf).Raw(`}]`)
	}
	b.Raw(`]}]`)
	made, a := c.created(ctx, "stock.picking", 1, "")
	if !a.OK() {
		return a
	}
	c.start("stock.picking", "action_confirm", made)
	if a = c.send(ctx, "stock.picking", "action_confirm", ""); !a.OK() {
		return a
	}
	if a = c.Reserve(ctx, made...); !a.OK() {
		return a
	}
	return c.validate(ctx, made, false)
}

// units reads the units of the products of lines, where a new move needs them.
func (c *Client) units(ctx context.Context, lines []Line) (map[int64]int64, Answer) {
	if !c.tenant.Dialect.needsUnit() {
		return nil, Answer{Verdict: Verdict{Outcome: results.OK}}
	}
	products := make([]int64, len(lines))
	for i, line := range lines {
		products[i] = line.Product
	}
	c.start("product.product", "read", products).Key("fields").Raw(`["uom_id"]`)
	a := c.send(ctx, "product.product", "read", "")
	units := map[int64]int64{}
	if a.OK() {
		a.JSON().ForEach(func(_, r gjson.Result) bool {
			units[r.Get("id").Int()] = related(r.Get("uom_id"))
			return true
		})
	}
	return units, a
}

// internalTransfers finds the operation type of moves inside the first warehouse, and where
// they start. A warehouse that never used locations has it archived.
func (c *Client) internalTransfers(ctx context.Context) (kind, stock int64, a Answer) {
	b := c.start("stock.picking.type", "search_read", nil)
	b.Key("domain").Raw(`[["code","=","internal"],["active","in",[true,false]]]`)
	b.Key("fields").Raw(`["default_location_src_id","default_location_dest_id"]`).Key("order").Str("sequence, id")
	if a = c.send(ctx, "stock.picking.type", "search_read", ""); !a.OK() {
		return 0, 0, a
	}
	a.JSON().ForEach(func(_, r gjson.Result) bool { // the type that starts and ends in stock
		from, to := related(r.Get("default_location_src_id")), related(r.Get("default_location_dest_id"))
		if from != 0 && from == to {
			kind, stock = r.Get("id").Int(), from
		}
		return kind == 0
	})
	if kind == 0 {
		return 0, 0, a.fail(results.UserError, "no operation type for internal transfers")
	}
	return kind, stock, a
}
