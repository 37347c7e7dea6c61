package audit

import "strings"

// reservedWithinStock: no more is reserved than is in stock. Stock is kept by product,
// location, lot, package and owner. Several rows of one such key add up, since Odoo
// merges them later.
func reservedWithinStock() law {
	return law{
		name:   "reserved-within-stock",
		states: "no more is reserved than is on hand, and never less than nothing",
		needs:  []string{"stock_quant.quantity", "stock_quant.reserved_quantity", "stock_location.usage"},
		sql: func(s schema) string {
			key := []string{"q.product_id", "q.location_id"}
			for _, column := range []string{"lot_id", "package_id", "owner_id"} {
				if s["stock_quant."+column] {
					key = append(key, "q."+column)
				}
			}
			return `select concat_ws(' ', ` + strings.Join(key, ", ") + `),
  greatest(sum(q.reserved_quantity) - sum(q.quantity), -sum(q.reserved_quantity)),
  ` + s.productName("q.product_id") + ` || ' in ' || max(l.complete_name) || ': ' ||
  round(sum(q.reserved_quantity)::numeric, 4)::float8 || ' reserved, ' ||
  round(sum(q.quantity)::numeric, 4)::float8 || ' on hand'
from stock_quant q join stock_location l on l.id = q.location_id
where l.usage in ('internal', 'transit')
group by ` + strings.Join(key, ", ") + `
having sum(q.reserved_quantity) < -0.0001
  or sum(q.reserved_quantity) > 0.0001 and sum(q.reserved_quantity) > sum(q.quantity) + 0.0001`
		},
	}
}
