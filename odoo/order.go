package odoo

import (
	"context"

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

// created ends a create call and takes the ids from its answer.
func (c *Client) created(ctx context.Context, model string, want int, odooContext string) ([]int64, Answer) {
	c.body.endCreate()
	a := c.send(ctx, model, "create", odooContext)
	if !a.OK() {
		return nil, a
	}
	ids := idsOf(a.JSON())
	if len(ids) != want || ids[0] == 0 {
		return nil, a.fail(results.ServerError, "create answered without ids")
	}
	return ids, a
}
