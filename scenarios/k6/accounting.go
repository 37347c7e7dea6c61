package k6

import (
	"context"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// invoice(orders) invoices confirmed orders in bulk, one invoice an order. It
// returns the invoices, null when that failed.
func (u *virtualUser) invoice(c sobek.FunctionCall) sobek.Value {
	orders := u.documents(c.Argument(0), "invoice()")
	writes, ids := writesOf(orders)
	var invoices []odoo.InvoiceRef
	a := u.step("invoice", writes, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		invoices, a = client.Invoice(ctx, ids...)
		return a
	})
	if !a.OK() {
		return sobek.Null()
	}
	list := make([]*wire.Document, len(invoices))
	for i, invoice := range invoices {
		list[i] = &wire.Document{ID: invoice.ID, Ref: invoice.Ref}
	}
	nameOnly(list, orders)
	return u.values(list)
}

// nameOnly gives the only invoice of the only order its reference, which does not
// depend on whether the invoice could be read after it was made.
func nameOnly(invoices, orders []*wire.Document) {
	if len(invoices) == 1 && len(orders) == 1 {
		invoices[0].Ref = orders[0].Ref
	}
}

// post(invoices) posts invoices in bulk.
func (u *virtualUser) post(c sobek.FunctionCall) sobek.Value {
	writes, ids := writesOf(u.documents(c.Argument(0), "post()"))
	return u.done(u.step("post", writes, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Post(ctx, ids...)
	}))
}

// pay(invoice) registers the payment of a posted invoice.
func (u *virtualUser) pay(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "pay()")
	return u.done(u.step("pay", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Pay(ctx, d.ID)
	}))
}

// report(name) runs a grouped read: sales, moves, ledger or invoices. It returns
// the number of groups, -1 when it failed.
func (u *virtualUser) report(c sobek.FunctionCall) sobek.Value {
	report, known := odoo.Reports()[c.Argument(0).String()]
	if !known {
		u.throw("report " + c.Argument(0).String() + ": want one of " + odoo.ReportNames())
	}
	return u.number(u.stepCount("report", func(ctx context.Context, client *odoo.Client) (int, odoo.Answer) {
		return client.Report(ctx, report)
	}))
}

func writesOf(documents []*wire.Document) ([]write, []int64) {
	writes, ids := make([]write, len(documents)), make([]int64, len(documents))
	for i, d := range documents {
		writes[i], ids[i] = write{d.Ref, d.ID}, d.ID
	}
	return writes, ids
}
