package odoostack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
	"example.org/odooharness/results"
)

// odooLike is a server that answers who it is and what it was sent.
type odooLike struct {
	*httptest.Server
	asked atomic.Int32
	hold  chan struct{} // what /slow waits for
}

type echo struct {
	Server, Host, Path                   string
	ForwardedHost, ForwardedProto, Agent string
}

func newOdooLike(t *testing.T, name string) *odooLike {
	o := &odooLike{hold: make(chan struct{})}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		switch {
		case r.URL.Path == "/slow":
			<-o.hold
		case r.URL.Path == "/cut":
			panic(http.ErrAbortHandler)
		case r.Header.Get("Upgrade") == "websocket":
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "from "+name)
				_ = conn.Close()
			}
			return
		}
		_ = json.NewEncoder(w).Encode(echo{Server: name, Host: r.Host, Path: r.URL.Path, Agent: r.UserAgent(),
			ForwardedHost: r.Header.Get("X-Forwarded-Host"), ForwardedProto: r.Header.Get("X-Forwarded-Proto")})
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *odooLike) port(t *testing.T) int {
	t.Helper()
	u, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// door is a running Traefik with the configuration of a lab.
type door struct {
	t      *testing.T
	dir    string
	config *traefik
}

// openDoor starts a real Traefik, without the root of the lab.
func openDoor(t *testing.T, f *front) *door {
	t.Helper()
	found, err := FindTraefik(t.Context(), "")
	if err != nil {
		t.Skip(err)
	}
	take := func() int {
		port, err := ports.Number(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return port
	}
	f.port = take()
	d := &door{t: t, dir: t.TempDir(), config: &traefik{front: f, metricsPort: take()}}
	if err := os.MkdirAll(filepath.Join(d.dir, traefikConfig), 0o700); err != nil {
		t.Fatal(err)
	}
	d.write("traefik.yaml", d.config.static())
	d.write(routesFile, d.config.routes())
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(found.Path, "--configFile="+filepath.Join(d.dir, traefikConfig, "traefik.yaml"))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
		if raw, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s", raw)
		}
	})
	eventually.Nil(t, time.Minute, "Traefik to be ready", func() error {
		return answers(t.Context(), "http://"+loopback(f.port)+healthPath)
	})
	return d
}

// write writes a file of the configuration, with the folder of the test in place of the lab's.
func (d *door) write(name, text string) {
	d.t.Helper()
	text = strings.ReplaceAll(text, "/srv/lab", d.dir)
	if err := os.WriteFile(filepath.Join(d.dir, traefikConfig, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// post is a request of a tenant: its status, and what the server echoes.
func (d *door) post(tenant, path, agent string) (status int, said echo) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, "http://"+loopback(d.config.port)+path, strings.NewReader("{}"))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Host = hostOf(tenant)
	req.Header.Set("User-Agent", agent)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Error(err)
		return 0, said
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
			d.t.Error(err)
		}
	}
	return resp.StatusCode, said
}

// The lab reads the log and the metrics where Traefik writes them.
func TestTraefikIsReadWhereItWrites(t *testing.T) {
	f := &front{stack: "/stacks/shared", port: 12008}
	in := newIngress(lab.Spec{Ingress: results.IngressTraefik}, f, &Traefik{Path: "/usr/bin/traefik"}, func() int { return 12013 })
	program, ok := in.(*traefik)
	if !ok {
		t.Fatalf("the ingress is %T", in)
	}
	log := strings.Replace(in.accessLog(), f.stack, debian.Inside, 1)
	for _, want := range []string{"accessLog: {filePath: " + log + ",", "  metrics:\n    address: 127.0.0.1:12013\n"} {
		if !strings.Contains(program.static(), want) {
			t.Errorf("the configuration has no %q:\n%s", want, program.static())
		}
	}
	if got, want := in.metrics(), "http://127.0.0.1:12013/metrics"; got != want {
		t.Errorf("metrics at %s, want %s", got, want)
	}
}

