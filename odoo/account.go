package odoo

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// InvoiceRef is an invoice with the reference of the order that it came from.
type InvoiceRef struct {
	ID  int64
	Ref string
}

// Invoice invoices sales orders in bulk, one invoice an order: three calls, the
// last of which reads which invoice belongs to which order.
func (c *Client) Invoice(ctx context.Context, orders ...int64) ([]InvoiceRef, Answer) {
	b := c.startCreate("sale.advance.payment.inv")
	b.Raw(`[{"advance_payment_method":"delivered","sale_order_ids":[[6,0,`).IDs(orders...).Raw(`]]`)
	if c.tenant.Dialect.consolidates() {
		b.Raw(`,"consolidated_billing":false`)
	}
	b.Raw(`}]`)
	wizard, a := c.created(ctx, "sale.advance.payment.inv", 1, "")
	if !a.OK() {
		return nil, a
	}
	c.start("sale.advance.payment.inv", "create_invoices", wizard)
	a = c.send(ctx, "sale.advance.payment.inv", "create_invoices", "")
	if !a.OK() {
		return nil, a
	}
	ids := invoicesOf(a.JSON())
	if len(ids) == 0 {
		return nil, a.fail(results.ServerError, "create_invoices answered without invoices")
	}
	return c.invoiceRefs(ctx, ids, a)
}

// invoiceRefs reads the references of invoices. When that fails the invoices exist, and
// are returned without references.
func (c *Client) invoiceRefs(ctx context.Context, ids []int64, made Answer) ([]InvoiceRef, Answer) {
	invoices := make([]InvoiceRef, len(ids))
	at := map[int64]int{}
	for i, id := range ids {
		invoices[i].ID = id
		at[id] = i
	}
	c.start("account.move", "read", ids).Key("fields").Raw(`["ref"]`)
	if a := c.send(ctx, "account.move", "read", ""); a.OK() {
		a.JSON().ForEach(func(_, r gjson.Result) bool {
			if i, ok := at[r.Get("id").Int()]; ok {
				invoices[i].Ref = strings.Clone(r.Get("ref").Str)
			}
			return true
		})
	}
	return invoices, made
}

// invoicesOf reads the ids from the action that shows the invoices: res_id for
// one, a domain [[id, in, ids]] for several.
func invoicesOf(action gjson.Result) []int64 {
	if id := action.Get("res_id").Int(); id != 0 {
		return []int64{id}
	}
	var ids []int64
	action.Get("domain").ForEach(func(_, leaf gjson.Result) bool {
		if leaf.Get("0").Str == "id" && leaf.Get("2").IsArray() {
			ids = idsOf(leaf.Get("2"))
		}
		return true
	})
	return ids
}

// Post posts invoices: each takes the next number of its journal's sequence.
func (c *Client) Post(ctx context.Context, invoices ...int64) Answer {
	c.start("account.move", "action_post", invoices)
	return c.send(ctx, "account.move", "action_post", "")
}

// Pay registers the full payment of a posted invoice: two calls.
func (c *Client) Pay(ctx context.Context, invoice int64) Answer {
	var on Body
	on.Raw(`{"active_model":"account.move","active_ids":`).IDs(invoice).Raw(`}`)
	c.startCreate("account.payment.register").Raw(`[{}]`)
	wizard, a := c.created(ctx, "account.payment.register", 1, view(on.buf))
	if !a.OK() {
		return a
	}
	c.start("account.payment.register", "action_create_payments", wizard)
	return c.send(ctx, "account.payment.register", "action_create_payments", view(on.buf))
}
