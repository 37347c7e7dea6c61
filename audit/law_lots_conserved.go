package audit

// lotsConserved: what holds for a product holds for each of its lots. Stock of one lot that
// another one moved keeps the sum of the product right, and the wrong pieces are recalled.
func lotsConserved() law {
	return law{
		name: "lots-conserved",
		states: "the stock of every lot and serial number in every internal location equals " +
			"what its done moves brought less what they took",
		needs: []string{"stock_lot.name", "stock_quant.lot_id", "stock_quant.quantity", "stock_move_line.lot_id",
			"stock_move_line.location_dest_id", "stock_move_line.state", "stock_location.usage"},
		sql: func(s schema) string {
			q := s.doneQuantity()
			return `select 'lot ' || place.lot_id || ' in ' || place.location_id, abs(held - moved),
  lot.name || ' in ' || l.complete_name || ': ' ||
  round(held::numeric, 4)::float8 || ' held, ' || round(moved::numeric, 4)::float8 || ' moved'
from (
  select lot_id, location_id, sum(held) as held, sum(moved) as moved from (
    select lot_id, location_id, quantity::float8 as held, 0::float8 as moved from stock_quant
    union all
    select lot_id, location_dest_id, 0, ` + q + `::float8 from stock_move_line where state = 'done'
    union all
    select lot_id, location_id, 0, -` + q + `::float8 from stock_move_line where state = 'done'
  ) change where lot_id is not null group by 1, 2
) place join stock_lot lot on lot.id = place.lot_id join stock_location l on l.id = place.location_id
where l.usage in ('internal', 'transit') and abs(held - moved) > 0.0001`
		},
	}
}
