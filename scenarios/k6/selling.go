package k6

import (
	"context"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// order(options?) creates a sales order: {partner, lines: number | [{product,
// quantity}], ref}. Everything may be left out. It returns the order, null when it
// was not created.
func (u *virtualUser) order(c sobek.FunctionCall) sobek.Value {
	u.current()
	o := odoo.Order{Ref: u.ref()}
	lines := 2
	if options := c.Argument(0); !empty(options) {
		object := u.object(options, "options of order()")
		o.Partner = integer(object.Get("partner"))
		if ref := object.Get("ref"); !empty(ref) {
			o.Ref = ref.String()
		}
		if list, ok := object.Get("lines").(*sobek.Object); ok {
			o.Lines = u.orderLines(list)
		} else {
			lines = u.count(object.Get("lines"), lines)
		}
	}
	if o.Partner == 0 {
		o.Partner = u.randomPartner()
	}
	if o.Lines == nil {
		o.Lines = u.randomLines(lines)
	}
	writes := []write{{ref: o.Ref}}
	var id int64
	a := u.step("order", writes, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		id, a = client.CreateOrder(ctx, o)
		writes[0].document = id
		return a
	})
	if !a.OK() {
		return sobek.Null()
	}
	return u.value(&wire.Document{ID: id, Ref: o.Ref, Order: id})
}

func (u *virtualUser) orderLines(list *sobek.Object) []odoo.Line {
	var lines []odoo.Line
	u.each(list, func(item sobek.Value) bool {
		object := u.object(item, "lines as [{product, quantity}]")
		line := odoo.Line{Product: integer(object.Get("product")), Quantity: 1}
		if q := object.Get("quantity"); !empty(q) {
			line.Quantity = q.ToFloat()
		}
		lines = append(lines, line)
		return true
	})
	return lines
}

// confirm(order) confirms a sales order.
func (u *virtualUser) confirm(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "confirm()")
	return u.done(u.step("confirm", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Confirm(ctx, d.ID)
	}))
}

// cancel(order) cancels a sales order that was not shipped.
func (u *virtualUser) cancel(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "cancel()")
	return u.done(u.step("cancel", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Cancel(ctx, d.ID)
	}))
}

// pickings(order) reads the pickings of a confirmed order.
func (u *virtualUser) pickings(c sobek.FunctionCall) sobek.Value {
	order := u.document(c.Argument(0), "pickings()")
	var found []*wire.Document
	u.step("pickings", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		pickings, a := client.Pickings(ctx, order.ID)
		found = found[:0]
		for _, p := range pickings {
			found = append(found, &wire.Document{ID: p.ID, Ref: order.Ref, Order: order.ID, Lines: p.Lines})
		}
		return a
	})
	return u.values(found)
}

// track(order) reads where the goods of an order are. It returns the number of pickings
// found, -1 when the read failed.
func (u *virtualUser) track(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "track()")
	order := d.Order
	if order == 0 {
		order = d.ID
	}
	return u.number(u.stepCount("track", func(ctx context.Context, client *odoo.Client) (int, odoo.Answer) {
		return client.Track(ctx, order)
	}))
}

// stock(products?) reads what is on hand, without products for five random ones.
func (u *virtualUser) stock(c sobek.FunctionCall) sobek.Value {
	var products []int64
	if empty(c.Argument(0)) {
		for _, line := range u.randomLines(5) {
			products = append(products, line.Product)
		}
	} else {
		products = u.integers(c.Argument(0))
	}
	return u.number(u.stepCount("stock", func(ctx context.Context, client *odoo.Client) (int, odoo.Answer) {
		return client.Stock(ctx, products...)
	}))
}

// stepCount does a reading step that counts something; -1 when it failed.
func (u *virtualUser) stepCount(name string, do func(context.Context, *odoo.Client) (int, odoo.Answer)) int {
	count := -1
	if a := u.step(name, nil, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		count, a = do(ctx, client)
		return a
	}); !a.OK() {
		return -1
	}
	return count
}

func (u *virtualUser) done(a odoo.Answer) sobek.Value { return u.vu.Runtime().ToValue(a.OK()) }

func (u *virtualUser) number(n int) sobek.Value { return u.vu.Runtime().ToValue(n) }
