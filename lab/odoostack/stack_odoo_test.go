//go:build odoo

package odoostack

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/results"
)

// TestSharedStack runs the business on two tenants of one stack and then stops Redis at
// the two moments at which a job could be lost.
func TestSharedStack(t *testing.T) {
	r := up(t, lab.Spec{Name: "test-shared", Kind: "odoo", Tenancy: "shared", Tenants: []string{"t1", "t2"},
		Workers: 2, CPU: 2, Standby: true})
	t.Logf("memory: %.0f MB", r.memory())
	t1, t2 := newShop(t, r.stack.Tenants[0]), newShop(t, r.stack.Tenants[1])

	t.Run("order, ship, invoice on both", func(t *testing.T) {
		for _, s := range []*shop{t1, t2} {
			one := s.reserve()
			s.ship(one)
			one = s.invoice(one)
			if got := s.field("account.move", one.Invoice, "state"); got != `"posted"` {
				t.Errorf("%s: the invoice is %s, want posted", s.access.Name, got)
			}
			if got := s.field("stock.picking", one.Picking, "state"); got != `"done"` {
				t.Errorf("%s: the picking is %s, want done", s.access.Name, got)
			}
			r.labelled(t, "shared", s, one)
		}
	})
	t.Run("tenants are apart", func(t *testing.T) {
		a, b := r.text(t, "t1", uuidSQL), r.text(t, "t2", uuidSQL)
		if a == b || a == "" {
			t.Errorf("database.uuid of the tenants: %q and %q, want two different ones", a, b)
		}
		status, _ := t2.send("/json/2/res.partner/search_count", "0123", map[string]any{"domain": []any{}})
		if status != http.StatusUnauthorized {
			t.Errorf("a wrong key got status %d, want 401", status)
		}
	})
	t.Run("sessions are in Redis", func(t *testing.T) {
		keys, err := r.redis(t, "shared").Keys(t.Context(), "session:*").Result()
		if err != nil || len(keys) < 2 {
			t.Errorf("got %d session keys, %v; want those of two logins", len(keys), err)
		}
	})
	t.Run("the ingress log is JSON", func(t *testing.T) { r.checkAccessLog(t, "shared/ingress") })
	t.Run("the standby follows", func(t *testing.T) { r.checkStandby(t, "shared") })
	t.Run("redis gone between commit and push", func(t *testing.T) {
		one := t1.reserve()
		r.stop("shared/redis", syscall.SIGKILL)
		status, raw := t1.send("/json/2/stock.picking/button_validate", t1.access.APIKeys[0].Reveal(),
			map[string]any{"ids": []int{one.Picking}})
		if status != http.StatusOK {
			t.Fatalf("shipping without Redis: status %d: %.300s", status, raw)
		}
		if got := r.text(t, "t1", outboxSQL, one.Picking); got != "pending" {
			t.Errorf("the job is %q while Redis is away, want pending", got)
		}
		r.start("shared/redis")
		r.wait("shared/redis")
		r.labelled(t, "shared", t1, one)
	})
	t.Run("redis emptied between push and delivery", func(t *testing.T) {
		sales := []sale{t1.reserve(), t1.reserve(), t1.reserve(), t1.reserve()}
		r.tell(t, "shared", "delay=3s") // both consumers are busy, two jobs stay in the stream
		t1.ship(sales...)
		eventually.True(t, 2*time.Minute, "all jobs are pushed", func() bool {
			return r.text(t, "t1", `select count(*)::text from harness_outbox where state = 'pending'`) == "0"
		})
		if err := r.redis(t, "shared").FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		r.tell(t, "shared", "")
		t1 := newShop(t, t1.access) // its session went with the rest
		for _, one := range sales {
			r.label(t, "shared", t1, one)
		}
		if got := r.text(t, "t1", `select max(pushes)::text from harness_outbox`); got == "1" {
			t.Error("no job was pushed twice: the flush came too late to test anything")
		}
	})
}

// TestDedicatedStacks shows that each tenant has a stack of its own, limited to
// its share.
func TestDedicatedStacks(t *testing.T) {
	r := up(t, lab.Spec{Name: "test-dedicated", Kind: "odoo", Tenancy: "dedicated", Tenants: []string{"t1", "t2"},
		Workers: 2, CPU: 2, Weaknesses: []string{WeaknessPostcommit}})
	t.Logf("memory: %.0f MB", r.memory())
	t1, t2 := newShop(t, r.stack.Tenants[0]), newShop(t, r.stack.Tenants[1])
	if t1.access.URL == t2.access.URL {
		t.Errorf("both tenants are at %s", t1.access.URL)
	}
	one := t1.reserve()
	t1.ship(one)
	t1.invoice(one)
	r.label(t, "t1", t1, one)
	if keys, err := r.redis(t, "t2").Keys(t.Context(), "session:*").Result(); err != nil || len(keys) != 1 {
		t.Errorf("t2's Redis has %d sessions, %v; want its own alone", len(keys), err)
	}
	if r.stack.CPUEnforced {
		raw, err := os.ReadFile(r.component("t1/postgres").Cgroup + "/cpu.cfs_quota_us")
		if err == nil && strings.TrimSpace(string(raw)) != "100000" {
			t.Errorf("t1's quota is %s, want 100000: one of two cores", raw)
		}
	}
	// The planted weakness: the shipment is done, the client gets an error.
	other := t2.reserve()
	r.stop("t2/redis", syscall.SIGKILL)
	status, _ := t2.send("/json/2/stock.picking/button_validate", t2.access.APIKeys[0].Reveal(),
		map[string]any{"ids": []int{other.Picking}})
	state := r.text(t, "t2", `select state from stock_picking where id = $1`, other.Picking)
	if status == http.StatusOK || state != "done" {
		t.Errorf("postcommit without Redis: status %d, picking %s; want an error and done", status, state)
	}
}

