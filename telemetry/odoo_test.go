package telemetry

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"testing"

	"example.org/odooharness/results"
)

// Lines as Odoo 19 writes them.
const odooLines = `2026-11-23 10:00:00,000 101 INFO t1 odoo.service.model: SERIALIZATION_FAILURE, 4 tries left, try again in 0.1100 sec...
2026-11-23 10:00:00,100 101 INFO t1 odoo.service.model: LOCK_NOT_AVAILABLE, 3 tries left, try again in 1.2000 sec...
2026-11-23 10:00:00,100 102 INFO t2 odoo.service.model: DEADLOCK_DETECTED, 4 tries left, try again in 0.2000 sec...
2026-11-23 10:00:00,100 102 INFO t2 odoo.service.model: UNIQUE_VIOLATION, 4 tries left, try again in 0.2000 sec...
2026-11-23 10:00:00,200 101 INFO t1 odoo.service.model: SERIALIZATION_FAILURE, maximum number of tries reached!
2026-11-23 10:00:00,300 101 ERROR t1 odoo.http: Exception during request handling.
Traceback (most recent call last):
  File "x.py", line 1, in ERROR t1
2026-11-23 10:00:00,400 101 INFO t1 werkzeug: 127.0.0.1 - - [23/Nov/2026 10:00:00] "POST /json/2/sale.order/create HTTP/1.1" 200 - 50 0.030 0.060
2026-11-23 10:00:00,400 101 INFO t2 werkzeug: 127.0.0.1 - - [23/Nov/2026 10:00:00] "POST /json/2/sale.order/action_confirm HTTP/1.0" 200 - 150 0.090 0.040
2026-11-23 10:00:00,500 100 ERROR ? odoo.service.server: WorkerHTTP (101) timeout after 5s
2026-11-23 10:00:00,600 103 INFO t2 odoo.addons.base.models.ir_cron: Job 'Procurement: run scheduler' (18) fully done (#loop 1; done 3; remaining 0; duration 0.33s)
`

func TestOdooLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odoo.log")
	appendTo(t, path, odooLines) // before: not counted
	p := newOdooLog(Target{Component: "shared/odoo", Log: path, Tenants: []string{"t1", "t2", "t3"}})
	readLog(t, path, p, []logStep{{lines: odooLines, want: []string{
		"odoo.retries 4", "odoo.retries.exhausted 1", "odoo.errors 2", "odoo.requests 2",
		"odoo.retries.serialization 1", "odoo.retries.lock 1", "odoo.retries.deadlock 1", "odoo.workers.killed 1",
		"odoo.request.queries 100", "odoo.request.sql 0.06", "odoo.request.rest 0.05",
		"odoo.retries t1 2", "odoo.retries.exhausted t1 1", "odoo.errors t1 1", "odoo.requests t1 1",
		"odoo.retries t2 2", "odoo.retries.exhausted t2 0", "odoo.errors t2 0", "odoo.requests t2 1", "odoo.cron.duration t2 0.33",
	}}})
}

// The same line in the forms in which Odoos are run.
func TestFormsOfOdooLog(t *testing.T) {
	const stamp = "2026-11-23 10:00:00,300 101 "
	for name, lines := range map[string]string{
		"plain":   stamp + "ERROR main odoo.sql_db: bad query\n",
		"colour":  stamp + "\x1b[1;31m\x1b[1;49mERROR\x1b[0m main \x1b[0modoo.sql_db\x1b[0m: bad query \n",
		"JSON":    `{"asctime": "2026-11-23 10:00:00,300", "pid": 101, "levelname": "ERROR", "dbname": "main", "name": "odoo.sql_db", "message": "bad query"}` + "\n",
		"compose": "odoo-1  | " + stamp + "ERROR main odoo.sql_db: bad query\n",
		"pods":    "2026-11-23T10:00:00.123456789Z stderr F " + stamp + "ERROR main odoo.sql_db: bad query\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "odoo.log")
			p := newOdooLog(Target{Component: "odoo", Log: path, Tenants: []string{"acme"}, Databases: map[string]string{"acme": "main"}})
			readLog(t, path, p, []logStep{{lines: lines, want: []string{"odoo.errors 1", "odoo.workers.killed 0", "odoo.errors acme 1"}}})
		})
	}
	var n logCounts
	forms := newOdooForms()
	line, ok := forms.read([]byte(`{"levelname":"INFO","dbname":"main","message":"10.0.0.9 - - [23/Nov/2026 10:00:00] \"POST /json/2/x HTTP/1.1\" 200 -",` +
		`"perf_info":"50 0.030 0.060"}`))
	forms.count(line, &n)
	if want := (logCounts{requests: 1, queries: 50, sql: 0.03, rest: 0.06}); !ok || n != want {
		t.Errorf("a request as JSON counts as %+v, want %+v", n, want)
	}
}

