package embedded

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab/embedded/server"
)

var errTooFew = errors.New("too few sessions wait")

// While PostgreSQL is down, both APIs answer the page without a database at once,
// liveness passes, readiness fails; sessions survive.
func TestPostgresAway(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	b := shared()
	b.process.stop(syscall.SIGQUIT) // immediate
	restart := func() {
		var err error
		b.process, err = start(b.stack.postgres.command(), filepath.Join(b.folder, "postgres.log"), b.stack.postgres.ready)
		if err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		if t.Failed() {
			restart()
		}
	}()
	for name, call := range map[string]func() answer{
		"rpc":   func() answer { return r.rpc("res.partner", "search_read", nil, []any{}) },
		"json2": func() answer { return r.json2("res.partner", "search_read", object{}) },
	} {
		begin := time.Now()
		if a := call(); !noDatabase(a) {
			t.Errorf("%s: got %d %s, want the page without a database", name, a.status, a.body)
		}
		if took := time.Since(begin); took >= server.ConnectLimit {
			t.Errorf("%s took %v: a refused connection is not waited for", name, took)
		}
	}
	for path, want := range map[string]int{"/web/health": 200, "/web/health?db_server_status=1": 500} {
		if got := r.post(path, nil, nil).status; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
	restart()
	if a := r.rpc("res.partner", "search_read", nil, []any{}); a.result == nil {
		t.Errorf("after the restart: got %d %s", a.status, a.body)
	}
}

// A PostgreSQL that is slow to answer a new connection is waited for, longer than a full
// pool is.
func TestPostgresSlowToAnswer(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	tx, err := r.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table sale_order_line in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	held, light := make(chan answer, 1), make(chan answer, 1)
	go func() { held <- r.json2("sale.order.line", "search_read", object{}) }()
	r.waitsForLock(1) // it has the pool's only connection: the next call needs a new one
	postmaster := shared().process.cmd.Process
	if err := postmaster.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer postmaster.Signal(syscall.SIGCONT)
	go func() { light <- r.json2("res.users", "context_get", object{}) }()
	select {
	case a := <-light:
		t.Fatalf("got %d %s while PostgreSQL answered no connection", a.status, a.body)
	case <-time.After(server.AcquireLimit * 3 / 2):
	}
	if err := errors.Join(postmaster.Signal(syscall.SIGCONT), tx.Rollback(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{<-light, <-held} {
		if a.status != 200 {
			t.Errorf("after it answered: got %d %s %v", a.status, a.body, a.failure)
		}
	}
}

// A backend that is terminated in the middle of a call is an error for the client,
// without a retry. The next call succeeds.
func TestBackendTerminated(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	product := r.product(5)
	order := r.order(product, 1)
	a := r.terminated(product, func() answer { return r.rpc("sale.order", "action_confirm", nil, []int64{order}) })
	if a.status != 200 || a.err.Name != "psycopg2.InterfaceError" {
		t.Errorf("terminated: got %d %s, want psycopg2.InterfaceError", a.status, a.body)
	}
	if a := r.rpc("sale.order", "action_confirm", nil, []int64{order}); string(a.result) != "true" {
		t.Errorf("next call: got %d %s", a.status, a.body)
	}
}

// terminated ends the call's backend while it waits for the product's quant.
func (r *target) terminated(product int64, call func() answer) answer {
	r.t.Helper()
	tx, err := r.db.Begin(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(r.t.Context(), "update stock_quant set in_date = in_date where product_id = $1", product); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan answer, 1)
	go func() { done <- call() }()
	r.waitsForLock(1)
	sql[bool](r, `select bool_and(pg_terminate_backend(pid)) from pg_stat_activity
		where application_name like 'odoo-%' and datname = current_database()`)
	return <-done
}

// Redis holds the sessions: a flush ends them. While Redis is down, session calls get
// a page with status 500, and calls with a key are not affected.
func TestRedisFaults(t *testing.T) {
	r := newTarget(t, nil)
	r.login()
	if err := r.redis.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if a := r.rpc("res.partner", "search_read", nil, []any{}); a.code != 100 {
		t.Errorf("after a flush: got %d %s, want session expired", a.status, a.body)
	}
	r.login()
	r.stopRedis()
	if a := r.rpc("res.partner", "search_read", nil, []any{}); a.status != http.StatusInternalServerError ||
		!strings.HasPrefix(a.kind, "text/html") {
		t.Errorf("without Redis: got %d %s %s, want a page with 500", a.status, a.kind, a.body)
	}
	must[[]any](r, "res.partner", "search_read", object{})
	r.runRedis(r.redisDir, r.volatile)
	if a := r.rpc("res.partner", "search_read", nil, []any{}); a.result == nil {
		t.Errorf("after a restart of Redis the session is lost: %d %s", a.status, a.body)
	}
}

// Requests beyond the workers wait in the queue of the listening socket, where it
// can be read from outside.
func TestQueueIsTheSockets(t *testing.T) {
	r := newTarget(t, func(c *server.Config) { c.Workers = 1 })
	tx, err := r.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table res_partner in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	done := make(chan answer)
	for range 4 {
		go func() { done <- r.json2("res.partner", "search_read", object{}) }()
	}
	if err := eventually.Within(time.Minute, func() error {
		waiting, err := queued(r.address)
		if err == nil && waiting != 3 {
			err = fmt.Errorf("%d requests wait, want 3", waiting)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if a := <-done; a.status != 200 {
			t.Errorf("got %d %s %v", a.status, a.body, a.failure)
		}
	}
}

// queued reads the length of a listening socket's queue from /proc/net/tcp.
func queued(address string) (int64, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return 0, err
	}
	raw, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return 0, err
	}
	local := "0100007F:" + strings.ToUpper(hex.EncodeToString([]byte{byte(number >> 8), byte(number)}))
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) > 4 && f[1] == local && f[3] == "0A" {
			_, rx, _ := strings.Cut(f[4], ":")
			return strconv.ParseInt(rx, 16, 64)
		}
	}
	return 0, errors.New("no such socket")
}

// A client that gives up does not stop the work: the client has a timeout, and the
// books have the result.
func TestWorkOutlivesClient(t *testing.T) {
	r := newTarget(t, nil)
	product := r.product(5)
	order := r.order(product, 1)
	tx, err := r.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table stock_quant in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+"/json/2/sale.order/action_confirm",
		strings.NewReader(fmt.Sprintf(`{"ids":[%d]}`, order)))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = r.database + ".localhost"
	req.Header.Set("Authorization", "bearer "+shared().stack.template.secrets.Keys[0])
	done := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		done <- err
	}()
	r.waitsForLock(1) // the work is under way
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that the client gave up", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = eventually.Within(time.Minute, func() error {
		if state := sql[string](r, "select state from sale_order where id = $1", order); state != "sale" {
			return errors.New("the order is still " + state)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
