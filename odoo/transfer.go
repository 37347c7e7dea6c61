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
	a := c.send(ctx, "stock.picking", "button_validate", validateContext(backorder))
	return c.validated(ctx, a, pickings, backorder)
}

// validated looks at the answer of a validation. An action in place of true is a wizard with
// a question: nothing was moved.
func (c *Client) validated(ctx context.Context, a Answer, pickings []int64, backorder bool) Answer {
	for tries := 1; ; tries++ {
		model := wizardOf(a)
		switch {
		case model == "":
			return a
		case model == immediateTransfer:
			if a = c.immediate(ctx, a, pickings, backorder); !a.OK() {
				return a
			}
			if !c.open(ctx, pickings) {
				return a
			}
		case model != backorderWizard || !backorder || c.tenant.Dialect.keepsContext():
			return a.fail(results.UserError, "wizard "+model)
		}
		// The context was lost in a conflict: see [Dialect.keepsContext].
		if tries == maxValidations {
			return a.fail(results.Concurrency, "validated several times, and not done")
		}
		c.start("stock.picking", "button_validate", pickings)
		a = c.send(ctx, "stock.picking", "button_validate", validateContext(backorder))
	}
}

// maxValidations bounds how often a transfer is validated whose answer was lost by Odoo.
const maxValidations = 4

// wizardOf is the model of the wizard that an answer opens, empty for none.
func wizardOf(a Answer) string {
	if !a.OK() {
		return ""
	}
	if action := a.JSON(); action.IsObject() {
		return strings.Clone(action.Get("res_model").String())
	}
	return ""
}

// open reports whether a transfer is known to be still to be done. When its state cannot be
// read, the answer that Odoo gave counts: a write that it acknowledged and lost must be found.
func (c *Client) open(ctx context.Context, pickings []int64) (open bool) {
	if c.tenant.Dialect.keepsContext() {
		return false
	}
	c.start("stock.picking", "read", pickings).Key("fields").Raw(`["state"]`)
	a := c.send(ctx, "stock.picking", "read", "")
	if !a.OK() {
		return false
	}
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		state := r.Get("state").Str
		open = open || state != "done" && state != "cancel"
		return true
	})
	return open
}

// backorderWizard is the question what becomes of goods that were not scanned.
const backorderWizard = "stock.backorder.confirmation"

// immediateTransfer is the wizard of versions up to 16 that offers to move all that is
// reserved, for transfers of which nothing was scanned.
const immediateTransfer = "stock.immediate.transfer"

// immediate accepts the offer, as a user does: two calls.
func (c *Client) immediate(ctx context.Context, asked Answer, pickings []int64, backorder bool) Answer {
	var unscanned []int64
	asked.JSON().Get("context.default_pick_ids").ForEach(func(_, command gjson.Result) bool { // [4, id]
		unscanned = append(unscanned, command.Get("1").Int())
		return true
	})
	if len(unscanned) == 0 {
		return asked.fail(results.ServerError, "wizard "+immediateTransfer+" without transfers")
	}
	b := c.startCreate(immediateTransfer)
	b.Raw(`[{"pick_ids":[[6,0,`).IDs(unscanned...).Raw(`]],"immediate_transfer_line_ids":[`)
	for i, picking := range unscanned {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`[0,0,{"to_immediate":true,"picking_id":`).Int(picking).Raw(`}]`)
	}
	b.Raw(`]}]`)
	wizard, a := c.created(ctx, immediateTransfer, 1, "")
	if !a.OK() {
		return a
	}
	var around Body
	around.Raw(`{"button_validate_picking_ids":`).IDs(pickings...).Raw(",")
	around.Raw(validateContext(backorder)[1:])
	c.start(immediateTransfer, "process", wizard)
	a = c.send(ctx, immediateTransfer, "process", around.String())
	if model := a.JSON().Get("res_model"); a.OK() && model.Exists() {
		return a.fail(results.UserError, "wizard "+model.String())
	}
	return a
}

// Return returns all goods of a picking that is done, by a picking of its own that is validated
// at once: three calls. Versions up to 16 fill in the wizard by its form, which is one more, and
// their question whether to move what is reserved may follow.
func (c *Client) Return(ctx context.Context, picking int64) Answer {
	var around Body
	around.Raw(`{"active_model":"stock.picking","active_id":`).Int(picking).Raw(`,"active_ids":`).IDs(picking).Raw(`}`)
	lines := ""
	if !c.tenant.Dialect.proposesReturn() {
		var a Answer
		if lines, a = c.returnLines(ctx, picking, around.String()); !a.OK() {
			return a
		}
	}
	b := c.startCreate("stock.return.picking")
	b.Raw(`[{"picking_id":`).Int(picking).Raw(lines).Raw(`}]`)
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

// returnLines reads what the form of a return would contain: where the goods go, and how much
// of each move can still come back. It returns them as members of the wizard's values.
func (c *Client) returnLines(ctx context.Context, picking int64, around string) (string, Answer) {
	b := c.start("stock.return.picking", "onchange", []int64{})
	b.Key("values").Raw(`{"picking_id":`).Int(picking).Raw(`,"product_return_moves":[],"location_id":false}`)
	b.Key("field_name").Raw(`["picking_id"]`)
	b.Key("field_onchange").Raw(`{"picking_id":"1","location_id":"","product_return_moves":"",` +
		`"product_return_moves.product_id":"","product_return_moves.quantity":"","product_return_moves.move_id":""}`)
	a := c.send(ctx, "stock.return.picking", "onchange", around)
	if !a.OK() {
		return "", a
	}
	form := a.JSON().Get("value")
	var values Body
	if location := related(form.Get("location_id")); location != 0 {
		values.Raw(`,"location_id":`).Int(location)
	}
	values.Raw(`,"product_return_moves":[`)
	found := 0
	form.Get("product_return_moves").ForEach(func(_, command gjson.Result) bool { // [5] first, then [0, "virtual", {}]
		line := command.Get("2")
		if command.Get("0").Int() != 0 || !line.IsObject() {
			return true
		}
		if found > 0 {
			values.Raw(",")
		}
		found++
		values.Raw(`[0,0,{"product_id":`).Int(related(line.Get("product_id")))
		values.Raw(`,"quantity":`).Float(line.Get("quantity").Float())
		values.Raw(`,"move_id":`).Int(related(line.Get("move_id"))).Raw(`}]`)
		return true
	})
	values.Raw(`]`)
	if found == 0 {
		return "", a.fail(results.UserError, "nothing to return")
	}
	return values.String(), a
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
