//go:build odoo

package odoostack

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/connector"
)

// TestOptionsThatSeparate brings a lab up with every option that separates tenants or kinds of
// work, and looks at each where it acts.
func TestOptionsThatSeparate(t *testing.T) {
	r := up(t, lab.Spec{Name: "test-options", Kind: "odoo", Tenancy: "shared", Tenants: []string{"t1", "t2"}, Workers: 3,
		ImportWorkers: 1, JobsRedis: true, CronWorkers: 1, Pooler: true,
		Limits: map[string]lab.Limit{"t2": {RequestsAtOnce: 1, StatementTimeout: 200 * time.Millisecond}}})
	t1, t2 := newShop(t, r.stack.Tenants[0]), newShop(t, r.stack.Tenants[1])
	whole := func(component string) string {
		raw, err := os.ReadFile(r.process(component).Log)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}

	t.Run("imports have an Odoo of their own", func(t *testing.T) {
		t1.call("product.product", "load", nil, nil, []string{"name"}, []any{[]any{"imported"}})
		one := t1.reserve()
		t1.ship(one)
		r.labelled(t, "shared", t1, one)
		for component, want := range map[string]map[string]bool{
			"shared/odoo":         {"product.product/load": false, "button_validate": true, "stock.picking/write": false},
			"shared/odoo-imports": {"product.product/load": true, "button_validate": false, "stock.picking/write": true},
		} {
			eventually.True(t, time.Minute, component+" logs what it served", func() bool {
				for call, served := range want {
					if strings.Contains(whole(component), call) != served {
						return false
					}
				}
				return true
			})
		}
	})
	t.Run("jobs have a Redis of their own", func(t *testing.T) {
		options, err := goredis.ParseURL(r.component("shared/redis-jobs").URL.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		jobs := goredis.NewClient(options)
		defer jobs.Close()
		groups, err := jobs.XInfoGroups(t.Context(), connector.Stream).Result()
		if err != nil || len(groups) != 1 || groups[0].EntriesRead == 0 {
			t.Errorf("groups of the stream: %+v, %v", groups, err)
		}
		sessions := r.redis(t, "shared")
		if n, err := sessions.Exists(t.Context(), connector.Stream).Result(); err != nil || n != 0 {
			t.Errorf("the Redis of the sessions has the stream, too: %d, %v", n, err)
		}
		if keys, err := jobs.Keys(t.Context(), "session:*").Result(); err != nil || len(keys) != 0 {
			t.Errorf("the Redis of the jobs has sessions: %v, %v", keys, err)
		}
	})
	t.Run("scheduled jobs have an Odoo of their own", func(t *testing.T) {
		if !strings.Contains(whole("shared/odoo-cron"), "WorkerCron") || strings.Contains(whole("shared/odoo"), "WorkerCron") {
			t.Error("the cron worker is not in shared/odoo-cron alone")
		}
	})
	t.Run("a request at once for t2 alone", func(t *testing.T) {
		refused := map[string]int{}
		for _, s := range []*shop{t1, t2} {
			statuses := make(chan int, 8)
			var all sync.WaitGroup
			for range cap(statuses) {
				all.Go(func() {
					status, _ := s.send("/json/2/res.partner/search_read", s.access.APIKeys[0].Reveal(), map[string]any{"domain": []any{}})
					statuses <- status
				})
			}
			all.Wait()
			close(statuses)
			for status := range statuses {
				if status == http.StatusTooManyRequests {
					refused[s.access.Name]++
				}
			}
		}
		if refused["t1"] != 0 || refused["t2"] == 0 {
			t.Errorf("refused of eight at once: %v", refused)
		}
	})
	t.Run("statements of t2 have a limit", func(t *testing.T) {
		of := func(tenant string) error {
			dsn := strings.Replace(r.stack.Tenants[0].DSN.Reveal(), "/t1", "/"+tenant, 1) // as Odoo's role
			c, err := pgx.Connect(t.Context(), dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			_, err = c.Exec(t.Context(), "select pg_sleep(0.5)")
			return err
		}
		if err := of("t1"); err != nil {
			t.Errorf("t1: %v", err)
		}
		if err := of("t2"); err == nil || !strings.Contains(err.Error(), "statement timeout") {
			t.Errorf("t2: %v", err)
		}
	})
	t.Run("PgBouncer is between, and comes back", func(t *testing.T) {
		admin, err := url.Parse(r.stack.Tenants[0].DSN.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		admin.Host, admin.Path = r.component("shared/pooler").Upstream, "/pgbouncer"
		c, err := pgx.Connect(t.Context(), admin.String()+"&default_query_exec_mode=simple_protocol")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		rows, err := c.Query(t.Context(), "show stats_totals")
		if err != nil {
			t.Fatal(err)
		}
		totals, err := pgx.CollectRows(rows, pgx.RowToMap)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, row := range totals {
			seen[row["database"].(string)] = true
		}
		if !seen["t1"] || !seen["t2"] {
			t.Errorf("databases behind PgBouncer: %v", seen)
		}
		r.stop("shared/pooler", syscall.SIGKILL)
		if status, raw := t1.send("/json/2/res.partner/search_count", t1.access.APIKeys[0].Reveal(),
			map[string]any{"domain": []any{}}); status == http.StatusOK {
			t.Errorf("without PgBouncer: status %d: %.200s", status, raw)
		}
		r.start("shared/pooler")
		r.wait("shared/pooler")
		eventually.True(t, time.Minute, "t1 is served again", func() bool {
			status, _ := t1.send("/json/2/res.partner/search_count", t1.access.APIKeys[0].Reveal(), map[string]any{"domain": []any{}})
			return status == http.StatusOK
		})
	})
}
