package audit

// pickingDoneOnce: a transfer is done as a whole, and once.
func pickingDoneOnce() law {
	return law{
		name: "picking-done-once",
		states: "a done transfer has no open moves, an open one no done moves; " +
			"a done move has done lines that add up to it; no order line is over-delivered",
		needs: []string{"stock_picking.state", "stock_move.state", "stock_move.picking_id", "stock_move_line.move_id",
			"stock_move_line.state"},
		sql: func(s schema) string {
			sql := `select 'picking ' || p.id, count(*),
  p.name || ': ' || p.state || ' with a move that is ' || min(m.state)
from stock_picking p join stock_move m on m.picking_id = p.id
where (p.state = 'done' and m.state not in ('done', 'cancel'))
  or (p.state not in ('done', 'cancel') and m.state = 'done')
group by p.id, p.name, p.state`
			if s["stock_move.quantity"] { // Odoo 17 and later keep the sum
				sql += linesOfDoneMoves(s)
			}
			sql += movesWithoutLines(s)
			if s.missing([]string{"stock_move.sale_line_id", "sale_order_line.product_uom_qty", "stock_picking_type.code"}) == "" {
				sql += overDelivered(s)
			}
			return sql
		},
	}
}

// linesOfDoneMoves adds done moves whose done lines do not add up to them. Moves with a
// line in another unit are left out.
func linesOfDoneMoves(s schema) string {
	return `
union all
select 'lines ' || m.id, abs(max(m.quantity) - sum(n.quantity)), coalesce(max(p.name), 'move ' || m.id) || ': ' ||
  round(max(m.quantity)::numeric, 4)::float8 || ' done on the move, ' ||
  round(sum(n.quantity)::numeric, 4)::float8 || ' on its lines'
from stock_move m join stock_move_line n on n.move_id = m.id left join stock_picking p on p.id = m.picking_id
where m.state = 'done' and n.state = 'done'` +
		s.first("", "stock_move_line.product_uom_id", ` and n.product_uom_id = m.product_uom`) + `
group by m.id having abs(max(m.quantity) - sum(n.quantity)) > 0.0001` +
		s.first("", "stock_move_line.product_uom_id",
			` and count(*) = (select count(*) from stock_move_line a where a.move_id = m.id)`)
}

// movesWithoutLines adds done moves without a done line: goods that left according to the
// order, but not according to the stock.
func movesWithoutLines(s schema) string {
	return `
union all
select 'no lines ' || m.id, abs(` + s.moved() + `), coalesce(p.name, 'move ' || m.id) || ': ' ||
  round(` + s.moved() + `::numeric, 4)::float8 || ' done on the move, and it has no done line'
from stock_move m left join stock_picking p on p.id = m.picking_id
where m.state = 'done' and abs(` + s.moved() + `) > 0.0001
  and not exists (select from stock_move_line n where n.move_id = m.id and n.state = 'done')`
}

// overDelivered adds order lines whose delivered quantity, minus returns, exceeds the
// ordered one. Lines in another unit than their moves are left out.
func overDelivered(s schema) string {
	sameUnit := ``
	if s["stock_move.product_uom"] {
		sameUnit = s.first(``, "sale_order_line.product_uom_id", ` and m.product_uom = l.product_uom_id`,
			"sale_order_line.product_uom", ` and m.product_uom = l.product_uom`)
	}
	left := `sum(case t.code when 'outgoing' then ` + s.moved() + ` when 'incoming' then -` + s.moved() + ` else 0 end)`
	return `
union all
select 'order line ' || l.id, ` + left + ` - max(l.product_uom_qty), so.name || ': ' ||
  round((` + left + `)::numeric, 4)::float8 || ' of ' || round(max(l.product_uom_qty)::numeric, 4)::float8 || ' delivered'
from sale_order_line l join sale_order so on so.id = l.order_id
join stock_move m on m.sale_line_id = l.id and m.state = 'done'` + sameUnit + `
join stock_picking p on p.id = m.picking_id join stock_picking_type t on t.id = p.picking_type_id
group by l.id, so.name
having ` + left + ` > max(l.product_uom_qty) + 0.0001`
}
