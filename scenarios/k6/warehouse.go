package k6

import (
	"context"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
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
		Ref: u.ref(), Partner: u.randomPartner(), Lines: u.randomLines(u.count(c.Argument(0), 2)), Price: 10,
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

// receiveTracked(lines?) buys random tracked products, ten of each lot and two serial numbers,
// numbers them and receives them: steps purchase and receive. It returns the receipt for
// putAway(), null when the goods are not in.
func (u *virtualUser) receiveTracked(c sobek.FunctionCall) sobek.Value {
	tracked := u.current().tenant.documents(wire.Tracked)
	if len(tracked) == 0 {
		return u.outOf(wire.Tracked)
	}
	p := odoo.Purchase{Ref: u.ref(), Partner: u.randomPartner(), Price: 10}
	first := u.rng().IntN(len(tracked))
	for i := range min(u.count(c.Argument(0), 2), len(tracked)) {
		at := (first + i) % len(tracked) // each product once
		p.Lines = append(p.Lines, odoo.Line{Product: tracked[at].ID, Quantity: []float64{lotSize, serials}[at%2]})
	}
	writes := []write{{ref: p.Ref}}
	a := u.step("purchase", writes, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		writes[0].document, a = client.CreatePurchase(ctx, p)
		return a
	})
	if !a.OK() || writes[0].document == 0 {
		return sobek.Null()
	}
	a = u.step("receive", writes, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.ReceiveTracked(ctx, writes[0].document, p.Ref)
	})
	if !a.OK() {
		return sobek.Null()
	}
	u.received = append(u.received[:0], p.Lines...)
	return u.value(&wire.Document{ID: writes[0].document, Ref: p.Ref})
}

// Pieces in one line of a tracked purchase.
const (
	lotSize = 10.0
	serials = 2.0
)

// putAway(receipt) moves what receiveTracked() just received to a random shelf.
func (u *virtualUser) putAway(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "putAway()")
	shelves := u.current().tenant.documents(wire.Shelves)
	if len(shelves) == 0 {
		return u.outOf(wire.Shelves)
	}
	shelf := shelves[u.rng().IntN(len(shelves))].ID
	return u.done(u.step("putaway", []write{{ref: d.Ref}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.PutAway(ctx, d.Ref, shelf, u.received)
	}))
}

// product() creates a storable product of which nothing is in stock, null when that failed.
func (u *virtualUser) product(sobek.FunctionCall) sobek.Value {
	u.current()
	code := u.ref()
	var ids []int64
	a := u.step("product", nil, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		ids, a = client.CreateProducts(ctx, []odoo.Product{{Name: "Product " + code, Code: code, Price: 10}})
		return a
	})
	if !a.OK() {
		return sobek.Null()
	}
	return u.value(&wire.Document{ID: ids[0], Ref: code})
}

// batchTransfer(pickings) ships pickings together, as one batch (wave).
func (u *virtualUser) batchTransfer(c sobek.FunctionCall) sobek.Value {
	var writes []write
	var ids []int64
	for _, d := range u.documents(c.Argument(0), "batchTransfer()") {
		writes, ids = append(writes, write{d.Ref, d.ID}), append(ids, d.ID)
	}
	return u.done(u.step("batch", writes, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.BatchTransfer(ctx, ids...)
	}))
}

// pack(picking) puts what was scanned into a package.
func (u *virtualUser) pack(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "pack()")
	return u.done(u.step("pack", []write{{d.Ref, d.ID}}, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Pack(ctx, d.ID)
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
