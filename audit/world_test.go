package audit

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/pgtest"
	"example.org/odooharness/results"
)

var cluster *pgtest.Cluster

// flavours are the schemas that the same histories are written into.
var flavours = map[string]string{"odoo19": "testdata/odoo19.sql", "embedded": "../lab/embedded/business/schema.sql"}

func TestMain(m *testing.M) {
	code := func() int {
		var err error
		if cluster, err = pgtest.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := cluster.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
		for flavour, path := range flavours {
			schema, err := os.ReadFile(path)
			if err == nil {
				_, err = cluster.Database(context.Background(), flavour, "")
			}
			if err == nil {
				err = cluster.Exec(context.Background(), flavour, string(schema))
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, path, err)
				return 1
			}
		}
		return m.Run()
	}()
	os.Exit(code)
}

// world is a database in which business is done by hand.
type world struct {
	t       testing.TB
	conn    *pgx.Conn
	tenant  Tenant
	odoo    bool // the shape of a real Odoo 19
	product int
}

// newWorld is the flavour's database, emptied, with one product and a hundred of
// it in stock.
func newWorld(t testing.TB, flavour string) *world {
	t.Helper()
	w := connect(t, flavour, cluster.DSN(flavour))
	w.empty()
	w.stock()
	return w
}

// empty removes all documents.
func (w *world) empty() {
	w.t.Helper()
	w.exec(`do $$ begin execute (select 'truncate ' || string_agg(quote_ident(relname), ', ') || ' restart identity'
		from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not in
		('stock_location', 'stock_picking_type', 'stock_warehouse', 'account_journal', 'account_account', 'res_company', 'ir_module_module'));
		end $$`)
}

// newDatabase is a database of the flavour for a test that changes its tables.
func newDatabase(t testing.TB, flavour string) *world {
	t.Helper()
	dsn, err := cluster.Database(context.Background(), "own", flavour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Exec(context.Background(), "postgres", "drop database own"); err != nil {
			t.Error(err)
		}
	})
	w := connect(t, flavour, dsn)
	w.stock()
	return w
}

func connect(t testing.TB, flavour, dsn string) *world {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &world{t: t, conn: conn, odoo: flavour == "odoo19", tenant: Tenant{Name: "t1", DSN: secret.Text(dsn)}}
}

// stock puts a hundred of a new product in stock, by a count.
func (w *world) stock() {
	w.t.Helper()
	if w.odoo {
		template := w.id(`insert into product_template (is_storable) values (true) returning id`)
		w.product = w.id(`insert into product_product (product_tmpl_id, default_code) values ($1, 'WIDGET') returning id`, template)
	} else {
		w.product = w.id(`insert into product_product (name, default_code, is_storable) values ('Widget', 'WIDGET', true) returning id`)
	}
	w.exec(`insert into stock_quant (product_id, location_id, quantity) values ($1, 8, 100), ($1, 14, -100)`, w.product)
	move := w.id(`insert into stock_move (product_id, product_uom_qty, quantity, state, location_id, location_dest_id)
		values ($1, 100, 100, 'done', 14, 8) returning id`, w.product)
	w.exec(`insert into stock_move_line (move_id, product_id, quantity, state, location_id, location_dest_id)
		values ($1, $2, 100, 'done', 14, 8)`, move, w.product)
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.conn.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) id(sql string, args ...any) int {
	w.t.Helper()
	var id int
	if err := w.conn.QueryRow(context.Background(), sql, args...).Scan(&id); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return id
}

// order is a sales order with what follows from it.
type order struct {
	id, line, picking, move, moveLine, invoice int
	name                                       string
	quantity                                   float64
}

func (w *world) order(ref string, quantity float64) *order {
	w.t.Helper()
	o := &order{quantity: quantity}
	o.id = w.id(`insert into sale_order (client_order_ref) values ($1) returning id`, ref)
	o.name = fmt.Sprintf("S%05d", o.id)
	w.exec(`update sale_order set name = $1 where id = $2`, o.name, o.id)
	o.line = w.id(`insert into sale_order_line (order_id, product_id, product_uom_qty) values ($1, $2, $3) returning id`,
		o.id, w.product, quantity)
	return o
}

