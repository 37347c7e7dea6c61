//go:build odoo

package odoostack

import (
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
	odooapi "example.org/odooharness/odoo"
)

// TestFourteen runs the business on a lab of Odoo 14 with most options that it has, and stops
// Redis between the commit of a shipment and its job.
func TestFourteen(t *testing.T) {
	cache, err := debian.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if !debian.Built(cache, 14) {
		t.Skip("the root of Odoo 14 is not built: harness lab build --odoo 14")
	}
	r := up(t, lab.Spec{Name: "test-fourteen", Kind: "odoo", Odoo: 14, Tenancy: "shared", Tenants: []string{"t1", "t2"},
		Workers: 3, CPU: 2, Instances: 2, ImportWorkers: 1, JobsRedis: true,
		Limits: map[string]lab.Limit{"t2": {Connections: 20, StatementTimeout: time.Minute}}})
	t.Logf("memory: %.0f MB; versions %v", r.memory(), r.stack.Versions)
	for i, access := range r.stack.Tenants {
		s := newOlderShop(t, access)
		picking := s.reserve()
		s.ok(s.client.Ship(t.Context(), picking))
		r.labelled14(t, access.Name, picking)
		if n, err := r.redis(t, "shared").Keys(t.Context(), "session:*").Result(); err != nil || len(n) <= i {
			t.Errorf("%d sessions in Redis, %v", len(n), err)
		}
	}
	if a, b := r.text(t, "t1", uuidSQL), r.text(t, "t2", uuidSQL); a == b || a == "" {
		t.Errorf("database.uuid of the tenants: %q and %q, want two different ones", a, b)
	}
	if got := r.text(t, "t1", `select string_agg(cron_name, ', ') from ir_cron where active and cron_name not like 'Base: Auto-vacuum%'`); got !=
		"Procurement: run scheduler" {
		t.Errorf("active scheduled jobs: %s", got)
	}
	r.checkAccessLog(t, "shared/ingress")

	s := newOlderShop(t, r.stack.Tenants[0])
	picking := s.reserve()
	r.stop("shared/redis-jobs", syscall.SIGKILL)
	s.ok(s.client.Ship(t.Context(), picking))
	if got := r.text(t, "t1", outboxSQL, picking); got != "pending" {
		t.Errorf("the job is %q while Redis is away, want pending", got)
	}
	r.start("shared/redis-jobs")
	r.wait("shared/redis-jobs")
	r.labelled14(t, "t1", picking)
}

// olderShop is a tenant of an older Odoo, as the harness's client sees it.
type olderShop struct {
	t      *testing.T
	client *odooapi.Client
}

func newOlderShop(t *testing.T, a lab.Access) *olderShop {
	t.Helper()
	client, err := odooapi.Dial(odooapi.Tenant{Address: a.Address, Login: a.Logins[0], Password: a.Password,
		Dialect: odooapi.Dialect{Major: 14}, Timeout: time.Minute}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &olderShop{t: t, client: client}
	if answer := client.Login(t.Context()); !answer.OK() {
		t.Fatal(client.Describe(answer))
	}
	return s
}

func (s *olderShop) ok(a odooapi.Answer) {
	s.t.Helper()
	if !a.OK() {
		s.t.Fatal(a.Err())
	}
}

// reserve makes stock and a confirmed order for it. It returns the picking.
func (s *olderShop) reserve() int64 {
	s.t.Helper()
	ctx := s.t.Context()
	products, a := s.client.CreateProducts(ctx, []odooapi.Product{{Name: "box", Code: "box", Price: 10}})
	s.ok(a)
	location, a := s.client.StockLocation(ctx)
	s.ok(a)
	s.ok(s.client.SetStock(ctx, location, 5, products...))
	partners, a := s.client.CreatePartners(ctx, []odooapi.Partner{{Name: "buyer"}})
	s.ok(a)
	order, a := s.client.CreateOrder(ctx, odooapi.Order{Partner: partners[0], Ref: "R",
		Lines: []odooapi.Line{{Product: products[0], Quantity: 2}}})
	s.ok(a)
	s.ok(s.client.Confirm(ctx, order))
	pickings, a := s.client.Pickings(ctx, order)
	s.ok(a)
	if len(pickings) != 1 {
		s.t.Fatalf("%d pickings", len(pickings))
	}
	if pickings[0].State != "assigned" {
		s.ok(s.client.Reserve(ctx, pickings[0].ID))
	}
	return pickings[0].ID
}

// labelled14 waits until the carrier's number is on the shipment and its job is done.
func (r *rig) labelled14(t *testing.T, tenant string, picking int64) {
	t.Helper()
	eventually.True(t, 2*time.Minute, "the shipment has a tracking number", func() bool {
		return r.text(t, tenant, `select coalesce(carrier_tracking_ref, '') from stock_picking where id = $1`, picking) != "" &&
			r.text(t, tenant, outboxSQL, picking) == "done"
	})
}
