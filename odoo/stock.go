package odoo

import (
	"context"
	"slices"

	"example.org/odooharness/results"
)

// StockLocation is where the first warehouse keeps its goods.
func (c *Client) StockLocation(ctx context.Context) (int64, Answer) {
	c.start("stock.warehouse", "search_read", nil).Key("domain").Raw(`[]`).
		Key("fields").Raw(`["lot_stock_id"]`).Key("limit").Raw("1")
	a := c.send(ctx, "stock.warehouse", "search_read", "")
	if !a.OK() {
		return 0, a
	}
	location := related(a.JSON().Get("0.lot_stock_id"))
	if location == 0 {
		return 0, a.fail(results.ServerError, "no warehouse")
	}
	return location, a
}

// SetStock counts products as on hand at a location: two calls, one with Odoo 14.
func (c *Client) SetStock(ctx context.Context, location int64, quantity float64, products ...int64) Answer {
	b := c.startCreate("stock.quant").Raw("[")
	for i, product := range products {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`{"product_id":`).Int(product).Raw(`,"location_id":`).Int(location)
		b.Raw(`,"inventory_quantity":`).Float(quantity).Raw(`}`)
	}
	b.Raw("]")
	quants, a := c.created(ctx, "stock.quant", len(products), `{"inventory_mode":true}`)
	if !a.OK() {
		return a
	}
	return c.applyCounts(ctx, quants, a)
}

// Stock reads what is on hand, free and forecast of products. It returns the
// number of products found.
func (c *Client) Stock(ctx context.Context, products ...int64) (int, Answer) {
	b := c.start("product.product", "read", products)
	b.Key("fields").Raw(`["qty_available","free_qty","virtual_available"]`)
	a := c.send(ctx, "product.product", "read", "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("#").Int()), a
}

// Empty counts everything of products, in every internal location and lot, as 0: up to three
// calls, with Odoo 14 one for each location and lot.
func (c *Client) Empty(ctx context.Context, products ...int64) Answer {
	var domain Body
	domain.Raw(`[["product_id","in",`).IDs(products...).Raw(`],["location_id.usage","=","internal"],["quantity","!=",0]]`)
	quants, a := c.Search(ctx, "stock.quant", domain.String(), 0)
	if !a.OK() || len(quants) == 0 {
		return a
	}
	parts := [][]int64{quants}
	if !c.tenant.Dialect.appliesCounts() { // of several counts at once Odoo 14 applies the first
		parts = slices.Collect(slices.Chunk(quants, 1))
	}
	for _, part := range parts {
		c.start("stock.quant", "write", part).Key("vals").Raw(`{"inventory_quantity":0}`)
		if a = c.send(ctx, "stock.quant", "write", `{"inventory_mode":true}`); !a.OK() {
			return a
		}
	}
	return c.applyCounts(ctx, quants, a)
}

// applyCounts applies counts that were entered. Odoo 14 has done so already.
func (c *Client) applyCounts(ctx context.Context, quants []int64, entered Answer) Answer {
	if !c.tenant.Dialect.appliesCounts() {
		return entered
	}
	c.start("stock.quant", "action_apply_inventory", quants)
	return c.send(ctx, "stock.quant", "action_apply_inventory", "")
}
