//go:build odoo

package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// labTenant is the first tenant of a real Odoo lab that is up: HARNESS_LAB_STATUS
// names its status.json, as `harness lab up` prints it.
func labTenant(t *testing.T) (*odoo.Client, Tenant) {
	t.Helper()
	path := os.Getenv("HARNESS_LAB_STATUS")
	if path == "" {
		t.Skip("HARNESS_LAB_STATUS names no lab; harness lab up prints it")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Tenants []struct {
			Name, Password, DSN string
			odoo.Address
			Logins []string
		}
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		t.Fatal(err)
	}
	a := status.Tenants[0]
	tenant := odoo.Tenant{Address: a.Address, Login: a.Logins[0], Password: secret.Text(a.Password), Timeout: time.Minute}
	client, err := odoo.Dial(tenant, nil, odoo.NewSession(tenant))
	if err != nil {
		t.Fatal(err)
	}
	if answer := client.Login(t.Context()); !answer.OK() {
		t.Fatal(client.Describe(answer))
	}
	return client, Tenant{Name: a.Name, DSN: secret.Text(a.DSN)}
}

// business does every operation once on a real Odoo and journals it.
type business struct {
	t      *testing.T
	client *odoo.Client
	ref    string
	writes []results.Write
}

func (b *business) ok(a odoo.Answer) {
	b.t.Helper()
	if !a.OK() {
		b.t.Fatal(b.client.Describe(a))
	}
}

func (b *business) wrote(op results.Op, ref string) {
	b.writes = append(b.writes, results.Write{Tenant: "t1", Op: op, Ref: ref, Ack: results.Acknowledged})
}

func (b *business) order(products []int64, partner int64, n int) (order int64, ref string) {
	b.t.Helper()
	ref = fmt.Sprintf("%s-%d", b.ref, n)
	var lines []odoo.Line
	for _, p := range products {
		lines = append(lines, odoo.Line{Product: p, Quantity: 3})
	}
	order, a := b.client.CreateOrder(b.t.Context(), odoo.Order{Partner: partner, Ref: ref, Lines: lines})
	b.ok(a)
	b.wrote("order", ref)
	b.ok(b.client.Confirm(b.t.Context(), order))
	b.wrote("confirm", ref)
	return order, ref
}

func (b *business) run() {
	b.t.Helper()
	ctx := b.t.Context()
	products, a := b.client.CreateProducts(ctx, []odoo.Product{
		{Name: b.ref + " A", Code: b.ref + "-A", Price: 10}, {Name: b.ref + " B", Code: b.ref + "-B", Price: 7}})
	b.ok(a)
	location, a := b.client.StockLocation(ctx)
	b.ok(a)
	b.ok(b.client.SetStock(ctx, location, 100, products...))
	partners, a := b.client.CreatePartners(ctx, []odoo.Partner{{Name: b.ref}})
	b.ok(a)
	var orders []int64
	for n := range 4 {
		order, ref := b.order(products, partners[0], n)
		orders = append(orders, order)
		if n == 3 {
			continue // stays reserved
		}
		pickings, a := b.client.Pickings(ctx, order)
		b.ok(a)
		lines, a := b.client.MoveLines(ctx, pickings[0].ID)
		b.ok(a)
		quantity := 3.0
		if n == 1 {
			quantity = 2
		}
		b.ok(b.client.Scan(ctx, quantity, lines...))
		b.wrote("scan", ref)
		if n == 1 {
			b.ok(b.client.ShipPartial(ctx, pickings[0].ID))
		} else {
			b.ok(b.client.Ship(ctx, pickings[0].ID))
		}
		b.wrote("ship", ref)
	}
	invoices, a := b.client.Invoice(ctx, orders[0], orders[1])
	b.ok(a)
	for _, invoice := range invoices {
		b.ok(b.client.Post(ctx, invoice.ID))
	}
	b.ok(b.client.Pay(ctx, invoices[0].ID))
	for n := range 2 {
		b.wrote("invoice", fmt.Sprintf("%s-%d", b.ref, n))
		b.wrote("post", fmt.Sprintf("%s-%d", b.ref, n))
	}
	b.wrote("pay", invoices[0].Ref)
	purchase, a := b.client.CreatePurchase(ctx, odoo.Purchase{Partner: partners[0], Ref: b.ref + "-buy", Price: 3,
		Lines: []odoo.Line{{Product: products[0], Quantity: 5}}})
	b.ok(a)
	b.wrote("purchase", b.ref+"-buy")
	b.ok(b.client.Receive(ctx, purchase))
	b.wrote("receive", b.ref+"-buy")
	_, a = b.client.Import(ctx, "product.product", []string{"name", "default_code", "list_price"},
		[][]string{{"one", b.ref + "-sheet-1", "1"}, {"two", b.ref + "-sheet-2", "2"}})
	b.ok(a)
	b.wrote("import", b.ref+"-sheet")
}

func TestRealOdoo(t *testing.T) {
	client, tenant := labTenant(t)
	tenant.Name = "t1"
	b := &business{t: t, client: client, ref: fmt.Sprintf("audit-%d", time.Now().UnixNano())}
	b.run()
	// Acknowledged but not done: an order, and the shipment of one that is reserved.
	b.wrote("order", b.ref+"-never")
	b.wrote("ship", b.ref+"-3")
	audit := func() *results.Audit {
		t.Helper()
		found, err := Run(t.Context(), []Tenant{tenant}, func(yield func(results.Write, error) bool) {
			for _, w := range b.writes {
				if !yield(w, nil) {
					return
				}
			}
		}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	found := audit()
	for _, op := range found.Operations {
		wantLost := 0
		if op.Op == "order" || op.Op == "ship" {
			wantLost = 1
		}
		if op.Lost != wantLost || op.Duplicated != 0 || op.Unexpected != 0 {
			t.Errorf("%+v, want %d lost and nothing else", op, wantLost)
		}
	}
	if got, want := len(found.Operations), len(operations()); got != want {
		t.Errorf("%d operations, want all %d", got, want)
	}
	for _, l := range found.Invariants {
		if !l.Held || l.Err != "" {
			t.Errorf("%+v", l)
		}
	}

	// One more reserved by hand, as an administrator of the database could.
	conn, err := pgx.Connect(t.Context(), tenant.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	reserve := func(n int) {
		t.Helper()
		_, err := conn.Exec(t.Context(), `update stock_quant set reserved_quantity = reserved_quantity + $1 where id = (
			select q.id from stock_quant q join product_product p on p.id = q.product_id join stock_location l on l.id = q.location_id
			where p.default_code = $2 and l.usage = 'internal' order by q.id limit 1)`, n, b.ref+"-A")
		if err != nil {
			t.Fatal(err)
		}
	}
	reserve(1)
	l := lawNamed(t, audit().Invariants, "reserved-equals-lines")
	reserve(-1)
	if l.Held || !strings.Contains(strings.Join(l.Examples, " "), b.ref+"-A in WH/Stock: 5 reserved, 4 on open lines") {
		t.Errorf("a reservation by hand: %+v", l)
	}
}
