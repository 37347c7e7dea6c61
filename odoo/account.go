package odoo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// InvoiceRef is an invoice with the reference of the order that it came from.
type InvoiceRef struct {
	ID  int64
	Ref string
}

// Invoice invoices sales orders in bulk, one invoice an order: three calls, the last of which
// reads which invoice belongs to which order. Versions up to 16 would make one invoice of all
// orders of a customer, so that each order has two calls of its own there. When one of these is
// refused, the invoices of the orders before it are there, and nothing is known of the whole.
func (c *Client) Invoice(ctx context.Context, orders ...int64) ([]InvoiceRef, Answer) {
	if c.tenant.Dialect.consolidates() {
		ids, a := c.invoiceOrders(ctx, orders)
		if !a.OK() {
			return nil, a
		}
		return c.invoiceRefs(ctx, ids, a)
	}
	var all []int64
	var a Answer
	for _, order := range orders {
		var ids []int64
		if ids, a = c.invoiceOrders(ctx, []int64{order}); !a.OK() {
			if len(all) > 0 && !a.Outcome.Indeterminate() { // refused, but not as a whole
				a = a.fail(results.ServerError, fmt.Sprintf("%s, after %d of %d orders were invoiced", a.Detail, len(all), len(orders)))
			}
			return nil, a
		}
		all = append(all, slices.Max(ids)) // an order may have earlier ones
	}
	return c.invoiceRefs(ctx, all, a)
}

// invoiceOrders answers the invoicing wizard for orders: two calls.
func (c *Client) invoiceOrders(ctx context.Context, orders []int64) ([]int64, Answer) {
	const model = "sale.advance.payment.inv"
	d := c.tenant.Dialect
	around := ""
	b := c.startCreate(model)
	b.Raw(`[{"advance_payment_method":"delivered"`)
	if d.choosesOrders() {
		b.Raw(`,"sale_order_ids":[[6,0,`).IDs(orders...).Raw(`]]`)
	}
	if d.consolidates() {
		b.Raw(`,"consolidated_billing":false`)
	} else { // without open_invoices the wizard closes, and does not return what it made
		var context Body
		context.Raw(`{"active_model":"sale.order","active_id":`).Int(orders[0]).Raw(`,"active_ids":`).IDs(orders...)
		around = context.Raw(`,"open_invoices":true}`).String()
	}
	b.Raw(`}]`)
	wizard, a := c.created(ctx, model, 1, around)
	if !a.OK() {
		return nil, a
	}
	for tries := 1; ; tries++ {
		c.start(model, "create_invoices", wizard)
		a = c.send(ctx, model, "create_invoices", around)
		if a.Outcome != results.UserError || tries == maxInvoicings || !c.refusedInConflict(ctx, orders) {
			break
		}
	}
	if !a.OK() {
		return nil, a
	}
	ids := invoicesOf(a.JSON())
	if len(ids) == 0 {
		return nil, a.fail(results.ServerError, "create_invoices answered without invoices")
	}
	return ids, a
}

// maxInvoicings bounds how often orders are invoiced whose context was lost by Odoo.
const maxInvoicings = 4

// refusedInConflict reports whether "nothing to invoice" contradicts the orders. Where they are
// in the context, a call that Odoo runs again after a conflict has none: see
// [Dialect.keepsContext].
func (c *Client) refusedInConflict(ctx context.Context, orders []int64) (due bool) {
	if c.tenant.Dialect.choosesOrders() {
		return false
	}
	c.start("sale.order", "read", orders).Key("fields").Raw(`["invoice_status"]`)
	a := c.send(ctx, "sale.order", "read", "")
	if !a.OK() {
		return false
	}
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		due = due || r.Get("invoice_status").Str == "to invoice"
		return true
	})
	return due
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
