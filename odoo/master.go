package odoo

import (
	"bytes"
	"context"
	"encoding/csv"

	"example.org/odooharness/results"
)

// Product is a storable product to create.
type Product struct {
	Name  string
	Code  string // default_code
	Price float64

	Tracking Tracking
}

// CreateProducts creates storable products that are invoiced as ordered.
func (c *Client) CreateProducts(ctx context.Context, products []Product) ([]int64, Answer) {
	b := c.startCreate("product.product").Raw("[")
	for i, p := range products {
		if i > 0 {
			b.Raw(",")
		}
		b.Raw(`{"name":`).Str(p.Name).Raw(`,"default_code":`).Str(p.Code).Raw(`,"list_price":`).Float(p.Price)
		if p.Tracking != "" {
			b.Raw(`,"tracking":`).Str(string(p.Tracking))
		}
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

// Import loads rows as a user's spreadsheet does. Odoo imports all of them or none, and
// reports bad rows with status 200. The outcome distinguishes the two.
func (c *Client) Import(ctx context.Context, model string, fields []string, rows [][]string) ([]int64, Answer) {
	b := c.start(model, "load", nil)
	b.Key("fields").Strs(fields...)
	b.Key("data").Raw("[")
	for i, row := range rows {
		if i > 0 {
			b.Raw(",")
		}
		b.Strs(row...)
	}
	b.Raw("]")
	return importAnswer(c.send(ctx, model, "load", ""))
}

func importAnswer(a Answer) ([]int64, Answer) {
	if !a.OK() {
		return nil, a
	}
	if ids := a.JSON().Get("ids"); ids.IsArray() {
		return idsOf(ids), a
	}
	return nil, a.fail(results.UserError, "import refused")
}

// ImportFile sends rows as a CSV file through base_import, as the import screen and many EDI
// gateways do: two calls. Odoo imports all rows or none, as [Client.Import] does.
func (c *Client) ImportFile(ctx context.Context, model, file string, fields []string, rows [][]string) ([]int64, Answer) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	// A buffer takes every write.
	_ = w.Write(fields)
	_ = w.WriteAll(rows)
	b := c.startCreate("base_import.import")
	b.Raw(`[{"res_model":`).Str(model).Raw(`,"file":`).Str(text.String())
	b.Raw(`,"file_name":`).Str(file).Raw(`,"file_type":"text/csv"}]`)
	wizard, a := c.created(ctx, "base_import.import", 1, "")
	if !a.OK() {
		return nil, a
	}
	method, header := c.tenant.Dialect.importMethod()
	b = c.start("base_import.import", method, wizard)
	b.Key("fields").Strs(fields...).Key("columns").Strs(fields...)
	b.Key("options").Raw(`{"` + header + `":true,"quoting":"\"","separator":",","encoding":"utf-8",` +
		`"float_thousand_separator":",","float_decimal_separator":".","date_format":"","datetime_format":"","advanced":true}`)
	return importAnswer(c.send(ctx, "base_import.import", method, ""))
}
