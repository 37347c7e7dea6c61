package audit

import "example.org/odooharness/results"

// operation describes how one kind of write is read back. The query has the references
// as $1 and returns (reference, how often it was done).
type operation struct {
	needs []string
	sql   func(schema) string
}

// operationOrder is the order of a document's life.
func operationOrder() []results.Op {
	return []results.Op{
		results.OpOrder, results.OpConfirm, results.OpCancel, results.OpScan, results.OpPack, results.OpShip,
		results.OpBatch, results.OpReturn, results.OpInvoice, results.OpPost, results.OpPay, results.OpPurchase, results.OpReceive,
		results.OpPutAway, results.OpImport,
	}
}

// unverifiable reports whether a write cannot be read back. Odoo acknowledges a check of
// availability even when there is nothing to reserve.
func unverifiable(op results.Op) bool { return op == results.OpReserve }

// operations are the writes that can be read back; see results.Write.
func operations() map[results.Op]operation {
	return map[results.Op]operation{
		results.OpOrder:    orderWritten(),
		results.OpConfirm:  orderConfirmed(),
		results.OpCancel:   orderCancelled(),
		results.OpScan:     orderScanned(),
		results.OpPack:     orderPacked(),
		results.OpShip:     orderShipped(),
		results.OpBatch:    orderShipped(),
		results.OpReturn:   orderReturned(),
		results.OpInvoice:  orderInvoiced(false),
		results.OpPost:     orderInvoiced(true),
		results.OpPay:      orderPaid(),
		results.OpPurchase: purchaseWritten(),
		results.OpReceive:  purchaseReceived(),
		results.OpPutAway:  goodsPutAway(),
		results.OpImport:   rowsImported(),
	}
}

// orders are the sale orders of the references. Odoo has no index on client_order_ref,
// so reading any number of them costs one hash join over the table.
const orders = `with so as materialized (
  select o.id, o.name, o.state, o.client_order_ref as ref
  from unnest($1::text[]) as r(ref) join sale_order o on o.client_order_ref = r.ref
)
`

func orderWritten() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref"},
		sql:   func(schema) string { return orders + `select ref, count(*)::int from so group by ref` },
	}
}

// A confirmed order stays so, is locked ("done" up to Odoo 16), or is cancelled later: then
// it still has a delivery, which a quotation has not.
func orderConfirmed() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "sale_order.state"},
		sql: func(s schema) string {
			cancelled := ``
			if s.missing([]string{"stock_picking.origin"}) == "" {
				cancelled = ` or (state = 'cancel' and exists (select from stock_picking p where ` + s.ofSale() + `))`
			}
			return orders + `select ref, count(*)::int from so where state in ('sale', 'done')` + cancelled + ` group by ref`
		},
	}
}

func orderCancelled() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "sale_order.state"},
		sql: func(schema) string {
			return orders + `select ref, count(*)::int from so where state = 'cancel' group by ref`
		},
	}
}

// Goods of an order are returned once a receipt that returns one of its deliveries is
// done. Each such receipt counts, since goods come back once.
func orderReturned() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "stock_picking.state"},
		sql: func(s schema) string {
			return orders + `select ref, count(distinct back.id)::int from so
join stock_picking p on ` + s.ofSale() + ` join stock_picking back on ` + s.returns() + ` and back.state = 'done'
group by ref`
		},
	}
}

// An order is scanned once a line of its delivery is picked.
func orderScanned() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "stock_picking.origin", "stock_move_line.state"},
		sql: func(s schema) string {
			return orders + `select ref, 1 from so
where exists (select from stock_picking p join stock_move_line n on n.picking_id = p.id
  where ` + s.ofSale() + ` and (` + s.picked() + ` or n.state = 'done')) group by ref`
		},
	}
}

// An order is packed once a line of its delivery is in a package.
func orderPacked() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "stock_move_line.result_package_id"},
		sql: func(s schema) string {
			return orders + `select ref, 1 from so
where exists (select from stock_picking p join stock_move_line n on n.picking_id = p.id
  where ` + s.ofSale() + ` and n.result_package_id is not null) group by ref`
		},
	}
}

// An order is shipped once a delivery of it is done. Shipped twice shows in the
// quantities, not in the number of deliveries: a backorder is one more delivery.
func orderShipped() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "stock_picking.state", "stock_picking_type.code"},
		sql: func(s schema) string {
			times := `1`
			if s.missing([]string{"stock_move.sale_line_id", "sale_order_line.product_uom_qty"}) == "" {
				times = `greatest(1, (
  select max(ceil(out.quantity / l.product_uom_qty - 0.0001)) from sale_order_line l
  cross join lateral (select sum(` + s.moved() + `) as quantity from stock_move m join stock_picking p on p.id = m.picking_id
    where m.sale_line_id = l.id and m.state = 'done' and ` + s.outgoing() + `) out
  where l.order_id = so.id and l.product_uom_qty > 0))::int`
			}
			return orders + `select ref, sum(` + times + `)::int from so
where exists (select from stock_picking p where ` + s.ofSale() + ` and p.state = 'done' and ` + s.outgoing() + `)
group by ref`
		},
	}
}

