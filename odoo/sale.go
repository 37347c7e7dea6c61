package odoo

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// Line is one product of an order.
type Line struct {
	Product  int64
	Quantity float64
}

// Order is a sales order to create. Ref is stored in client_order_ref and comes
// back on the invoice, so that the order is found again.
type Order struct {
	Partner int64
	Ref     string
	Lines   []Line
}

// CreateOrder creates one sales order.
func (c *Client) CreateOrder(ctx context.Context, o Order) (int64, Answer) {
	ids, a := c.CreateOrders(ctx, []Order{o})
	if len(ids) == 0 {
		return 0, a
	}
	return ids[0], a
}

// CreateOrders creates sales orders in one call.
func (c *Client) CreateOrders(ctx context.Context, orders []Order) ([]int64, Answer) {
	b := c.startCreate("sale.order").Raw("[")
	for i, o := range orders {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`{"partner_id":`).Int(o.Partner).Raw(`,"client_order_ref":`).Str(o.Ref).Raw(`,"order_line":[`)
		for j, line := range o.Lines {
			if j > 0 {
				b.Raw(",")
			}
			b.Raw(`[0,0,{"product_id":`).Int(line.Product).Raw(`,"product_uom_qty":`).Float(line.Quantity).Raw(`}]`)
		}
		b.Raw(`]}`)
	}
	b.Raw("]")
	return c.created(ctx, "sale.order", len(orders), "")
}

// Confirm confirms sales orders. Odoo reserves stock for their pickings at once
// where it can.
func (c *Client) Confirm(ctx context.Context, orders ...int64) Answer {
	c.start("sale.order", "action_confirm", orders)
	return c.send(ctx, "sale.order", "action_confirm", "")
}

// Cancel cancels sales orders that were not shipped, with their pickings.
func (c *Client) Cancel(ctx context.Context, orders ...int64) Answer {
	c.start("sale.order", "action_cancel", orders)
	a := c.send(ctx, "sale.order", "action_cancel", c.tenant.Dialect.cancelContext())
	// An action instead of true is a wizard with a question: nothing was cancelled.
	if a.OK() && a.JSON().IsObject() && a.JSON().Get("res_model").Exists() {
		return a.fail(results.UserError, "wizard "+a.JSON().Get("res_model").String())
	}
	return a
}

// OrderState reads the state of the order with a reference; empty when none is found.
func (c *Client) OrderState(ctx context.Context, ref string) (string, Answer) {
	b := c.start("sale.order", "search_read", nil)
	b.Key("domain").Raw(`[["client_order_ref","=",`).Str(ref).Raw(`]]`)
	b.Key("fields").Raw(`["state"]`)
	a := c.send(ctx, "sale.order", "search_read", "")
	if !a.OK() {
		return "", a
	}
	return a.JSON().Get("0.state").String(), a
}

// OrderStates reads the state of each of the orders that is there, by id.
func (c *Client) OrderStates(ctx context.Context, orders ...int64) (map[int64]string, Answer) {
	b := c.start("sale.order", "search_read", nil)
	b.Key("domain").Raw(`[["id","in",`).IDs(orders...).Raw(`]]`)
	b.Key("fields").Raw(`["id","state"]`)
	a := c.send(ctx, "sale.order", "search_read", "")
	if !a.OK() {
		return nil, a
	}
	states := map[int64]string{}
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		states[r.Get("id").Int()] = strings.Clone(r.Get("state").Str)
		return true
	})
	return states, a
}
