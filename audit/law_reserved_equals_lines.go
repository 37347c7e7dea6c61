package audit

// reservedEqualsLines: every reservation belongs to a transfer. Otherwise stock is
// blocked without a reason, or will be shipped twice.
func reservedEqualsLines() law {
	return law{
		name:    "reserved-equals-lines",
		settles: true,
		states:  "what is reserved of every product in every internal location equals the lines of the open transfers that take it",
		needs: []string{"stock_quant.reserved_quantity", "stock_move_line.location_id", "stock_move_line.state",
			"stock_location.usage", "product_product"},
		sql: func(s schema) string {
			return `select place.product_id || ' in ' || place.location_id, abs(reserved - lines),
  ` + s.productName("place.product_id") + ` || ' in ' || l.complete_name || ': ' ||
  round(reserved::numeric, 4)::float8 || ' reserved, ' || round(lines::numeric, 4)::float8 || ' on open lines'
from (
  select product_id, location_id, sum(reserved) as reserved, sum(lines) as lines from (
    select product_id, location_id, reserved_quantity::float8 as reserved, 0::float8 as lines from stock_quant
    union all
    select product_id, location_id, 0, ` + s.reservedQuantity() + `::float8 from stock_move_line
    where state not in ('done', 'cancel')
  ) change group by 1, 2
) place join stock_location l on l.id = place.location_id
where l.usage in ('internal', 'transit') and abs(reserved - lines) > 0.0001 and ` + s.storable("place.product_id")
		},
	}
}
