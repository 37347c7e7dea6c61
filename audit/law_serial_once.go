package audit

// serialOnce: a serial number is one piece. Two of it mean that a receipt was entered twice, or
// that one piece was shipped and is still there.
func serialOnce() law {
	return law{
		name:    "serial-once",
		settles: true,
		states:  "every serial number is in stock at most once, and never less than 0 times",
		needs: []string{"stock_lot.product_id", "stock_quant.lot_id", "stock_quant.quantity", "stock_location.usage",
			"product_product"},
		sql: func(s schema) string {
			serial := s.first("false",
				"product_product.tracking", `p.tracking = 'serial'`,
				"product_template.tracking", `exists (select from product_template t
    where t.id = p.product_tmpl_id and t.tracking = 'serial')`)
			return `select 'serial ' || lot.id, greatest(held.total - 1, -held.least),
  lot.name || ': ' || round(held.total::numeric, 4)::float8 || ' pieces in stock, the least in a location is ' ||
  round(held.least::numeric, 4)::float8
from (
  select lot_id, sum(pieces) as total, min(pieces) as least from (
    select q.lot_id, q.location_id, sum(q.quantity)::float8 as pieces
    from stock_quant q join stock_location l on l.id = q.location_id
    where l.usage in ('internal', 'transit') and q.lot_id is not null group by 1, 2
  ) place group by lot_id
) held join ` + s.lots() + ` lot on lot.id = held.lot_id join product_product p on p.id = lot.product_id
where ` + serial + ` and (held.total > 1.0001 or held.least < -0.0001)`
		},
	}
}
