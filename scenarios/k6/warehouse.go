package k6

import (
	"context"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// reserve(picking) checks availability and reserves stock.
func (u *virtualUser) reserve(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "reserve()")
	return u.done(u.step("reserve", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Reserve(ctx, d.ID)
	}))
}

// scan(picking, quantity?) records the picked quantity on every line of a picking, by
// default one piece a line.
func (u *virtualUser) scan(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "scan()")
	quantity := 1.0
	if q := c.Argument(1); !empty(q) {
		quantity = q.ToFloat()
	}
	return u.done(u.step("scan", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		lines := d.Lines
		if len(lines) == 0 {
			var a odoo.Answer
			if lines, a = client.MoveLines(ctx, d.ID); !a.OK() {
				return a
			}
		}
		return client.Scan(ctx, quantity, lines...)
	}))
}

// ship(picking) validates a picking: the goods have left.
func (u *virtualUser) ship(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "ship()")
	return u.done(u.step("ship", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Ship(ctx, d.ID)
	}))
}

// shipPartial(picking) validates a picking of which less was scanned than ordered;
// the rest stays in a backorder.
func (u *virtualUser) shipPartial(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "shipPartial()")
	return u.done(u.step("ship", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.ShipPartial(ctx, d.ID)
	}))
}

// receive(lines?) buys random products and receives them: steps purchase and
// receive.
func (u *virtualUser) receive(c sobek.FunctionCall) sobek.Value {
	u.current()
	p := odoo.Purchase{
		Ref: u.process.ref(), Partner: u.randomPartner(), Lines: u.randomLines(u.count(c.Argument(0), 2)), Price: 10,
	}
	writes := []write{{ref: p.Ref}}
	var id int64
	a := u.step("purchase", writes, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		id, a = client.CreatePurchase(ctx, p)
		writes[0].document = id
		return a
	})
	if !a.OK() || id == 0 {
		return u.done(a)
	}
	return u.done(u.step("receive", []write{{p.Ref, id}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Receive(ctx, id)
	}))
}

// returnGoods(picking) returns all goods of a picking that was shipped.
func (u *virtualUser) returnGoods(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "returnGoods()")
	return u.done(u.step("return", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Return(ctx, d.ID)
	}))
}

// inventory(product, quantity) counts a product at the first warehouse. The count cannot be
// audited: what was there before it is unknown.
func (u *virtualUser) inventory(c sobek.FunctionCall) sobek.Value {
	product := u.document(c.Argument(0), "inventory()").ID
	quantity := 0.0
	if q := c.Argument(1); !empty(q) {
		quantity = q.ToFloat()
	}
	return u.done(u.step("inventory", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		location, a := client.StockLocation(ctx)
		if !a.OK() {
			return a
		}
		return client.SetStock(ctx, location, quantity, product)
	}))
}

// outOf ends an iteration that has nothing to work with.
func (u *virtualUser) outOf(pool string) sobek.Value {
	u.current().arrival.Fail(results.ScriptError, "no "+pool+" left: seed more")
	return sobek.Null()
}
