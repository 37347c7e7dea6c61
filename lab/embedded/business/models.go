package business

import (
	"fmt"
	"strings"
)

// model is what the generic methods (create, read, search, write, grouped read)
// know of a model.
type model struct {
	name   string
	table  string
	order  string // default order
	fields map[string]field
	grow   bool // create and write are open for its plain columns
}

// field is an SQL expression over the table's alias m.
type field struct {
	sql      string
	kind     kind
	comodel  string // of a many2one
	writable bool
}

type kind int

const (
	plain kind = iota
	datetime
	date
	many2one
	many2many // an array of ids
)

// models is the catalogue. A field is written "column", "column:comodel" for a
// many2one, "column@" for a time, "column%" for a date; what is computed follows
// as pairs.
func models() map[string]model { //nolint:funlen // a table
	moves := computed{"move_ids", "select id from stock_move x where x.picking_id = m.id order by id"}
	lines := computed{"move_line_ids", "select id from stock_move_line x where x.picking_id = m.id order by id"}
	all := []model{
		table("ir.module.module", "name state"),
		table("res.company", "name"),
		table("res.users", "login name partner_id:res.partner"),
		open(table("res.partner", "name email ref customer_rank supplier_rank active create_date@")),
		open(table("stock.location", "name complete_name usage active location_id:stock.location")),
		table("stock.lot", "name product_id:product.product company_id:res.company create_date@"),
		table("stock.package", "name"),
		table("stock.warehouse", "name code lot_stock_id:stock.location"),
		table("stock.picking.type", "name code sequence active default_location_src_id:stock.location "+
			"default_location_dest_id:stock.location"),
		open(table("product.product", "name default_code barcode list_price standard_price type is_storable tracking "+
			"invoice_policy "+
			"sale_ok purchase_ok active create_date@")).with(onHand("qty_available", "quantity"),
			onHand("free_qty", "quantity - reserved_quantity"), forecast()),
		table("stock.quant", "product_id:product.product location_id:stock.location lot_id:stock.lot quantity "+
			"reserved_quantity inventory_quantity "+
			"company_id:res.company in_date@").with(value("available_quantity", "m.quantity - m.reserved_quantity")),
		open(table("sale.order", "name client_order_ref origin partner_id:res.partner state invoice_status delivery_status "+
			"amount_total company_id:res.company date_order@ create_date@")).with(
			computed{"order_line", "select id from sale_order_line x where x.order_id = m.id order by id"},
			computed{"picking_ids", "select id from stock_picking x where x.sale_id = m.id order by id"},
			computed{"invoice_ids", "select id from account_move x where x.invoice_origin = m.name order by id"}),
		table("sale.order.line", "order_id:sale.order product_id:product.product name product_uom_qty qty_delivered "+
			"qty_invoiced price_unit"),
		open(table("purchase.order", "name partner_ref origin partner_id:res.partner state amount_total company_id:res.company "+
			"date_order@ create_date@")).with(
			computed{"order_line", "select id from purchase_order_line x where x.order_id = m.id order by id"},
			computed{"picking_ids", "select id from stock_picking x where x.purchase_id = m.id order by id"}),
		table("purchase.order.line", "order_id:purchase.order product_id:product.product name product_qty qty_received price_unit"),
		open(table("stock.picking", "name origin sale_id:sale.order purchase_id:purchase.order partner_id:res.partner state "+
			"picking_type_id:stock.picking.type picking_type_code location_id:stock.location location_dest_id:stock.location "+
			"backorder_id:stock.picking return_id:stock.picking batch_id:stock.picking.batch carrier_tracking_ref "+
			"company_id:res.company scheduled_date@ "+
			"date_done@ create_date@")).with(
			moves, lines),
		table("stock.picking.batch", "name state company_id:res.company").with(
			computed{"picking_ids", "select id from stock_picking x where x.batch_id = m.id order by id"}),
		table("base_import.import", "res_model file_name file_type"),
		table("stock.move", "picking_id:stock.picking product_id:product.product product_uom_qty quantity picked "+
			"state origin name "+
			"sale_line_id:sale.order.line location_id:stock.location location_dest_id:stock.location is_inventory "+
			"company_id:res.company date@ create_date@"),
		table("stock.move.line", "move_id:stock.move picking_id:stock.picking product_id:product.product quantity picked state "+
			"lot_id:stock.lot lot_name result_package_id:stock.package "+
			"location_id:stock.location location_dest_id:stock.location date@ create_date@"),
		table("account.account", "code name account_type"),
		table("account.journal", "name code type"),
		table("account.move", "name ref invoice_origin state move_type partner_id:res.partner journal_id:account.journal "+
			"amount_total payment_state company_id:res.company date% invoice_date% create_date@").with(
			computed{"line_ids", "select id from account_move_line x where x.move_id = m.id order by id"}),
		table("account.move.line", "move_id:account.move move_name account_id:account.account partner_id:res.partner "+
			"product_id:product.product name quantity price_unit price_total debit credit balance parent_state display_type "+
			"company_id:res.company journal_id:account.journal date% create_date@"),
		table("account.payment", "name move_id:account.move partner_id:res.partner amount state payment_type date% create_date@"),
		table("sale.report", "name order_id:sale.order partner_id:res.partner product_id:product.product state date@ "+
			"company_id:res.company product_uom_qty qty_delivered qty_invoiced price_total price_subtotal"),
		table("account.invoice.report", "move_id:account.move partner_id:res.partner product_id:product.product state move_type "+
			"invoice_date% payment_state company_id:res.company quantity price_total price_subtotal"),
		table("sale.advance.payment.inv", "advance_payment_method consolidated_billing"),
		table("stock.backorder.confirmation", ""),
		table("stock.return.picking", "picking_id:stock.picking"),
		table("ir.attachment", "name res_model res_id datas"),
		table("account.payment.register", ""),
	}
	catalogue := map[string]model{}
	for _, m := range all {
		catalogue[m.name] = m
	}
	return catalogue
}

