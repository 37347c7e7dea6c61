package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAccess(t *testing.T) {
	for line, want := range map[string]*access{
		// lab/odoostack's nginx
		`{"time":1764.1,"host":"t1.localhost:8080","method":"POST","uri":"/json/2/x","status":200,"request_time":0.123,` +
			`"upstream_status":"200","upstream_response_time":"0.120","upstream_connect_time":"0.000","bytes":1,"request_length":2,"connection":3}`: {
			"t1.localhost:8080", 200, 0.123, 0.120, true},
		`{"host":"t1","status":502,"request_time":1.5,"upstream_response_time":"0.5, 0.75"}`: {"t1", 502, 1.5, 1.25, true},
		`{"host":"t1","status":499,"request_time":1.5,"upstream_response_time":"-"}`:         {"t1", 499, 1.5, 0, false},
		// lab/ingress
		`02/Jan/2026:15:04:05 +0000 t1.localhost 504 2.001 2.000 - POST /web/dataset/call_kw`: {"t1.localhost", 504, 2.001, 2, true},
		`02/Jan/2026:15:04:05 -0500 t1.localhost 499 2.001 - - POST /x`:                       {"t1.localhost", 499, 2.001, 0, false},
		// nginx's combined form with pairs
		`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8" rt=0.010 urt="0.009" host=t2.example`: {
			"t2.example", 200, 0.010, 0.009, true},
		// Traefik
		`{"RequestHost":"t1.example","DownstreamStatus":200,"Duration":12000000,"OriginDuration":11000000}`: {
			"t1.example", 200, 0.012, 0.011, true},
		``:              nil,
		`{"host":"t1"}`: nil,
		`{`:             nil,
		`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8"`: nil, // tells no times
		`a b c d e f g h`: nil,
	} {
		got, ok := parseAccess([]byte(line))
		if ok != (want != nil) {
			t.Errorf("%s: understood %v", line, ok)
			continue
		}
		if ok {
			if diff := cmp.Diff(*want, got, cmp.AllowUnexported(access{})); diff != "" {
				t.Errorf("%s: %s", line, diff)
			}
		}
	}
}

func FuzzParseAccess(f *testing.F) {
	f.Add(`02/Jan/2026:15:04:05 +0000 t1.localhost 504 2.001 2.000 - POST /web`)
	f.Add(`{"host":"t1","status":"200","request_time":"0.1"}`)
	f.Add(`x "GET / HTTP/1.1" 200 612 rt=0.010`)
	f.Fuzz(func(t *testing.T, line string) {
		a, ok := parseAccess([]byte(line))
		if ok && (a.status < 0 || a.status > 999 || !(a.time >= 0) || !(a.upstream >= 0)) {
			t.Errorf("%q gives %+v", line, a)
		}
	})
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "before\n")
	tl := &tail{path: path}
	read := func() (lines []string) {
		t.Helper()
		if err := tl.lines(func(l []byte) { lines = append(lines, string(l)) }); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	check := func(step string, got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", step, diff)
		}
	}
	check("what was there before", read())
	appendTo(t, path, "one\ntw")
	check("half a line", read(), "one")
	appendTo(t, path, "o\r\n")
	check("its other half", read(), "two")
	if err := os.WriteFile(path, []byte("new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("truncated", read(), "new")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := tl.lines(func([]byte) {}); err == nil {
		t.Error("no error while the file is away")
	}
	appendTo(t, path, "rotated\n")
	check("rotated", read(), "rotated")
	if err := tl.close(); err != nil {
		t.Error(err)
	}
	// A log that appears later is new from its first line.
	later := &tail{path: filepath.Join(t.TempDir(), "later")}
	if err := later.lines(func([]byte) {}); err == nil {
		t.Error("no error for a file that is not there")
	}
	appendTo(t, later.path, "first\n")
	var got []string
	if err := later.lines(func(l []byte) { got = append(got, string(l)) }); err != nil {
		t.Fatal(err)
	}
	check("appeared", got, "first")
	if err := later.close(); err != nil {
		t.Error(err)
	}
}

// series finds a reading; the test fails when there is none.
func series(t *testing.T, readings []Reading, name, tenant string) float64 {
	t.Helper()
	for _, r := range readings {
		if r.series() == name && r.Tenant == tenant {
			return r.Value
		}
	}
	t.Fatalf("no %s of tenant %q among %v", name, tenant, readings)
	return 0
}

// known checks that the catalogue has every series read.
func known(t *testing.T, readings []Reading) {
	t.Helper()
	names := map[string]bool{}
	for _, s := range Catalogue() {
		names[s.Name] = true
	}
	for _, r := range readings {
		if !names[r.Series] {
			t.Errorf("series %s is not in the catalogue", r.Series)
		}
	}
}

func read(t *testing.T, p Probe) []Reading {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	readings, err := p.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	known(t, readings)
	return readings
}

func TestAccessLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	appendTo(t, path, "")
	p := newAccessLog(Target{Component: "shared/ingress", Log: path, Tenants: []string{"t1", "t2"}})
	if got := read(t, p); len(got) != 0 {
		t.Errorf("the first reading yields %v", got)
	}
	for i := range 100 {
		status := 200
		if i >= 90 {
			status = 504
		}
		appendTo(t, path, fmt.Sprintf("02/Jan/2026:15:04:05 +0000 t1.localhost %d %.3f %.3f - POST /x\n", status, float64(i+1)/100, float64(i+1)/200))
	}
	got := read(t, p)
	total, gateway := series(t, got, "ingress.requests", ""), series(t, got, "ingress.requests.gateway", "")
	if ratio := gateway / total; ratio < 0.0999 || ratio > 0.1001 {
		t.Errorf("gateway errors are %v of the requests, want a tenth", ratio)
	}
	// Nearest rank of 0.01 .. 1.00.
	for name, want := range map[string]float64{
		"ingress.request_time.p50": 0.50, "ingress.request_time.p95": 0.95,
		"ingress.upstream_time.p50": 0.25, "ingress.upstream_time.p95": 0.475,
	} {
		if got := series(t, got, name, ""); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := series(t, got, "ingress.requests", "t1"); got != total {
		t.Errorf("requests of t1 %v, want %v", got, total)
	}
	if got := series(t, got, "ingress.requests", "t2"); got != 0 {
		t.Errorf("requests of t2 %v, want 0", got)
	}
	appendTo(t, path, "gibberish\n")
	readings, err := p.Read(context.Background())
	if err == nil || series(t, readings, "ingress.unread", "") <= 0 {
		t.Errorf("an unknown line: error %v, readings %v", err, readings)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// servePage serves whatever page says at the time.
func servePage(t *testing.T, page *string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, *page) }))
	t.Cleanup(server.Close)
	return server.URL
}

func TestIngressMetrics(t *testing.T) {
	var page string
	p := newIngressMetrics(Target{Component: "ingress", URL: servePage(t, &page)})
	traefik := func(ok, bad, fast, slow int) string {
		return fmt.Sprintf(`# HELP traefik_service_requests_total how many
traefik_service_requests_total{code="200",method="POST",service="odoo@docker"} %d
traefik_service_requests_total{code="502",method="POST",service="odoo@docker"} %d
traefik_service_request_duration_seconds_bucket{code="200",le="0.1"} %d
traefik_service_request_duration_seconds_bucket{code="200",le="0.5"} %d
traefik_service_request_duration_seconds_bucket{code="200",le="+Inf"} %d
traefik_open_connections{entrypoint="web"} 7
`, ok, bad, fast, fast+slow, fast+slow)
	}
	page = traefik(100, 0, 100, 0)
	if got := series(t, read(t, p), "ingress.connections", ""); got != 7 {
		t.Errorf("connections %v, want 7", got)
	}
	page = traefik(190, 10, 160, 40)
	got := read(t, p)
	if share := series(t, got, "ingress.requests.5xx", "") / series(t, got, "ingress.requests", ""); share < 0.0999 || share > 0.1001 {
		t.Errorf("5xx are %v of the requests, want 0.1", share)
	}
	// 60 up to 0.1 s and 40 up to 0.5 s: the median is 50/60 of 0.1 s, and the 95th
	// percentile 35/40 of the way from 0.1 to 0.5 s.
	for name, want := range map[string]float64{"ingress.request_time.p50": 0.1 * 50 / 60, "ingress.request_time.p95": 0.1 + 0.4*35/40} {
		if got := series(t, got, name, ""); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	page = "nginx_http_requests_total 5\nnginx_connections_active 3\n"
	if got := series(t, read(t, p), "ingress.connections", ""); got != 3 {
		t.Errorf("connections %v, want 3", got)
	}
	page = "something_else 1\n"
	if _, err := p.Read(context.Background()); err == nil {
		t.Error("a foreign page is read without an error")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestParseMetric(t *testing.T) {
	for line, want := range map[string]*metric{
		`a 1`:                         {name: "a", labels: map[string]string{}, value: 1},
		`a{x="1",y="b\"}c"} 2.5 1700`: {name: "a", labels: map[string]string{"x": "1", "y": `b"}c`}, value: 2.5, at: time.UnixMilli(1700)},
		`a{} 3`:                       {name: "a", labels: map[string]string{}, value: 3},
		`a{x="1`:                      nil,
		`a{x=1} 3`:                    nil,
		`a`:                           nil,
		`a x`:                         nil,
	} {
		got, ok := parseMetric(line)
		if ok != (want != nil) {
			t.Errorf("%s: understood %v", line, ok)
			continue
		}
		if ok {
			if diff := cmp.Diff(*want, got, cmp.AllowUnexported(metric{})); diff != "" {
				t.Errorf("%s: %s", line, diff)
			}
		}
	}
}

func FuzzParseMetrics(f *testing.F) {
	f.Add("a{x=\"1\",y=\"b\\\"}c\"} 2.5 1700\n")
	f.Fuzz(func(_ *testing.T, page string) { parseMetrics(page) })
}
