package audit

// oneInvoicePerOrder: nothing is invoiced twice. The law adds up quantities, not
// documents, since an order can have several correct invoices: a deposit, one for each
// delivery, a credit note. An order counts once, with one of its lines.
func oneInvoicePerOrder() law {
	return law{
		name:   "one-invoice-per-order",
		states: "no order line is invoiced beyond what was ordered or delivered, credit notes taken off",
		needs: []string{"sale_order_line.product_uom_qty", "account_move.move_type", "account_move_line.quantity",
			"account_move_line.move_id"},
		sql: func(s schema) string {
			var join, unit string
			switch {
			case s["sale_order_line_invoice_rel.order_line_id"]:
				join = `join sale_order_line_invoice_rel r on r.order_line_id = l.id join account_move_line i on i.id = r.invoice_line_id`
			case s["account_move_line.sale_line_id"]:
				join = `join account_move_line i on i.sale_line_id = l.id`
			default:
				return invoicesByOrigin
			}
			if s["account_move_line.product_uom_id"] {
				unit = s.first(``, "sale_order_line.product_uom_id", ` and i.product_uom_id = l.product_uom_id`,
					"sale_order_line.product_uom", ` and i.product_uom_id = l.product_uom`)
			}
			deposit := s.first(``, "sale_order_line.is_downpayment", ` and not coalesce(l.is_downpayment, false)`)
			delivered := s.first(`0`, "sale_order_line.qty_delivered", `coalesce(l.qty_delivered, 0)`)
			signed := `sum(case m.move_type when 'out_invoice' then i.quantity when 'out_refund' then -i.quantity else 0 end)`
			return `select 'order ' || name, sum(excess), max(document) from (
select ` + signed + ` - greatest(max(l.product_uom_qty), max(` + delivered + `)) as excess,
  so.name, so.name || ': ' || round(` + signed + `::numeric, 4)::float8 || ' of ' ||
  round(max(l.product_uom_qty)::numeric, 4)::float8 || ' invoiced, on ' || string_agg(distinct m.name, ', ') as document
from sale_order_line l join sale_order so on so.id = l.order_id
` + join + `
join account_move m on m.id = i.move_id
where m.state <> 'cancel'` + deposit + unit + `
group by l.id, so.name
having ` + signed + ` > greatest(max(l.product_uom_qty), max(` + delivered + `)) + 0.0001
) line group by name`
		},
	}
}

// Without a link between lines, two invoices of one order are one too many.
const invoicesByOrigin = `select 'order ' || invoice_origin, count(*), invoice_origin || ': ' || count(*) || ' invoices'
from account_move where move_type = 'out_invoice' and state <> 'cancel' and invoice_origin is not null
group by invoice_origin having count(*) > 1`
