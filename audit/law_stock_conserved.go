package audit

// stockConserved: the stock of a location is what moved into it minus what moved out.
// Every change of stock in Odoo is a move, counting included. A move done twice, or a
// change of stock without a move, therefore breaks the law.
func stockConserved() law {
	return law{
		name:   "stock-conserved",
		states: "the stock of every product in every internal location equals what its done moves brought less what they took",
		needs: []string{"stock_quant.quantity", "stock_move_line.location_dest_id", "stock_move_line.state",
			"stock_location.usage", "product_product"},
		sql: func(s schema) string {
			return `select place.product_id || ' in ' || place.location_id, abs(held - moved),
  ` + s.productName("place.product_id") + ` || ' in ' || l.complete_name || ': ' ||
  round(held::numeric, 4)::float8 || ' held, ' || round(moved::numeric, 4)::float8 || ' moved'
from ` + s.heldAndMoved("product_id") + ` place join stock_location l on l.id = place.location_id
where l.usage in ('internal', 'transit') and abs(held - moved) > 0.0001 and ` + s.storable("place.product_id")
		},
	}
}

// heldAndMoved is the stock of each location by product_id or lot_id, as held and as the sum of
// done moves.
func (s schema) heldAndMoved(of string) string {
	moved := s.doneQuantity() + "::float8 from stock_move_line where state = 'done'"
	return `(
  select ` + of + `, location_id, sum(held) as held, sum(moved) as moved from (
    select ` + of + `, location_id, quantity::float8 as held, 0::float8 as moved from stock_quant
    union all
    select ` + of + `, location_dest_id, 0, ` + moved + `
    union all
    select ` + of + `, location_id, 0, -` + moved + `
  ) change group by 1, 2
)`
}
