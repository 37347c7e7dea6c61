package odoo

import (
	"context"
	"strings"

	"example.org/odooharness/results"
)

// listPage is how many records the web client reads for a list.
const listPage = 80

// screen is the fields that the lists and forms of a model show. Screens of other models
// show the name alone.
func screen(model string) []string {
	fields := map[string][]string{
		"sale.order":      {"name", "partner_id", "client_order_ref", "date_order", "state", "amount_total", "invoice_status"},
		"purchase.order":  {"name", "partner_id", "partner_ref", "date_order", "state", "amount_total"},
		"stock.picking":   {"name", "partner_id", "origin", "scheduled_date", "state", "location_id", "location_dest_id"},
		"product.product": {"default_code", "list_price", "qty_available", "virtual_available"},
		"account.move":    {"name", "partner_id", "invoice_date", "state", "amount_total", "payment_state"},
	}[model]
	if fields == nil {
		return []string{"display_name"}
	}
	return fields
}

// specification is the fields in the form of web_read and web_search_read: many2one fields
// with the name of what they refer to.
func specification(fields []string) string {
	var b strings.Builder
	b.WriteString("{")
	for i, name := range fields {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`"` + name + `":{`)
		if strings.HasSuffix(name, "_id") {
			b.WriteString(`"fields":{"display_name":{}}`)
		}
		b.WriteString("}")
	}
	b.WriteString("}")
	return b.String()
}

// Views reads the definitions of a model's list, form and search views, as the web client
// does when a user first opens a menu.
func (c *Client) Views(ctx context.Context, model string) Answer {
	method := c.tenant.Dialect.viewsMethod()
	b := c.start(model, method, nil)
	b.Key("views").Raw(`[[false,"list"],[false,"form"],[false,"search"]]`)
	return c.send(ctx, model, method, "")
}

// OpenList reads the first page of a list view, as the web client does. domain is JSON,
// empty for all records. It returns how many records match.
func (c *Client) OpenList(ctx context.Context, model, domain string) (int, Answer) {
	if domain == "" {
		domain = "[]"
	}
	b := c.start(model, "web_search_read", nil)
	b.Key("domain").Raw(domain)
	if c.tenant.Dialect.specifies() {
		b.Key("specification").Raw(specification(screen(model)))
	} else {
		b.Key("fields").Strs(screen(model)...)
	}
	b.Key("limit").Int(listPage)
	a := c.send(ctx, model, "web_search_read", "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("length").Int()), a
}

// OpenForm reads one record for a form view, as the web client does.
func (c *Client) OpenForm(ctx context.Context, model string, id int64) Answer {
	method := "web_read"
	if !c.tenant.Dialect.specifies() {
		method = "read"
	}
	b := c.start(model, method, []int64{id})
	if method == "web_read" {
		b.Key("specification").Raw(specification(screen(model)))
	} else {
		b.Key("fields").Strs(screen(model)...)
	}
	a := c.send(ctx, model, method, "")
	if a.OK() && a.JSON().Get("#").Int() != 1 {
		return a.fail(results.UserError, "record is not there")
	}
	return a
}

// SearchName completes what a user types into a many2one field. It returns the number of
// names found.
func (c *Client) SearchName(ctx context.Context, model, text string) (int, Answer) {
	b := c.start(model, "name_search", nil)
	b.Key("name").Str(text).Key("limit").Raw("8")
	a := c.send(ctx, model, "name_search", "")
	if !a.OK() {
		return 0, a
	}
	return int(a.JSON().Get("#").Int()), a
}

// Message writes a note on a record, which its followers see.
func (c *Client) Message(ctx context.Context, model string, id int64, text string) Answer {
	b := c.start(model, "message_post", []int64{id})
	b.Key("body").Str(text)
	return c.send(ctx, model, "message_post", "")
}

// Attach stores a file with a record: a scanned delivery note, a signature.
// content is base64.
func (c *Client) Attach(ctx context.Context, model string, id int64, name, content string) (int64, Answer) {
	b := c.startCreate("ir.attachment")
	b.Raw(`[{"name":`).Str(name).Raw(`,"res_model":`).Str(model).Raw(`,"res_id":`).Int(id)
	b.Raw(`,"datas":`).Str(content).Raw(`}]`)
	ids, a := c.created(ctx, "ir.attachment", 1, "")
	if !a.OK() {
		return 0, a
	}
	return ids[0], a
}
