package production

import (
	"fmt"
	"strings"

	"example.org/odooharness/workload"
)

// noCompany is the company of a table that names none.
const noCompany = "0"

// table is how the documents of one table are counted.
type table struct {
	name     string
	needs    []string // columns, of other tables as table.column
	from     string   // FROM clause; the alias of the table is x
	time     string   // column of the time that counts
	where    string
	kind     string            // expression whose value decides the journey; empty: all are of one
	journeys map[string]string // by kind; without an entry only imports count
	imports  bool              // records of one transaction are an import
	lines    bool              // counts lines of the documents of another table
	keyed    string            // table whose primary key batches; default: the table
	batch    string            // column of that key; default: x.id
	display  bool              // has display_type from some version on: rows with one are no lines
	effect   string            // of missing it
}

// row is a count of one batch. size is the number of records of an import or of lines, else 0.
type row struct {
	company, interval, size, documents int64
	kind                               string
}

// tables is what is counted, in versions 14 to 19.
func tables() []table {
	moved := map[string]string{"outgoing": workload.Shipping, "incoming": workload.Receiving}
	return []table{
		{name: "sale_order", needs: []string{"id", "create_date"}, time: "create_date", imports: true,
			journeys: map[string]string{"": workload.Orders}, effect: "no orders"},
		{name: "sale_order_line", needs: []string{"order_id", "sale_order.id"}, lines: true, keyed: "sale_order",
			batch: "x.order_id", display: true, journeys: map[string]string{"": workload.Orders}, effect: "no lines of orders"},
		{name: "stock_picking", needs: []string{"id", "date_done", "state", "picking_type_id", "stock_picking_type.id",
			"stock_picking_type.code"}, from: "stock_picking x join stock_picking_type t on t.id = x.picking_type_id",
			time:  "date_done",
			where: "x.state = 'done' and t.code in ('outgoing', 'incoming')", kind: "t.code", journeys: moved,
			effect: "no shipping and no receiving"},
		{name: "stock_move", needs: []string{"picking_id", "state", "stock_picking.id", "stock_picking.picking_type_id",
			"stock_picking_type.id", "stock_picking_type.code"}, lines: true, keyed: "stock_picking", batch: "x.picking_id",
			from:  "stock_move x join stock_picking p on p.id = x.picking_id join stock_picking_type t on t.id = p.picking_type_id",
			where: "x.state = 'done' and t.code in ('outgoing', 'incoming')", kind: "t.code", journeys: moved,
			effect: "no lines of pickings"},
		{name: "account_move", needs: []string{"id", "create_date", "move_type"}, time: "create_date",
			where: "x.move_type in ('out_invoice', 'out_refund')", journeys: map[string]string{"": workload.Invoicing},
			effect: "no invoicing"},
		{name: "account_payment", needs: []string{"id", "create_date"}, time: "create_date",
			journeys: map[string]string{"": workload.Payments}, effect: "no payments"},
		{name: "product_template", needs: []string{"id", "create_date"}, time: "create_date", imports: true,
			effect: "no imports of products"},
	}
}

// lacking names the first column that a table needs and that may not be read.
func (t table) lacking(columns map[string]map[string]bool) string {
	for _, need := range t.needs {
		name, column, other := strings.Cut(need, ".")
		if !other {
			name, column = t.name, need
		}
		switch {
		case columns[name] == nil:
			return "table " + name
		case !columns[name][column]:
			return "column " + name + "." + column
		}
	}
	return ""
}

// key is the table whose primary keys are the batches.
func (t table) key() string {
	if t.keyed != "" {
		return t.keyed
	}
	return t.name
}

// company is the expression of a document's company. Payments had it in their journal entry
// before Odoo 18.
func (t table) company(columns map[string]map[string]bool) string {
	switch {
	case columns[t.name]["company_id"]:
		return "coalesce(x.company_id, 0)"
	case columns[t.name]["move_id"] && columns["account_move"]["company_id"] && columns["account_move"]["id"]:
		return "coalesce((select m.company_id from account_move m where m.id = x.move_id), 0)"
	}
	return noCompany
}

// journey is the journey of a count, and its documents. A batch of an import is one document.
func (t table) journey(r row) (journey string, documents int) {
	if t.imports && r.size > 0 {
		return workload.Imports, int(r.documents)
	}
	return t.journeys[r.kind], int(r.documents)
}

// statement counts the keys in ($1, $2] with times in [$3, $4): company, interval, kind, size,
// documents.
func (t table) statement(columns map[string]map[string]bool) string {
	company := t.company(columns)
	from, kind, where := t.name+" x", "''", ""
	if t.from != "" {
		from = t.from
	}
	if t.kind != "" {
		kind = t.kind
	}
	if t.where != "" {
		where = " and " + t.where
	}
	if t.display && columns[t.name]["display_type"] {
		where += " and x.display_type is null"
	}
	if t.lines {
		return fmt.Sprintf(`select c::bigint, 0::bigint, k, n, count(*) from (
  select %s c, %s k, count(*) n from %s
  where %s > $1 and %[4]s <= $2 and $3::timestamp < $4::timestamp%[5]s group by 1, 2, %[4]s) documents group by 1, 3, 4`,
			company, kind, from, t.batch, where)
	}
	rows := fmt.Sprintf(`select %s c, x.%s at, %s k from %s
  where x.id > $1 and x.id <= $2 and x.%[2]s >= $3::timestamp and x.%[2]s < $4::timestamp%[5]s`, company, t.time, kind, from,
		where)
	interval := fmt.Sprintf("floor(extract(epoch from at) / %d)::bigint", int64(workload.Interval.Seconds()))
	if !t.imports {
		return fmt.Sprintf(`select c::bigint, %s, k, 0::bigint, count(*) from (%s) r group by 1, 2, 3`, interval, rows)
	}
	// An import whose keys lie in two batches counts once in each.
	which := "true"
	if len(t.journeys) == 0 {
		which = "size > 0"
	}
	return fmt.Sprintf(`select c::bigint, i, '', size, sum(documents)::bigint from (
  select c, %s i, case when count(*) < %d then 0 else count(*) end size,
    case when count(*) < %[2]d then count(*) else 1 end documents
  from (%s) r group by c, at) moments where %s group by 1, 2, 4`, interval, importRows, rows, which)
}