// TestFourTenants is the lab at the size of the demo; it prints what it costs.
func TestFourTenants(t *testing.T) {
	for _, tenancy := range []results.Tenancy{results.Shared, results.Dedicated} {
		t.Run(string(tenancy), func(t *testing.T) {
			r := up(t, lab.Spec{Name: "four-" + string(tenancy), Kind: "odoo", Tenancy: tenancy,
				Tenants: []string{"t1", "t2", "t3", "t4"}, Workers: 4, CPU: 2})
			for _, access := range r.stack.Tenants {
				s := newShop(t, access)
				one := s.reserve()
				s.ship(one)
				s.invoice(one)
			}
			t.Logf("memory: %.0f MB", r.memory())
		})
	}
}

const (
	uuidSQL   = `select value from ir_config_parameter where key = 'database.uuid'`
	outboxSQL = `select state from harness_outbox where picking_id = $1`
)

// label waits until the carrier made the shipment's label and Odoo has its number,
// and checks that it was made once.
func (r *rig) label(t *testing.T, stack string, s *shop, one sale) {
	t.Helper()
	eventually.True(t, 2*time.Minute, one.Name+" has a tracking number", func() bool {
		return strings.Contains(s.field("stock.picking", one.Picking, "carrier_tracking_ref"), "HL")
	})
	var labels []carrier.Label
	r.ask(t, http.MethodGet, r.component(stack+"/carrier").URL.Reveal()+"/labels", &labels)
	made := 0
	for _, l := range labels {
		if l.Database == s.access.Database && l.Reference == one.Name {
			made++
		}
	}
	if made != 1 {
		t.Errorf("the carrier made %d labels for %s of %s, want 1", made, one.Name, s.access.Name)
	}
}

// labelled is label, through the outbox, with nothing left behind.
func (r *rig) labelled(t *testing.T, stack string, s *shop, one sale) {
	t.Helper()
	r.label(t, stack, s, one)
	eventually.True(t, 2*time.Minute, "the outbox row is done", func() bool {
		return r.text(t, s.access.Database, outboxSQL, one.Picking) == "done"
	})
	eventually.True(t, 2*time.Minute, "the stream is empty", func() bool {
		n, err := r.redis(t, stack).XLen(t.Context(), connector.Stream).Result()
		return err == nil && n == 0
	})
}

func (r *rig) tell(t *testing.T, stack, query string) {
	t.Helper()
	r.ask(t, http.MethodPost, r.component(stack+"/carrier").URL.Reveal()+"/control?"+query, nil)
}

func (r *rig) ask(t *testing.T, method, url string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}

// text is the single text that a query on a tenant's database returns.
func (r *rig) text(t *testing.T, tenant, sql string, args ...any) string {
	t.Helper()
	for _, a := range r.stack.Tenants {
		if a.Name == tenant {
			return queryText(t, a.DSN.Reveal(), sql, args...)
		}
	}
	t.Fatalf("no tenant %s", tenant)
	return ""
}

func queryText(t *testing.T, dsn, sql string, args ...any) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	var out string
	if err := c.QueryRow(t.Context(), sql, args...).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func (r *rig) redis(t *testing.T, stack string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(r.component(stack + "/redis").URL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (r *rig) checkAccessLog(t *testing.T, component string) {
	raw, err := os.ReadFile(r.component(component).Log)
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		var row struct {
			Host     string
			Status   int
			Time     float64 `json:"request_time"`
			Upstream string  `json:"upstream_response_time"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("line %s: %v", line, err)
		}
		if row.Status == 0 || row.Upstream == "" {
			t.Errorf("line %s: no status or upstream time", line)
		}
		hosts[row.Host] = true
	}
	if !hosts["t1.localhost"] || !hosts["t2.localhost"] {
		t.Errorf("the log tells of hosts %v, want both tenants", hosts)
	}
}

func (r *rig) checkStandby(t *testing.T, stack string) {
	primary, standby := r.component(stack+"/postgres"), r.component(stack+"/standby")
	eventually.True(t, 2*time.Minute, "the standby streams", func() bool {
		return queryText(t, primary.DSN.Reveal(), `select count(*)::text from pg_stat_replication where state = 'streaming'`) == "1"
	})
	dsn := strings.Replace(standby.DSN.Reveal(), "/postgres?", "/t1?", 1)
	eventually.True(t, 2*time.Minute, "the order is on the standby", func() bool {
		return queryText(t, dsn, `select (count(*) > 0)::text from sale_order where state = 'sale'`) == "true"
	})
}
