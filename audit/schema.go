package audit

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// schema is the set of tables and columns of a database. They differ with Odoo's version
// and modules. Keys are "table" and "table.column".
type schema map[string]bool

// readSchema reads which of the audit's tables and columns exist.
func (s *snapshot) readSchema(ctx context.Context) error {
	s.schema = schema{}
	return s.query(ctx, func(rows pgx.Rows) error {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return err
		}
		s.schema[table] = true
		s.schema[table+"."+column] = true
		if table == oldLots { // laws need lots, whatever their table is called
			s.schema["stock_lot"] = true
			s.schema["stock_lot."+column] = true
		}
		return nil
	}, `select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
		where c.relkind in ('r', 'p', 'v', 'm') and pg_table_is_visible(c.oid) and a.attnum > 0 and not a.attisdropped
		and c.relname = any($1)`,
		[]string{
			"sale_order", "sale_order_line", "sale_order_line_invoice_rel", "purchase_order", "purchase_order_line",
			"stock_picking", "stock_picking_type", "stock_move", "stock_move_line", "stock_quant", "stock_lot", oldLots, "stock_location",
			"product_product", "product_template", "account_move", "account_move_line", "account_journal",
			"account_payment", "account_move__account_payment", "harness_outbox", "queue_job",
		})
}

// missingTable names the first table that is needed and not there.
func (s schema) missingTable(needs []string) string {
	for _, need := range needs {
		if table, _, _ := strings.Cut(need, "."); !s[table] {
			return table
		}
	}
	return ""
}

// missing names the first of the needed tables and columns that is not there.
func (s schema) missing(needs []string) string {
	for _, need := range needs {
		if s[need] {
			continue
		}
		table, column, isColumn := strings.Cut(need, ".")
		if isColumn && s[table] {
			return "column " + column + " in table " + table
		}
		return "table " + table
	}
	return ""
}

// first returns the expression of the first existing column, of pairs column, expression.
func (s schema) first(otherwise string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if s[pairs[i]] {
			return pairs[i+1]
		}
	}
	return otherwise
}

// doneQuantity is how much a move line moved, in the product's unit. Odoo 16 and
// before have qty_done in the line's own unit.
func (s schema) doneQuantity() string {
	return s.first("quantity", "stock_move_line.quantity_product_uom", "quantity_product_uom",
		"stock_move_line.quantity", "quantity", "stock_move_line.qty_done", "qty_done")
}

// reservedQuantity is how much an open move line holds, in the product's unit.
func (s schema) reservedQuantity() string {
	return s.first("quantity", "stock_move_line.quantity_product_uom", "quantity_product_uom",
		"stock_move_line.quantity", "quantity", "stock_move_line.reserved_qty", "reserved_qty",
		"stock_move_line.product_qty", "product_qty")
}

// moved is how much the done move m moved, in the move's unit.
func (s schema) moved() string {
	return "m." + s.first("product_uom_qty", "stock_move.quantity", "quantity")
}

// storable is the condition that stock is kept of product p of table product_product. By
// version it is a column of the product or of its template.
func (s schema) storable(product string) string {
	template := func(condition string) string {
		return `exists (select from product_product pp join product_template pt on pt.id = pp.product_tmpl_id
			where pp.id = ` + product + ` and ` + condition + `)`
	}
	return s.first("true",
		"product_template.is_storable", template("pt.is_storable"),
		"product_product.is_storable", `exists (select from product_product pp where pp.id = `+product+` and pp.is_storable)`,
		"product_template.type", template("pt.type = 'product'"))
}

// productName is a name for product p that a person recognises.
func (s schema) productName(product string) string {
	return s.first(`'product ' || `+product,
		"product_product.default_code",
		`coalesce((select pp.default_code from product_product pp where pp.id = `+product+`), 'product ' || `+product+`)`)
}

// ofSale is the condition that picking p belongs to sale order so.
func (s schema) ofSale() string {
	return s.first("p.origin = so.name", "stock_picking.sale_id", "p.sale_id = so.id")
}

// outgoing is the condition that picking p leaves the warehouse.
func (s schema) outgoing() string {
	return `p.picking_type_id in (select id from stock_picking_type where code = 'outgoing')`
}

// picked is the condition that somebody scanned move line n. Odoo 16 and before know it by
// the quantity that was scanned.
func (s schema) picked() string {
	return s.first("n.picked", "stock_move_line.picked", "n.picked", "stock_move_line.qty_done", "n.qty_done > 0")
}

// returns is the condition that picking back returns picking p. Odoo 16 and before know it of
// the moves alone.
func (s schema) returns() string {
	return s.first(`exists (select from stock_move b join stock_move m on m.id = b.origin_returned_move_id
  where b.picking_id = back.id and m.picking_id = p.id)`, "stock_picking.return_id", "back.return_id = p.id")
}

// oldLots is the table of lots and serial numbers in Odoo 15 and before.
const oldLots = "stock_production_lot"

// lots is the table of lots and serial numbers.
func (s schema) lots() string { return s.first("stock_lot", oldLots, oldLots) }
