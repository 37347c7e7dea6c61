package odoo

import "context"

// Purchase is a purchase order to create. Ref is stored in partner_ref.
type Purchase struct {
	Partner int64
	Ref     string
	Lines   []Line
	Price   float64 // of one unit
}

// CreatePurchase creates and confirms a purchase order: two calls.
func (c *Client) CreatePurchase(ctx context.Context, p Purchase) (int64, Answer) {
	b := c.startCreate("purchase.order")
	b.Raw(`[{"partner_id":`).Int(p.Partner).Raw(`,"partner_ref":`).Str(p.Ref).Raw(`,"order_line":[`)
	for i, line := range p.Lines {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`[0,0,{"product_id":`).Int(line.Product).Raw(`,"product_qty":`).Float(line.Quantity)
		b.Raw(`,"price_unit":`).Float(p.Price).Raw(`}]`)
	}
	b.Raw(`]}]`)
	ids, a := c.created(ctx, "purchase.order", 1, "")
	if !a.OK() {
		return 0, a
	}
	c.start("purchase.order", "button_confirm", ids)
	return ids[0], c.send(ctx, "purchase.order", "button_confirm", "")
}

// Receive validates the receipts of a purchase order: the goods are in. Two calls.
func (c *Client) Receive(ctx context.Context, purchase int64) Answer {
	receipts, a := c.receipts(ctx, purchase)
	if !a.OK() {
		return a
	}
	return c.validate(ctx, receipts, false)
}