// table is a model whose table bears its name.
func table(name, columns string) model {
	m := model{name: name, table: strings.ReplaceAll(name, ".", "_"), order: "m.id",
		fields: map[string]field{"id": {sql: "m.id"}}}
	for _, column := range strings.Fields(columns) {
		column, comodel, related := strings.Cut(column, ":")
		f := field{comodel: comodel, writable: true}
		switch {
		case related:
			f.kind = many2one
		case strings.HasSuffix(column, "@"):
			f.kind = datetime
		case strings.HasSuffix(column, "%"):
			f.kind = date
		}
		column = strings.TrimRight(column, "@%")
		f.sql = "m." + column
		m.fields[column] = f
	}
	if _, named := m.fields["name"]; named {
		m.fields["display_name"] = field{sql: "m.name"}
	} else {
		m.fields["display_name"] = field{sql: fmt.Sprintf("'%s,' || m.id", name)}
	}
	return m
}

// open lets create and write in.
func open(m model) model {
	m.grow = true
	return m
}

// computed is a list of ids by query.
type computed struct{ name, query string }

// apply adds the field.
func (q computed) apply(m *model) {
	m.fields[q.name] = field{sql: fmt.Sprintf("array(%s)", q.query), kind: many2many}
}

// expression is a value by SQL.
type expression struct{ name, sql string }

func (e expression) apply(m *model) { m.fields[e.name] = field{sql: e.sql} }

func value(name, sql string) expression { return expression{name, sql} }

// onHand sums up what is in the warehouse.
func onHand(name, what string) expression {
	return value(name, "(select coalesce(sum("+what+"), 0) from stock_quant q where q.product_id = m.id and q.location_id = 8)")
}

// forecast is on hand, plus what comes, minus what is to leave.
func forecast() expression {
	return value("virtual_available", `((select coalesce(sum(quantity), 0) from stock_quant q where q.product_id = m.id
		and q.location_id = 8)
		+ (select coalesce(sum(case when v.location_dest_id = 8 then v.product_uom_qty else -v.product_uom_qty end), 0)
		     from stock_move v where v.product_id = m.id and v.state not in ('done', 'cancel', 'draft') and not v.is_inventory))`)
}

func (m model) with(more ...interface{ apply(*model) }) model {
	for _, f := range more {
		f.apply(&m)
	}
	return m
}

// field finds a field; its error is Odoo's.
func (m model) field(name string) (field, error) {
	f, ok := m.fields[name]
	if !ok {
		return f, &Error{"builtins.ValueError", fmt.Sprintf("Invalid field '%s' on model '%s'", name, m.name), 500, 200}
	}
	return f, nil
}

// json is the field as Odoo writes it in an answer: an empty one is false.
func (f field) json(catalogue map[string]model) string {
	switch f.kind {
	case datetime:
		return fmt.Sprintf("coalesce(to_json(to_char(%s, 'YYYY-MM-DD HH24:MI:SS')), 'false')", f.sql)
	case date:
		return fmt.Sprintf("coalesce(to_json(to_char(%s, 'YYYY-MM-DD')), 'false')", f.sql)
	case many2one:
		name := strings.ReplaceAll(catalogue[f.comodel].fields["display_name"].sql, "m.", "r.")
		return fmt.Sprintf("case when %[1]s is null then 'false'::json else "+
			"json_build_array(%[1]s, (select %[2]s from %[3]s r where r.id = %[1]s)) end",
			f.sql, name, catalogue[f.comodel].table)
	case many2many:
		return fmt.Sprintf("to_json(%s)", f.sql)
	case plain:
	}
	return fmt.Sprintf("coalesce(to_json(%s), 'false')", f.sql)
}
