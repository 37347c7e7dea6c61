package odoo

import "context"

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