// What a client and Odoo see of a real Traefik is what they see of nginx.
func TestTraefikRoutes(t *testing.T) {
	one, two, imports, gevent := newOdooLike(t, "one"), newOdooLike(t, "two"), newOdooLike(t, "imports"), newOdooLike(t, "gevent")
	d := openDoor(t, &front{tenants: []string{"t1", "t2"}, httpPorts: []int{one.port(t), two.port(t)}, bulkPorts: []int{imports.port(t)},
		geventPort: gevent.port(t), timeout: time.Second})
	for _, c := range []struct {
		tenant, path, agent string
		status              int
		servers             string
	}{
		{"t1", "/web/dataset/call_kw/sale.order/create", "k6", 200, "one two"},
		{"t2", "/web/login", "k6", 200, "one two"},
		{"t1", "/web/dataset/call_kw/product.product/load", "k6", 200, "imports"},
		{"t1", "/json/2/sale.report/formatted_read_group", "k6", 200, "imports"},
		{"t2", "/json/2/stock.picking/write", lab.ConnectorAgent + "/1", 200, "imports"},
		{"t1", "/web/load_menus", "k6", 200, "one two"},
		{"t1", "/websocket/health", "k6", 200, "gevent"},
		{"t3", "/web/login", "k6", 404, ""},
	} {
		status, said := d.post(c.tenant, c.path, c.agent)
		if status != c.status || !strings.Contains(c.servers, said.Server) || (status == 200) != (said.Server != "") {
			t.Errorf("%s %s of %s: status %d from %q", c.tenant, c.path, c.agent, status, said.Server)
		}
		want := echo{Server: said.Server, Host: hostOf(c.tenant), Path: c.path, Agent: c.agent, ForwardedHost: hostOf(c.tenant),
			ForwardedProto: "http"}
		if status == 200 && said != want {
			t.Errorf("the server saw %+v, want %+v", said, want)
		}
	}
	t.Run("a websocket is upgraded", func(t *testing.T) { d.upgrade(t) })
	t.Run("a slow server is 504, one that cuts off 502, each asked once", func(t *testing.T) {
		for path, want := range map[string]int{"/slow": http.StatusGatewayTimeout, "/cut": http.StatusBadGateway} {
			before := one.asked.Load() + two.asked.Load()
			if status, _ := d.post("t1", path, "k6"); status != want {
				t.Errorf("%s: status %d, want %d", path, status, want)
			}
			if n := one.asked.Load() + two.asked.Load() - before; n != 1 {
				t.Errorf("%s: the servers were asked %d times", path, n)
			}
		}
		close(one.hold)
		close(two.hold)
	})
	t.Run("changed routes are read again", func(t *testing.T) {
		d.config.tenants = append(d.config.tenants, "t3")
		d.write(routesFile, d.config.routes())
		eventually.True(t, time.Minute, "t3 to be served", func() bool {
			status, _ := d.post("t3", "/web/login", "k6")
			return status == http.StatusOK
		})
	})
	t.Run("the other server takes over", func(t *testing.T) {
		one.Close()
		before := two.asked.Load()
		for range 10 {
			if status, said := d.post("t1", "/x", "k6"); status != http.StatusOK || said.Server != "two" {
				t.Errorf("status %d from %q", status, said.Server)
			}
		}
		if n := two.asked.Load() - before; n != 10 {
			t.Errorf("it was asked %d times for 10 requests", n)
		}
	})
	t.Run("without a server it is 502", func(t *testing.T) {
		two.Close()
		if status, _ := d.post("t1", "/x", "k6"); status != http.StatusBadGateway {
			t.Errorf("status %d", status)
		}
	})
	t.Run("every request is in its log", func(t *testing.T) { d.logged(t) })
}

// upgrade opens a websocket of t1.
func (d *door) upgrade(t *testing.T) {
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", loopback(d.config.port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", hostOf("t1"))
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if rest, err := io.ReadAll(reader); resp.StatusCode != http.StatusSwitchingProtocols || string(rest) != "from gevent" {
		t.Errorf("status %d, then %q, %v", resp.StatusCode, rest, err)
	}
}

// logged compares statuses in the log with those that the test saw.
func (d *door) logged(t *testing.T) {
	seen := map[string]int{}
	eventually.True(t, time.Minute, "the last line", func() bool {
		raw, err := os.ReadFile(filepath.Join(d.dir, traefikDir, "access.log"))
		if err != nil {
			t.Fatal(err)
		}
		clear(seen)
		for line := range strings.Lines(string(raw)) {
			var row struct {
				RequestHost, RequestPath string
				DownstreamStatus         int
				Duration                 int64
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil || row.Duration <= 0 {
				t.Fatalf("%s: %v", line, err)
			}
			seen[fmt.Sprintf("%s %s %d", row.RequestHost, row.RequestPath, row.DownstreamStatus)]++
		}
		return seen["t1.localhost /x 502"] == 1
	})
	for line, want := range map[string]int{"t1.localhost /x 200": 10, "t1.localhost /slow 504": 1, "t1.localhost /cut 502": 1,
		"t1.localhost /websocket 0": 1} { // it logs no status of what was upgraded
		if seen[line] != want {
			t.Errorf("%s: %d times, want %d, in %v", line, seen[line], want, seen)
		}
	}
	for line := range seen {
		if strings.Contains(line, healthPath+" 200") {
			t.Errorf("the log has %s, which only the lab asks for", line)
		}
	}
}

// Limits bind the tenant that has them, and no log-in.
func TestTraefikLimits(t *testing.T) {
	server := newOdooLike(t, "one")
	d := openDoor(t, &front{tenants: []string{"t1", "t2", "t3"}, httpPorts: []int{server.port(t)}, geventPort: server.port(t),
		limits: map[string]lab.Limit{"t1": {RequestsAtOnce: 2}, "t2": {RequestsPerSecond: 2}}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	held := make(chan int, 2)
	for range 2 {
		go func() {
			status, _ := d.post("t1", "/slow", "k6")
			held <- status
		}()
	}
	eventually.True(t, time.Minute, "two requests of t1 at the server", func() bool { return server.asked.Load() == 2 })
	for tenant, want := range map[string]int{"t1": http.StatusTooManyRequests, "t3": http.StatusOK} {
		if status, _ := d.post(tenant, "/x", "k6"); status != want {
			t.Errorf("%s next to two requests of t1: status %d, want %d", tenant, status, want)
		}
	}
	if status, _ := d.post("t1", "/web/session/authenticate", "k6"); status != http.StatusOK {
		t.Errorf("a log-in of t1 next to its two requests: status %d", status)
	}
	close(server.hold)
	for range 2 {
		select {
		case status := <-held:
			if status != http.StatusOK {
				t.Errorf("a request within the limit: status %d", status)
			}
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
	statuses := make(chan int, 20)
	var all sync.WaitGroup
	began := time.Now()
	for range cap(statuses) {
		all.Go(func() {
			status, _ := d.post("t2", "/x", "k6")
			statuses <- status
		})
	}
	all.Wait()
	took := time.Since(began)
	close(statuses)
	passed := 0
	for status := range statuses {
		if status == http.StatusOK {
			passed++
		} else if status != http.StatusTooManyRequests {
			t.Errorf("status %d beyond the rate", status)
		}
	}
	// Two at once, two a second, and one that may wait a quarter of a second.
	if most := 3 + int(2*took.Seconds()+1); passed < 2 || passed > most {
		t.Errorf("%d of 20 passed within %s, want 2 to %d", passed, took, most)
	}
}
