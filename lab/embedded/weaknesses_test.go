package embedded

import (
	"fmt"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/embedded/weakness"
)

// Each weakness has its effect, and is off unless planted: every case runs without and
// with it and reads the difference.
func TestWeaknesses(t *testing.T) {
	cases := map[string]struct {
		change func(*server.Config)
		look   func(*testing.T, *target) string
		sound  string // without the weakness
		weak   string // with it
	}{
		weakness.LostAckWrite: {func(c *server.Config) { c.OneIn = 2 }, func(_ *testing.T, r *target) string {
			order := r.order(r.product(5), 1) // first write
			a := r.json2("sale.order", "action_confirm", object{"ids": []int64{order}})
			return fmt.Sprint(a.status, " ", a.body, " ", sql[string](r, "select state from sale_order where id = $1", order))
		}, "200 true sale", "200 true draft"},
		weakness.DoubleInvoice: {nil, func(_ *testing.T, r *target) string {
			order, _ := r.confirmed(r.product(5), 1)
			r.invoice(order)
			again := r.invoice(order)
			return fmt.Sprint(again.status, " ", sql[int](r, "select count(*) from account_move where invoice_origin = 'S00001'"))
		}, "422 1", "200 2"},
		weakness.OverReservation: {nil, func(_ *testing.T, r *target) string {
			product := r.product(5)
			r.confirmed(product, 4)
			r.confirmed(product, 4)
			return sql[string](r, `select quantity || ' ' || reserved_quantity from stock_quant
				where product_id = $1 and location_id = 8`, product)
		}, "5 5", "5 8"},
		weakness.SessionLost: {nil, func(_ *testing.T, r *target) string {
			r.login()
			r.stopRedis()
			r.runRedis(r.redisDir, r.volatile)
			return fmt.Sprint(r.rpc("res.users", "context_get", nil).code)
		}, "0", "100"},
		weakness.NoRetry: {nil, func(_ *testing.T, r *target) string {
			product := r.product(5)
			order := r.order(product, 1)
			a := r.conflict(product, func() answer { return r.json2("sale.order", "action_confirm", object{"ids": []int64{order}}) })
			return fmt.Sprint(a.status, " ", a.err.Name)
		}, "200 ", "500 psycopg2.errors.SerializationFailure"},
		weakness.NeighbourStarvation: {nil, starvation, "answered", "starved"},
		weakness.PhantomJob: {nil, func(_ *testing.T, r *target) string {
			_, picking := r.confirmed(r.product(0), 1)
			a := r.json2("stock.picking", "button_validate", object{"ids": []int64{picking}})
			return fmt.Sprint(a.status, " ", r.jobs())
		}, "422 stream 0 outbox 0", "422 stream 1 outbox 0"},
		weakness.LostJob: {nil, func(_ *testing.T, r *target) string {
			_, picking := r.confirmed(r.product(5), 1)
			r.stopRedis()
			a := r.json2("stock.picking", "button_validate", object{"ids": []int64{picking}})
			r.runRedis(r.redisDir, r.volatile)
			return fmt.Sprint(a.status, " ", r.jobs())
		}, "200 stream 0 outbox 1", "200 stream 0 outbox 0"},
		weakness.LeakyConnections: {func(c *server.Config) { c.Workers = 1 }, func(_ *testing.T, r *target) string {
			product := r.product(5)
			order := r.order(product, 1)
			r.terminated(product, func() answer { return r.json2("sale.order", "action_confirm", object{"ids": []int64{order}}) })
			a := r.json2("sale.order", "action_confirm", object{"ids": []int64{order}})
			return fmt.Sprint(a.status, " ", a.err.Name)
		}, "200 ", "500 psycopg2.pool.PoolError"},
		weakness.InvoiceGap: {nil, func(_ *testing.T, r *target) string {
			product := r.product(50)
			var orders []int64
			for range 11 {
				orders = append(orders, r.order(product, 1))
			}
			must[bool](r, "sale.order", "action_confirm", object{"ids": orders})
			r.invoice(orders...)
			invoices := sql[[]int64](r, "select array_agg(id) from account_move")
			must[bool](r, "account.move", "action_post", object{"ids": invoices})
			return sql[string](r, "select string_agg(ltrim(split_part(name, '/', 3), '0'), ' ' order by name) from account_move")
		}, "1 2 3 4 5 6 7 8 9 10 11", "1 2 3 4 5 6 7 8 9 11 12"},
	}
	for _, w := range weakness.All() {
		c, ok := cases[w.Name]
		if !ok {
			t.Errorf("%s is not tested", w.Name)
			continue
		}
		t.Run(w.Name+"/off", func(t *testing.T) {
			t.Parallel()
			if got := c.look(t, newTarget(t, c.change)); got != c.sound {
				t.Errorf("got %q, want %q", got, c.sound)
			}
		})
		t.Run(w.Name+"/on", func(t *testing.T) {
			t.Parallel()
			if got := c.look(t, newTarget(t, c.change, w.Name)); got != c.weak {
				t.Errorf("got %q, want %q", got, c.weak)
			}
		})
	}
}

// jobs counts the jobs for the connector, by place.
func (r *target) jobs() string {
	r.t.Helper()
	length, err := r.redis.XLen(r.t.Context(), connector.Stream).Result()
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprintf("stream %d outbox %d", length, sql[int](r, "select count(*) from harness_outbox"))
}

// starvation sends a light call while a report and one other call hang on a
// locked table: of four workers two are left, unless the report holds them too.
func starvation(t *testing.T, r *target) string {
	tx, err := r.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table sale_order_line in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	done := make(chan answer)
	go func() {
		done <- r.json2("sale.report", "formatted_read_group",
			object{"groupby": []string{"product_id"}, "aggregates": []string{"__count"}})
	}()
	r.waitsForLock(1)
	go func() { done <- r.json2("sale.order.line", "search_read", object{}) }()
	r.waitsForLock(2)
	light := make(chan answer, 1)
	go func() { light <- r.json2("res.users", "context_get", object{}) }()
	// A hundred looks in a row that find it in the queue: no worker is left for it.
	got, waiting := "", 0
	eventually.True(t, time.Minute, "the light call is answered, or stays in the queue", func() bool {
		select {
		case a := <-light:
			got = "answered"
			light <- a
			return true
		default:
		}
		if n, err := queued(r.address); err != nil || n == 0 {
			waiting = 0
			return false
		}
		waiting++
		got = "starved"
		return waiting == 100
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{<-done, <-done, <-light} {
		if a.status != 200 {
			t.Errorf("after the lock: %d %s %v", a.status, a.body, a.failure)
		}
	}
	return got
}