// A figure that the log does not contain is absent, not zero.
func TestOdooLogWithoutFigures(t *testing.T) {
	const stamp = "2026-11-23 10:00:00,300 101 "
	for name, steps := range map[string][]logStep{
		"another form": {{lines: "[2026-11-23] ERROR main x\nmore\n", problems: []string{
			`lines of Odoo's log are in a form that is not known, so that it has no figures (docs/telemetry.md lists the forms); the first begins "[2026-11-23] ERROR main x"`}}},
		"nothing is written": append(slices.Repeat([]logStep{{}}, 9), logStep{problems: []string{"no line was written to Odoo's log yet"}}),
		"level warning": append(slices.Repeat([]logStep{{lines: stamp + "WARNING main odoo: x\n",
			want: []string{"odoo.errors 0", "odoo.workers.killed 0", "odoo.errors acme 0"}}}, 9),
			logStep{want: []string{"odoo.errors 0", "odoo.workers.killed 0", "odoo.errors acme 0"},
				problems: []string{"the log of Odoo has no line of level info"}}),
		"another database": append(slices.Repeat([]logStep{{lines: stamp + "INFO acme odoo: x\n",
			want: []string{"odoo.retries 0", "odoo.retries.exhausted 0", "odoo.errors 0",
				"odoo.retries.serialization 0", "odoo.retries.lock 0", "odoo.retries.deadlock 0", "odoo.workers.killed 0"}}}, 9),
			logStep{want: []string{"odoo.retries 0", "odoo.retries.exhausted 0", "odoo.errors 0",
				"odoo.retries.serialization 0", "odoo.retries.lock 0", "odoo.retries.deadlock 0", "odoo.workers.killed 0"},
				problems: []string{`no line of Odoo's log names the database of a tenant, so that tenants have no figures: the first is of "acme", the setup has main`}}),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "odoo.log")
			p := newOdooLog(Target{Component: "odoo", Log: path, Tenants: []string{"acme"}, Databases: map[string]string{"acme": "main"}})
			readLog(t, path, p, steps)
		})
	}
}

func FuzzOdooLine(f *testing.F) {
	f.Add([]byte("2026-11-23 10:00:00,000 101 INFO t1 odoo.service.model: SERIALIZATION_FAILURE, 4 tries left, try again in 0.11 sec"))
	f.Add([]byte(`{"levelname":"INFO","dbname":"main","message":"x","perf_info":"50 0.030 0.060"}`))
	forms := newOdooForms()
	f.Fuzz(func(t *testing.T, line []byte) {
		var n logCounts
		l, ok := forms.read(line)
		if !ok {
			return
		}
		if forms.count(l, &n); n.retries() > 1 || n.requests > 1 || l.database == "" {
			t.Errorf("one line of %q counts as %+v", l.database, n)
		}
	})
}

// A real socket that nobody accepts from: connections queue in the kernel.
func TestListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := newListeners([]Target{{Component: "odoo", Kind: results.KindOdoo, Address: l.Addr().String()}, {Kind: results.KindRedis, Address: "x"}})
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	expect := func(step string, listening, waiting, busy float64) {
		t.Helper()
		got := read(t, p)
		for name, want := range map[string]float64{"odoo.listening": listening, "odoo.queue.waiting": waiting, "odoo.workers.busy": busy} {
			if got := series(t, got, name, ""); got != want {
				t.Errorf("%s: %s is %v, want %v", step, name, got, want)
			}
		}
	}
	expect("nobody accepts", 1, 3, 0)
	sameSockets(t, l.Addr().(*net.TCPAddr).Port)
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	expect("one is served", 1, 2, 1)
	if err := served.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := series(t, read(t, p), "odoo.listening", ""); got != 0 {
		t.Errorf("listening %v after the end, want 0", got)
	}
	if _, err := newListeners([]Target{{Kind: results.KindOdoo, Address: "nowhere"}}).Read(context.Background()); err == nil {
		t.Error("an address without a port is read without an error")
	}
}

// The kernel's two accounts of a port agree.
func sameSockets(t *testing.T, port int) {
	t.Helper()
	diag, err := diagSockets()
	if err != nil {
		t.Skipf("no sock_diag here: %v", err)
	}
	proc, err := procSockets()
	if err != nil {
		t.Fatal(err)
	}
	a, b := ofPort("odoo", port, diag), ofPort("odoo", port, proc)
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("sock_diag says %v, /proc/net/tcp %v", a[i], b[i])
		}
	}
}
