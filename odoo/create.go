package odoo

import (
	"context"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// Product is a storable product to create.
type Product struct {
	Name  string
	Code  string // default_code
	Price float64
}

// CreateProducts creates storable products that are invoiced as ordered.
func (c *Client) CreateProducts(ctx context.Context, products []Product) ([]int64, Answer) {
	b := c.startCreate("product.product").Raw("[")
	for i, p := range products {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`{"name":`).Str(p.Name).Raw(`,"default_code":`).Str(p.Code).Raw(`,"list_price":`).Float(p.Price)
		b.Raw(`,"invoice_policy":"order",` + c.tenant.Dialect.storable() + `}`)
	}
	b.Raw("]")
	return c.created(ctx, "product.product", len(products), "")
}

// Partner is a customer or vendor to create.
type Partner struct{ Name, Ref string }

// CreatePartners creates partners.
func (c *Client) CreatePartners(ctx context.Context, partners []Partner) ([]int64, Answer) {
	b := c.startCreate("res.partner").Raw("[")
	for i, p := range partners {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`{"name":`).Str(p.Name).Raw(`,"ref":`).Str(p.Ref).Raw(`}`)
	}
	b.Raw("]")
	return c.created(ctx, "res.partner", len(partners), "")
}

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

// SetStock counts products as on hand at a location: two calls.
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
	c.start("stock.quant", "action_apply_inventory", quants)
	return c.send(ctx, "stock.quant", "action_apply_inventory", "")
}

// Search finds records by a domain, JSON.
func (c *Client) Search(ctx context.Context, model, domain string, limit int) ([]int64, Answer) {
	b := c.start(model, "search_read", nil).Key("domain").Raw(domain).Key("fields").Raw(`["id"]`)
	if limit > 0 {
		b.Key("limit").Int(int64(limit))
	}
	a := c.send(ctx, model, "search_read", "")
	if !a.OK() {
		return nil, a
	}
	var ids []int64
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		ids = append(ids, r.Get("id").Int())
		return true
	})
	return ids, a
}