// invoices are the customer invoices of the orders. A consolidated invoice names
// all its orders.
const invoices = `, inv as materialized (
  select so.ref, i.id, i.state, i.payment_state from account_move i
  cross join lateral unnest(string_to_array(i.invoice_origin, ', ')) as origin(name)
  join so on so.name = origin.name
  where i.move_type = 'out_invoice' and i.state <> 'cancel'
)
`

func orderInvoiced(posted bool) operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "account_move.invoice_origin", "account_move.payment_state"},
		sql: func(schema) string {
			where := ``
			if posted {
				where = ` where state = 'posted'`
			}
			return orders + invoices + `select ref, count(*)::int from inv` + where + ` group by ref`
		},
	}
}

// An order is paid once an invoice of it has a payment.
func orderPaid() operation {
	return operation{
		needs: []string{"sale_order.client_order_ref", "account_move.invoice_origin", "account_move.payment_state"},
		sql: func(s schema) string {
			alive := `y.state not in ('draft', 'cancel', 'canceled', 'cancelled', 'rejected')`
			payments := s.first(`0`,
				"account_move__account_payment.invoice_id", `(select count(*) from account_move__account_payment r
    join account_payment y on y.id = r.payment_id where r.invoice_id = inv.id and `+alive+`)`,
				"account_payment.invoice_id", `(select count(*) from account_payment y where y.invoice_id = inv.id and `+alive+`)`)
			return orders + invoices + `select ref, sum(greatest(` + payments + `,
  (payment_state in ('paid', 'in_payment', 'partial', 'reversed'))::int))::int from inv group by ref`
		},
	}
}

const purchases = `with po as materialized (
  select o.id, o.name, o.state, o.partner_ref as ref
  from unnest($1::text[]) as r(ref) join purchase_order o on o.partner_ref = r.ref
)
`

func purchaseWritten() operation {
	return operation{
		needs: []string{"purchase_order.partner_ref"},
		sql:   func(schema) string { return purchases + `select ref, count(*)::int from po group by ref` },
	}
}

// A purchase is received once a receipt of it is done; received twice shows in
// the quantities.
func purchaseReceived() operation {
	return operation{
		needs: []string{"purchase_order.partner_ref", "stock_picking.origin", "stock_picking_type.code"},
		sql: func(s schema) string {
			ofPurchase := s.first(`p.origin = po.name`, "stock_picking.purchase_id", `p.purchase_id = po.id`)
			incoming := `p.picking_type_id in (select id from stock_picking_type where code = 'incoming')`
			times := `1`
			if s.missing([]string{"stock_move.purchase_line_id", "purchase_order_line.product_qty"}) == "" {
				times = `greatest(1, (
  select max(ceil(came.quantity / l.product_qty - 0.0001)) from purchase_order_line l
  cross join lateral (select sum(` + s.moved() + `) as quantity from stock_move m join stock_picking p on p.id = m.picking_id
    where m.purchase_line_id = l.id and m.state = 'done' and ` + incoming + `) came
  where l.order_id = po.id and l.product_qty > 0))::int`
			}
			return purchases + `select ref, sum(` + times + `)::int from po
where exists (select from stock_picking p where ` + ofPurchase + ` and p.state = 'done' and ` + incoming + `)
group by ref`
		},
	}
}

// Goods are on their shelf once an internal transfer with the reference as its origin is done. Each
// such transfer counts.
func goodsPutAway() operation {
	return operation{
		needs: []string{"stock_picking.origin", "stock_picking.state", "stock_picking_type.code"},
		sql: func(schema) string {
			return `select r.ref, count(*)::int from unnest($1::text[]) as r(ref)
join stock_picking p on p.origin = r.ref and p.state = 'done'
join stock_picking_type t on t.id = p.picking_type_id and t.code = 'internal' group by r.ref`
		},
	}
}

// An import's rows have its reference, or the reference with "-" and the row's number:
// as default_code of products, or client_order_ref of orders. The import counts as often
// as its most frequent row.
func rowsImported() operation {
	return operation{
		needs: []string{"product_product.default_code"},
		sql: func(s schema) string {
			rows := `select default_code as code from product_product where default_code is not null`
			if s["sale_order.client_order_ref"] {
				rows += ` union all select client_order_ref from sale_order where client_order_ref is not null`
			}
			return `with row as (` + rows + `), counted as (
  select r.ref, row.code, count(*) as n from row
  join unnest($1::text[]) as r(ref) on r.ref = row.code group by 1, 2
  union all
  select r.ref, row.code, count(*) from row
  join unnest($1::text[]) as r(ref) on r.ref = regexp_replace(row.code, '-[^-]*$', '') and row.code like '%-%' group by 1, 2
)
select ref, max(n)::int from counted group by ref`
		},
	}
}
