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

// related is the id of a many2one value, [id, name] or false.
func related(value gjson.Result) int64 {
	if value.IsArray() {
		return value.Get("0").Int()
	}
	return value.Int()
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
