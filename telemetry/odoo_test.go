package telemetry

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"
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
	p := newOdooLog(Target{Component: "shared/odoo", Log: path, Tenants: []string{"t1", "t2"}})
	read(t, p)
	appendTo(t, path, odooLines)
	p.last = time.Now().Add(-time.Second)
	got := read(t, p)
	seconds := 2 / series(t, got, "odoo.requests", "") // two requests were logged
	for _, c := range []struct {
		series, tenant string
		count          float64
	}{
		{"odoo.retries", "", 4}, {"odoo.retries.serialization", "", 1}, {"odoo.retries.lock", "", 1}, {"odoo.retries.deadlock", "", 1},
		{"odoo.retries", "t1", 2}, {"odoo.retries", "t2", 2}, {"odoo.retries.exhausted", "", 1}, {"odoo.retries.exhausted", "t2", 0},
		{"odoo.errors", "", 2}, {"odoo.errors", "t1", 1}, {"odoo.workers.killed", "", 1}, {"odoo.requests", "t1", 1},
	} {
		if got := series(t, got, c.series, c.tenant) * seconds; got < c.count-1e-6 || got > c.count+1e-6 {
			t.Errorf("%s of %q counts %v, want %v", c.series, c.tenant, got, c.count)
		}
	}
	for name, want := range map[string]float64{"odoo.request.queries": 100, "odoo.request.sql": 0.06, "odoo.request.rest": 0.05} {
		if got := series(t, got, name, ""); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := series(t, got, "odoo.cron.duration", "t2"); got != 0.33 {
		t.Errorf("cron duration %v, want 0.33", got)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzOdooLine(f *testing.F) {
	f.Add([]byte("2026-11-23 10:00:00,000 101 INFO t1 odoo.service.model: SERIALIZATION_FAILURE, 4 tries left, try again in 0.11 sec"))
	p := newOdooLog(Target{})
	f.Fuzz(func(t *testing.T, line []byte) {
		var n logCounts
		if p.count(line, &n); n.retries() > 1 || n.requests > 1 {
			t.Errorf("one line counts as %+v", n)
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
	p := newListeners([]Target{{Component: "odoo", Kind: KindOdoo, Address: l.Addr().String()}, {Kind: KindRedis, Address: "x"}})
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
	if _, err := newListeners([]Target{{Kind: KindOdoo, Address: "nowhere"}}).Read(context.Background()); err == nil {
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