func (w *world) confirm(o *order) {
	w.t.Helper()
	w.exec(`update sale_order set state = 'sale' where id = $1`, o.id)
	o.picking = w.id(`insert into stock_picking (origin, sale_id, state, picking_type_id) values ($1, $2, 'assigned', 2) returning id`,
		o.name, o.id)
	w.exec(`update stock_picking set name = 'WH/OUT/' || lpad(id::text, 5, '0') where id = $1`, o.picking)
	o.move = w.id(`insert into stock_move (picking_id, product_id, product_uom_qty, quantity, state, sale_line_id, location_id,
		location_dest_id) values ($1, $2, $3, $3, 'assigned', $4, 8, 5) returning id`, o.picking, w.product, o.quantity, o.line)
	o.moveLine = w.id(`insert into stock_move_line (move_id, picking_id, product_id, quantity, state, location_id, location_dest_id)
		values ($1, $2, $3, $4, 'assigned', 8, 5) returning id`, o.move, o.picking, w.product, o.quantity)
	w.exec(`update stock_quant set reserved_quantity = reserved_quantity + $1 where product_id = $2 and location_id = 8`,
		o.quantity, w.product)
}

func (w *world) ship(o *order) {
	w.t.Helper()
	w.exec(`update stock_move_line set state = 'done' where id = $1`, o.moveLine)
	w.exec(`update stock_move set state = 'done' where id = $1`, o.move)
	w.exec(`update stock_picking set state = 'done', carrier_tracking_ref = 'HL' || id where id = $1`, o.picking)
	w.exec(`update stock_quant set reserved_quantity = reserved_quantity - $1, quantity = quantity - $1
		where product_id = $2 and location_id = 8`, o.quantity, w.product)
	w.exec(`insert into harness_outbox (picking_id, reference, state) select id, name, 'done' from stock_picking where id = $1`, o.picking)
}

func (w *world) invoiced(o *order) {
	w.t.Helper()
	o.invoice = w.id(`insert into account_move (invoice_origin, move_type, journal_id, state) values ($1, 'out_invoice', 1, 'draft')
		returning id`, o.name)
	if w.odoo {
		line := w.id(`insert into account_move_line (move_id, product_id, quantity, credit) values ($1, $2, $3::float8, $3::float8 * 10) returning id`,
			o.invoice, w.product, o.quantity)
		w.exec(`insert into sale_order_line_invoice_rel values ($1, $2)`, o.line, line)
	} else {
		w.exec(`insert into account_move_line (move_id, product_id, quantity, credit, sale_line_id) values ($1, $2, $3::float8, $3::float8 * 10, $4)`,
			o.invoice, w.product, o.quantity, o.line)
	}
	w.exec(`insert into account_move_line (move_id, quantity, debit) values ($1, 0, $2::float8 * 10)`, o.invoice, o.quantity)
}

func (w *world) posted(o *order) {
	w.t.Helper()
	next := w.id(`select count(*)::int + 1 from account_move where state = 'posted'`)
	w.exec(`update account_move set state = 'posted', name = $1 where id = $2`, fmt.Sprintf("INV/2026/%05d", next), o.invoice)
	if w.odoo {
		w.exec(`update account_move set sequence_prefix = 'INV/2026/', sequence_number = $1 where id = $2`, next, o.invoice)
	}
}

func (w *world) paid(o *order) {
	w.t.Helper()
	w.exec(`update account_move set payment_state = 'paid' where id = $1`, o.invoice)
	if w.odoo {
		payment := w.id(`insert into account_payment (amount) values (1) returning id`)
		w.exec(`insert into account_move__account_payment values ($1, $2)`, o.invoice, payment)
	} else {
		w.exec(`insert into account_payment (invoice_id, amount) values ($1, 1)`, o.invoice)
	}
}

// flow takes an order through its whole life.
func (w *world) flow(ref string, quantity float64) *order {
	w.t.Helper()
	o := w.order(ref, quantity)
	w.confirm(o)
	w.ship(o)
	w.invoiced(o)
	w.posted(o)
	w.paid(o)
	return o
}

