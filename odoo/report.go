package odoo

import (
	"cmp"
	"context"
	"strings"
)

// Report is a grouped read over a large set, like the pivot views of the web client.
type Report struct {
	Model      string
	Domain     string   // JSON, empty: everything
	GroupBy    []string // date:month, product_id
	Aggregates []string // price_total:sum
}

// Report runs the report and returns the number of groups.
func (c *Client) Report(ctx context.Context, r Report) (int, Answer) {
	method := c.tenant.Dialect.groupedRead()
	b := c.start(r.Model, method, nil)
	b.Key("domain").Raw(cmp.Or(r.Domain, "[]"))
	b.Key("groupby").Strs(r.GroupBy...)
	if method == "read_group" {
		b.Key("fields").Strs(r.Aggregates...).Key("lazy").Raw("false")
	} else {
		b.Key("aggregates").Strs(append([]string{"__count"}, r.Aggregates...)...)
	}
	a := c.send(ctx, r.Model, method, "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("#").Int()), a
}

// Reports are the ones the scenarios run, by name.
func Reports() map[string]Report {
	return map[string]Report{
		"sales":  {Model: "sale.report", GroupBy: []string{"date:month", "product_id"}, Aggregates: []string{"price_total:sum"}},
		"moves":  {Model: "stock.move", GroupBy: []string{"date:month", "product_id"}, Aggregates: []string{"product_uom_qty:sum"}},
		"ledger": {Model: "account.move.line", GroupBy: []string{"date:month", "account_id"}, Aggregates: []string{"balance:sum"}},
		"invoices": {Model: "account.invoice.report", GroupBy: []string{"invoice_date:month", "product_id"},
			Aggregates: []string{"price_subtotal:sum"}},
	}
}

// ReportNames lists the names of Reports for messages.
func ReportNames() string {
	return strings.Join([]string{"sales", "moves", "ledger", "invoices"}, ", ")
}
