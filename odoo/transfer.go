package odoo

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// Picking is a transfer of an order, with its move lines.
type Picking struct {
	ID    int64   `json:"id"`
	Name  string  `json:"name"`
	State string  `json:"state"` // assigned: everything is reserved
	Order int64   `json:"order"`
	Ref   string  `json:"ref"`   // the order's reference, where known
	Lines []int64 `json:"lines"` // stock.move.line
}

// Pickings reads the pickings of sales orders, with their move lines: two calls.
func (c *Client) Pickings(ctx context.Context, orders ...int64) ([]Picking, Answer) {
	b := c.start("stock.picking", "search_read", nil)
	b.Key("domain").Raw(`[["sale_id","in",`).IDs(orders...).Raw(`]]`)
	b.Key("fields").Raw(`["id","name","state","sale_id","move_line_ids"]`)
	a := c.send(ctx, "stock.picking", "search_read", "")
	if !a.OK() {
		return nil, a
	}
	var pickings []Picking
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		p := Picking{
			ID: r.Get("id").Int(), Name: strings.Clone(r.Get("name").Str), State: strings.Clone(r.Get("state").Str),
			Order: related(r.Get("sale_id")),
		}
		r.Get("move_line_ids").ForEach(func(_, id gjson.Result) bool {
			p.Lines = append(p.Lines, id.Int())
			return true
		})
		pickings = append(pickings, p)
		return true
	})
	return pickings, a
}

// MoveLines reads the move lines of a picking.
func (c *Client) MoveLines(ctx context.Context, picking int64) ([]int64, Answer) {
	b := c.start("stock.move.line", "search_read", nil)
	b.Key("domain").Raw(`[["picking_id","=",`).Int(picking).Raw(`]]`)
	b.Key("fields").Raw(`["id"]`)
	a := c.send(ctx, "stock.move.line", "search_read", "")
	if !a.OK() {
		return nil, a
	}
	var ids []int64
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		ids = append(ids, r.Get("id").Int())
		return true
	})
	if len(ids) == 0 {
		return nil, a.fail(results.UserError, "picking without lines")
	}
	return ids, a
}

// Reserve checks availability for pickings and reserves their stock. On pickings
// that have it reserved already it changes nothing.
func (c *Client) Reserve(ctx context.Context, pickings ...int64) Answer {
	c.start("stock.picking", "action_assign", pickings)
	return c.send(ctx, "stock.picking", "action_assign", "")
}

// Scan records that quantity was picked on each of the move lines.
func (c *Client) Scan(ctx context.Context, quantity float64, moveLines ...int64) Answer {
	b := c.start("stock.move.line", "write", moveLines).Key("vals")
	b.Raw(`{"` + c.tenant.Dialect.doneField() + `":`).Float(quantity)
	if c.tenant.Dialect.picked() {
		b.Raw(`,"picked":true`)
	}
	b.Raw(`}`)
	return c.send(ctx, "stock.move.line", "write", "")
}

// Ship validates pickings whose stock is reserved: the goods have left.
func (c *Client) Ship(ctx context.Context, pickings ...int64) Answer {
	return c.validate(ctx, pickings, false)
}

// ShipPartial validates pickings of which less was scanned than ordered; what is
// missing stays in a backorder.
func (c *Client) ShipPartial(ctx context.Context, pickings ...int64) Answer {
	return c.validate(ctx, pickings, true)
}

func (c *Client) validate(ctx context.Context, pickings []int64, backorder bool) Answer {
	c.start("stock.picking", "button_validate", pickings)
	a := c.send(ctx, "stock.picking", "button_validate", c.tenant.Dialect.validateContext(backorder))
	if !a.OK() {
		return a
	}
	// An action instead of true is a wizard with a question: nothing was shipped.
	if action := a.JSON(); action.IsObject() && action.Get("res_model").Exists() {
		return a.fail(results.UserError, "wizard "+action.Get("res_model").String())
	}
	return a
}

// Return returns all goods of a picking that is done: three calls. The return is a
// picking of its own, and validated at once.
func (c *Client) Return(ctx context.Context, picking int64) Answer {
	b := c.startCreate("stock.return.picking")
	b.Raw(`[{"picking_id":`).Int(picking).Raw(`}]`)
	var around Body
	around.Raw(`{"active_model":"stock.picking","active_id":`).Int(picking).Raw(`,"active_ids":`).IDs(picking).Raw(`}`)
	wizards, a := c.created(ctx, "stock.return.picking", 1, around.String())
	if !a.OK() {
		return a
	}
	method := c.tenant.Dialect.returnAll()
	c.start("stock.return.picking", method, wizards)
	if a = c.send(ctx, "stock.return.picking", method, ""); !a.OK() {
		return a
	}
	back := a.JSON().Get("res_id").Int()
	if back == 0 {
		return a.fail(results.ServerError, "return without picking")
	}
	return c.validate(ctx, []int64{back}, false)
}

// Track answers a customer's question where the goods of an order are: the state
// and tracking number of its pickings. It returns the number of pickings found.
func (c *Client) Track(ctx context.Context, order int64) (int, Answer) {
	b := c.start("stock.picking", "search_read", nil)
	b.Key("domain").Raw(`[["sale_id","=",`).Int(order).Raw(`]]`)
	b.Key("fields").Raw(`["name","state","scheduled_date","carrier_tracking_ref"]`)
	a := c.send(ctx, "stock.picking", "search_read", "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("#").Int()), a
}