// purchase is a purchase order whose goods came in, times over.
func (w *world) purchase(ref string, times int) {
	w.t.Helper()
	po := w.id(`insert into purchase_order (partner_ref, state) values ($1, 'purchase') returning id`, ref)
	name := fmt.Sprintf("P%05d", po)
	w.exec(`update purchase_order set name = $1 where id = $2`, name, po)
	line := w.id(`insert into purchase_order_line (order_id, product_id, product_qty) values ($1, $2, 5) returning id`, po, w.product)
	for range times {
		picking := w.id(`insert into stock_picking (origin, state, picking_type_id) values ($1, 'done', 1) returning id`, name)
		w.exec(`update stock_picking set name = 'WH/IN/' || id where id = $1`, picking)
		if !w.odoo {
			w.exec(`update stock_picking set purchase_id = $1 where id = $2`, po, picking)
		}
		move := w.id(`insert into stock_move (picking_id, product_id, product_uom_qty, quantity, state, purchase_line_id, location_id,
			location_dest_id) values ($1, $2, 5, 5, 'done', $3, 4, 8) returning id`, picking, w.product, line)
		w.exec(`insert into stock_move_line (move_id, picking_id, product_id, quantity, state, location_id, location_dest_id)
			values ($1, $2, $3, 5, 'done', 4, 8)`, move, picking, w.product)
		w.exec(`update stock_quant set quantity = quantity + 5 where product_id = $1 and location_id = 8`, w.product)
	}
}

// serial brings one piece with a serial number in and returns its lot.
func (w *world) serial(name string) int {
	w.t.Helper()
	var product int
	if w.odoo {
		template := w.id(`insert into product_template (is_storable, tracking) values (true, 'serial') returning id`)
		product = w.id(`insert into product_product (product_tmpl_id, default_code) values ($1, 'UNIT') returning id`, template)
	} else {
		product = w.id(`insert into product_product (name, default_code, is_storable, tracking) values ('Unit', 'UNIT', true, 'serial')
			returning id`)
	}
	lot := w.id(`insert into stock_lot (name, product_id) values ($1, $2) returning id`, name, product)
	w.exec(`insert into stock_quant (product_id, location_id, lot_id, quantity) values ($1, 8, $2, 1), ($1, 4, $2, -1)`, product, lot)
	move := w.id(`insert into stock_move (product_id, product_uom_qty, quantity, state, location_id, location_dest_id)
		values ($1, 1, 1, 'done', 4, 8) returning id`, product)
	w.exec(`insert into stock_move_line (move_id, product_id, lot_id, quantity, state, location_id, location_dest_id)
		values ($1, $2, $3, 1, 'done', 4, 8)`, move, product, lot)
	return lot
}

// history is a journal written by hand: "order r1 ok" and the like, a second apart.
func history(lines ...string) func(func(results.Write, error) bool) {
	acks := map[string]results.Ack{"ok": results.Acknowledged, "info": results.Indeterminate, "fail": results.Rejected,
		"sent": results.Attempted}
	return func(yield func(results.Write, error) bool) {
		for i, line := range lines {
			f := strings.Fields(line)
			at := results.Offset(i) * 1e9
			if !yield(results.Write{Tenant: "t1", Op: results.Op(f[0]), Ref: f[1], Ack: acks[f[2]], Attempted: at, Answered: at + 5e8}, nil) {
				return
			}
		}
	}
}

// auditor is one that does not wait long for Odoo's upkeep, which there is none of.
func (w *world) auditor(before *Laws) *auditor {
	return &auditor{before: before, settleEvery: time.Millisecond, settleLimit: 20 * time.Millisecond}
}

func (w *world) audit(lines ...string) *results.Audit {
	w.t.Helper()
	found, err := w.auditor(nil).run(context.Background(), []Tenant{w.tenant}, history(lines...), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func operationNamed(t testing.TB, a *results.Audit, op results.Op) results.AuditOp {
	t.Helper()
	for _, o := range a.Operations {
		if o.Op == op {
			return o
		}
	}
	t.Fatalf("no operation %s in %+v", op, a.Operations)
	return results.AuditOp{}
}

func lawNamed(t testing.TB, all []results.Invariant, name string) results.Invariant {
	t.Helper()
	for _, l := range all {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no invariant %s in %+v", name, all)
	return results.Invariant{}
}

func eachFlavour(t *testing.T, test func(t *testing.T, w *world)) {
	for flavour := range flavours {
		t.Run(flavour, func(t *testing.T) { test(t, newWorld(t, flavour)) })
	}
}
