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
			return `select 'lot ' || place.lot_id || ' in ' || place.location_id, abs(held - moved),
  lot.name || ' in ' || l.complete_name || ': ' ||
  round(held::numeric, 4)::float8 || ' held, ' || round(moved::numeric, 4)::float8 || ' moved'
from ` + s.heldAndMoved("lot_id") + ` place
  join ` + s.lots() + ` lot on lot.id = place.lot_id join stock_location l on l.id = place.location_id
where place.lot_id is not null and l.usage in ('internal', 'transit') and abs(held - moved) > 0.0001`
		},
	}
}
