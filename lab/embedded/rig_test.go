package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/embedded/weakness"
)

// backends are the real servers that all tests share: one PostgreSQL with a
// database a test, one Redis a test.
type backends struct {
	stack   *stack
	folder  string
	process *server1
	next    atomic.Int64
	err     error
}

var shared = sync.OnceValue(startBackends)

func TestMain(m *testing.M) {
	code := m.Run()
	if b := started.Load(); b != nil {
		b.process.stop(syscall.SIGINT)
		if err := os.RemoveAll(b.folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

var started atomic.Pointer[backends]

func startBackends() *backends {
	b := &backends{}
	b.err = func() error {
		ctx := context.Background()
		tools, err := findTools()
		if err != nil {
			return err
		}
		template, err := ensureTemplate(ctx, "", tools, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		if b.folder, err = dataFolder("test", os.TempDir(), tools.user); err != nil {
			return err
		}
		b.stack, err = Builder{}.design(ctx, lab.Spec{Name: "test"}, lab.Share{Stack: "shared"}, template,
			filepath.Join(b.folder, "lab"), filepath.Join(b.folder, "data"))
		if err != nil {
			return err
		}
		if err := b.stack.prepare(); err != nil {
			return err
		}
		b.process, err = start(b.stack.postgres.command(), filepath.Join(b.folder, "postgres.log"), b.stack.postgres.ready)
		started.Store(b)
		return err
	}()
	return b
}

// server1 is a child process, forked by a thread that lives as long as it.
type server1 struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func start(cmd *exec.Cmd, log string, ready func(context.Context) error) (*server1, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	s := &server1{cmd: cmd, done: make(chan struct{})}
	begun := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			cmd.Wait()
			close(s.done)
		}
	}()
	if err := <-begun; err != nil {
		return nil, err
	}
	return s, eventually.Within(time.Minute, func() error { return ready(context.Background()) })
}

func (s *server1) stop(sig syscall.Signal) {
	s.cmd.Process.Signal(sig)
	<-s.done
}

// target is an embedded target under test, with a database and a Redis of its own.
type target struct {
	t         *testing.T
	address   string
	database  string
	redis     *redis.Client
	redisAt   string
	db        *pgx.Conn
	cookie    string
	stopRedis func()
	redisDir  string
	volatile  bool
}

// newTarget starts one with these weaknesses. Service times are a fiftieth of
// Odoo's, so that the tests are quick.
func newTarget(t *testing.T, change func(*server.Config), weaknesses ...string) *target {
	t.Helper()
	b := shared()
	if b.err != nil {
		t.Fatal(b.err)
	}
	ctx := t.Context()
	r := &target{t: t, database: fmt.Sprintf("x%d", b.next.Add(1))}
	super, err := pgx.Connect(ctx, b.stack.postgres.dsn("postgres", b.stack.at["postgres"], "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(ctx)
	if _, err := super.Exec(ctx, "create database "+r.database+" owner odoo template t0"); err != nil {
		t.Fatal(err)
	}
	redisAt, err1 := ports.Take(ctx)
	at, err2 := ports.Take(ctx)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	r.redisAt, r.address = redisAt, at
	r.startRedis(slices.Contains(weaknesses, weakness.SessionLost))
	t.Cleanup(func() { r.stopRedis() })
	c := server.Config{Listen: at, Postgres: b.stack.postgres.dsn("odoo", b.stack.at["postgres"], "postgres"),
		Redis:   "redis://" + redisAt + "/0",
		Tenants: []string{r.database}, Workers: 4, Scale: 0.02, Weaknesses: weaknesses, Seed: 1}
	if change != nil {
		change(&c)
	}
	serving, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(serving, c) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	if err := eventually.Within(time.Minute, func() error { return answers("http://" + at + "/web/health")(ctx) }); err != nil {
		t.Fatal(err)
	}
	r.db, err = pgx.Connect(ctx, b.stack.postgres.dsn("postgres", b.stack.at["postgres"], r.database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.db.Close(context.Background()) })
	return r
}

// startRedis starts a Redis in the form that the builder configures.
func (r *target) startRedis(volatile bool) {
	r.t.Helper()
	dir := r.t.TempDir()
	r.runRedis(dir, volatile)
}

func (r *target) runRedis(dir string, volatile bool) {
	r.t.Helper()
	appendonly := map[bool]string{true: "no", false: "yes"}[volatile]
	host, port, _ := strings.Cut(r.redisAt, ":")
	cmd := exec.Command("redis-server", "--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", appendonly,
		"--appendfsync", "no") // with a sync under way Redis writes later, and is killed here
	r.redis = redis.NewClient(&redis.Options{Addr: r.redisAt, MaxRetries: -1})
	p, err := start(cmd, filepath.Join(dir, "log"), func(ctx context.Context) error { return r.redis.Ping(ctx).Err() })
	if err != nil {
		r.t.Fatal(err)
	}
	r.stopRedis = func() {
		r.redis.Close()
		p.stop(syscall.SIGKILL)
	}
	r.redisDir, r.volatile = dir, volatile
}

// object is a JSON object.
type object = map[string]any

// exception is what the tests read of an error, which has one form in both APIs.
type exception struct{ Name, Message string }

// answer is what came back of a request.
type answer struct {
	status  int
	kind    string // content type
	body    string
	header  http.Header
	result  json.RawMessage
	err     exception
	code    int
	failure error
}

func (r *target) post(path string, body any, header map[string]string) answer {
	r.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://"+r.address+path, bytes.NewReader(raw))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Host = r.database + ".localhost"
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{failure: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, kind: resp.Header.Get("Content-Type"), body: string(text),
		header: resp.Header, failure: err}
	return a
}

// login opens a session.
func (r *target) login() {
	r.t.Helper()
	a := r.post("/web/session/authenticate", object{"jsonrpc": "2.0", "params": map[string]string{
		"db": r.database, "login": "load01", "password": shared().stack.template.secrets.Password}}, nil)
	r.cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	if r.cookie == "" {
		r.t.Fatalf("no session: %d %s", a.status, a.body)
	}
}

// rpc calls with the session; args are positional.
func (r *target) rpc(model, method string, kwargs object, args ...any) answer {
	r.t.Helper()
	if args == nil {
		args = []any{}
	}
	if kwargs == nil {
		kwargs = object{}
	}
	a := r.post("/web/dataset/call_kw/"+model+"/"+method, object{"jsonrpc": "2.0", "id": 1, "params": object{
		"model": model, "method": method, "args": args, "kwargs": kwargs}}, map[string]string{"Cookie": r.cookie})
	var e struct {
		Result json.RawMessage
		Error  struct {
			Code int
			Data exception
		}
	}
	if json.Unmarshal([]byte(a.body), &e) == nil {
		a.result, a.err, a.code = e.Result, e.Error.Data, e.Error.Code
	}
	return a
}

// json2 calls with the key of load01.
func (r *target) json2(model, method string, body object) answer {
	r.t.Helper()
	a := r.post("/json/2/"+model+"/"+method, body, map[string]string{
		"Authorization": "bearer " + shared().stack.template.secrets.Keys[0]})
	if a.status == http.StatusOK {
		a.result = json.RawMessage(a.body)
	} else {
		json.Unmarshal([]byte(a.body), &a.err)
	}
	return a
}

// must calls by JSON-2 and decodes the result.
func must[T any](r *target, model, method string, body object) T {
	r.t.Helper()
	a := r.json2(model, method, body)
	var value T
	if a.status != http.StatusOK || json.Unmarshal(a.result, &value) != nil {
		r.t.Fatalf("%s.%s: %d %s %v", model, method, a.status, a.body, a.failure)
	}
	return value
}

// sql reads one value past the embedded target.
func sql[T any](r *target, query string, args ...any) T {
	r.t.Helper()
	var value T
	if err := r.db.QueryRow(r.t.Context(), query, args...).Scan(&value); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return value
}

// product makes a storable product with so much on hand.
func (r *target) product(onHand float64) int64 {
	r.t.Helper()
	id := must[[]int64](r, "product.product", "create", object{"vals_list": []any{object{
		"name": "Pallet", "type": "consu", "is_storable": true, "list_price": 10.0, "invoice_policy": "order"}}})[0]
	if onHand > 0 {
		quant := must[[]int64](r, "stock.quant", "create", object{"context": object{"inventory_mode": true},
			"vals_list": []any{object{"product_id": id, "location_id": 8, "inventory_quantity": onHand}}})
		must[any](r, "stock.quant", "action_apply_inventory", object{"ids": quant})
	}
	return id
}

func (r *target) partner() int64 {
	r.t.Helper()
	return must[[]int64](r, "res.partner", "create", object{"vals_list": []any{object{"name": "Customer"}}})[0]
}

// order creates an order of the product.
func (r *target) order(product int64, quantity float64) int64 {
	r.t.Helper()
	return must[[]int64](r, "sale.order", "create", object{"vals_list": []any{object{"partner_id": r.partner(),
		"client_order_ref": "REF", "order_line": []any{[]any{0, 0, object{"product_id": product, "product_uom_qty": quantity}}}}}})[0]
}

// confirmed creates and confirms an order and returns it with its picking.
func (r *target) confirmed(product int64, quantity float64) (order, picking int64) {
	r.t.Helper()
	order = r.order(product, quantity)
	must[bool](r, "sale.order", "action_confirm", object{"ids": []int64{order}})
	return order, sql[int64](r, "select id from stock_picking where sale_id = $1", order)
}

// invoice invoices orders and returns the answer to create_invoices.
func (r *target) invoice(orders ...int64) answer {
	r.t.Helper()
	wizard := must[[]int64](r, "sale.advance.payment.inv", "create", object{"vals_list": []any{object{
		"advance_payment_method": "delivered", "sale_order_ids": []any{[]any{6, 0, orders}}, "consolidated_billing": false}}})
	return r.json2("sale.advance.payment.inv", "create_invoices", object{"ids": wizard})
}
