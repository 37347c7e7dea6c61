package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	readings, err := p.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	known(t, readings)
	return readings
}

// logStep is what is written to a log within a second, and what the probe reports.
type logStep struct {
	lines    string
	want     []string // series tenant value
	problems []string // how the lines of the error begin
}

// readLog writes and reads second by second, in virtual time: rates are exact.
func readLog(t *testing.T, path string, p Probe, steps []logStep) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		appendTo(t, path, "")
		if readings, err := p.Read(t.Context()); err != nil || len(readings) > 0 {
			t.Errorf("the first reading yields %v, %v", readings, err)
		}
		for i, step := range steps {
			appendTo(t, path, step.lines)
			time.Sleep(time.Second)
			readings, err := p.Read(t.Context())
			known(t, readings)
			var got []string
			for _, r := range readings {
				got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %g", r.series(), r.Tenant, r.Value)), " "))
			}
			if diff := cmp.Diff(step.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("second %d: %s", i+1, diff)
			}
			var problems []string
			if err != nil {
				problems = strings.Split(err.Error(), "\n")
			}
			for j, want := range step.problems {
				if j >= len(problems) || !strings.HasPrefix(problems[j], want) {
					t.Errorf("second %d: problems %q, want %q", i+1, problems, step.problems)
					break
				}
			}
			if len(problems) > len(step.problems) {
				t.Errorf("second %d: problems %q, want %q", i+1, problems, step.problems)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAccessLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	var lines strings.Builder
	for i := range 100 {
		status := 200
		if i >= 90 {
			status = 504
		}
		fmt.Fprintf(&lines, "02/Jan/2026:15:04:05 +0000 t1.localhost %d %.3f %.3f - POST /x\n", status, float64(i+1)/100, float64(i+1)/200)
	}
	p := newAccessLog(Target{Component: "shared/ingress", Log: path, Tenants: []string{"t1", "t2"}})
	// Percentiles are the nearest rank of 0.01 .. 1.00.
	readLog(t, path, p, []logStep{
		{lines: lines.String(), want: []string{
			"ingress.requests 100", "ingress.requests.4xx 0", "ingress.requests.5xx 10", "ingress.requests.gateway 10",
			"ingress.requests.2xx 90", "ingress.requests.3xx 0", "ingress.requests.aborted 0",
			"ingress.request_time.p50 0.5", "ingress.request_time.p95 0.95", "ingress.upstream_time.p50 0.25", "ingress.upstream_time.p95 0.475",
			"ingress.requests t1 100", "ingress.requests.4xx t1 0", "ingress.requests.5xx t1 10", "ingress.requests.gateway t1 10",
			"ingress.request_time.p50 t1 0.5", "ingress.request_time.p95 t1 0.95",
		}},
		{lines: "", want: []string{ // a quiet second of a log that is understood
			"ingress.requests 0", "ingress.requests.4xx 0", "ingress.requests.5xx 0", "ingress.requests.gateway 0",
			"ingress.requests.2xx 0", "ingress.requests.3xx 0", "ingress.requests.aborted 0",
			"ingress.requests t1 0", "ingress.requests.4xx t1 0", "ingress.requests.5xx t1 0", "ingress.requests.gateway t1 0",
		}},
	})
}

// total is what an interval without a latency or a tenant reports.
func total(requests, good, gateway float64) []string {
	return []string{
		fmt.Sprintf("ingress.requests %g", requests), "ingress.requests.4xx 0", fmt.Sprintf("ingress.requests.5xx %g", gateway),
		fmt.Sprintf("ingress.requests.gateway %g", gateway), fmt.Sprintf("ingress.requests.2xx %g", good),
		"ingress.requests.3xx 0", "ingress.requests.aborted 0",
	}
}

// What is not understood, or belongs to no tenant, is no zero: it is no figure, and a
// problem.
func TestAccessLogWithoutFigures(t *testing.T) {
	setup := Target{Component: "i", Tenants: []string{"acme", "globex"},
		Hosts: map[string]string{"acme": "ERP.acme.example:8443", "globex": "erp.globex.example"}}
	const (
		acme     = `{"host":"erp.acme.example","status":200,"request_time":0.5}` + "\n"
		stranger = `{"host":"acme.example","status":200}` + "\n"
		nginx    = `10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 502 312 "-" "-"` + "\n"
		timeless = "requests of the access log have no time"
		hostless = "requests of the access log name no host"
	)
	latency := []string{"ingress.request_time.p50 0.5", "ingress.request_time.p95 0.5"}
	ofAcme := []string{"ingress.requests acme 1", "ingress.requests.4xx acme 0", "ingress.requests.5xx acme 0", "ingress.requests.gateway acme 0",
		"ingress.request_time.p50 acme 0.5", "ingress.request_time.p95 acme 0.5"}
	silent := slices.Repeat([]logStep{{}}, 9)
	for name, steps := range map[string][]logStep{
		"the setup's host": {{lines: acme, want: slices.Concat(total(1, 1, 0), latency, ofAcme)}},
		"no host, no time": {{lines: nginx, want: total(1, 0, 1), problems: []string{timeless, hostless}}},
		"unknown lines next to known ones": {{lines: acme + "gibberish /x?token=hunter2\n", want: []string{"ingress.unread 1"},
			problems: []string{`lines of the access log are in a form that is not known, so that the second has no figures ` +
				`(docs/telemetry.md lists the forms); the first begins "gibberish /x"`}}},
		"the sample stays the same": {
			{lines: "one\ntwo\n", want: []string{"ingress.unread 2"}, problems: []string{"lines of the access log"}},
			{lines: "three\n", want: []string{"ingress.unread 1"},
				problems: []string{`lines of the access log are in a form that is not known, so that the second has no figures ` +
					`(docs/telemetry.md lists the forms); the first begins "one"`}}},
		"nginx's own words": {{lines: `2026/01/02 03:04:05 [error] 31#31: connect() failed` + "\n" + acme,
			want: slices.Concat(total(1, 1, 0), latency, ofAcme)}},
		"nothing is written": append(slices.Clone(silent), logStep{problems: []string{"no request was written to the access log yet"}}),
		"a host of no tenant": append(
			[]logStep{{lines: stranger, want: total(1, 1, 0), problems: []string{timeless}}},
			append(slices.Repeat([]logStep{{want: total(0, 0, 0)}}, 9), logStep{lines: stranger, want: total(1, 1, 0),
				problems: []string{timeless, `no request of the access log names the host of a tenant, so that tenants have no figures: ` +
					`the first is of "acme.example", the setup has erp.acme.example, erp.globex.example`}})...),
	} {
		t.Run(name, func(t *testing.T) {
			target := setup
			target.Log = filepath.Join(t.TempDir(), "access.log")
			readLog(t, target.Log, newAccessLog(target), steps)
		})
	}
}

// servePage serves the current text of page.
func servePage(t *testing.T, page *string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, *page) }))
	t.Cleanup(server.Close)
	return server.URL
}

func TestIngressMetrics(t *testing.T) {
	var page string
	p := newIngressMetrics(Target{Component: "ingress", URL: hide(servePage(t, &page))})
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

func TestParseMetrics(t *testing.T) {
	got, err := parseMetrics([]byte(`# HELP a what it is
# TYPE a counter
a{x="1",y="b\"}c"} 2.5 1700
plain 1
# TYPE h histogram
h_bucket{le="0.1"} 3
h_bucket{le="+Inf"} 4
h_sum 0.5
h_count 4
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []metric{
		{name: "a", labels: map[string]string{"x": "1", "y": `b"}c`}, value: 2.5, at: time.UnixMilli(1700)},
		{name: "h_bucket", labels: map[string]string{"le": "0.1"}, value: 3},
		{name: "h_bucket", labels: map[string]string{"le": "+Inf"}, value: 4},
		{name: "h_sum", labels: map[string]string{}, value: 0.5},
		{name: "h_count", labels: map[string]string{}, value: 4},
		{name: "plain", labels: map[string]string{}, value: 1},
	}
	byName := cmpopts.SortSlices(func(a, b metric) bool { return a.name+a.labels["le"] < b.name+b.labels["le"] })
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(metric{}), byName); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`a{x="1`, `a{x=1} 3`, `a`, `a x`, `<html>`} {
		if got, err := parseMetrics([]byte(bad + "\n")); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

// Pages of other ingresses than the controller's: read, or named as what they are.
func TestPagesOfIngresses(t *testing.T) {
	for name, c := range map[string]struct {
		page string // %d: a count that grows by 10
		want []string
		err  string
	}{
		"Traefik, entry points alone": {"traefik_entrypoint_requests_total{code=\"502\",entrypoint=\"web\"} %d\ntraefik_open_connections{entrypoint=\"web\"} 2\n",
			[]string{"ingress.requests 10", "ingress.requests.2xx 0", "ingress.requests.3xx 0", "ingress.requests.4xx 0",
				"ingress.requests.5xx 10", "ingress.requests.gateway 10", "ingress.requests.aborted 0", "ingress.connections 2"}, ""},
		"Traefik 1": {"traefik_backend_requests_total{backend=\"b\",code=\"200\"} %d\n",
			[]string{"ingress.requests 10", "ingress.requests.2xx 10", "ingress.requests.3xx 0", "ingress.requests.4xx 0",
				"ingress.requests.5xx 0", "ingress.requests.gateway 0", "ingress.requests.aborted 0"}, ""},
		"F5's controller": {"nginx_ingress_nginx_http_requests_total{class=\"nginx\"} %d\nnginx_ingress_nginx_connections_active 3\n",
			[]string{"ingress.requests 10", "ingress.connections 3"}, ""},
		"HAProxy": {"haproxy_frontend_http_responses_total{proxy=\"in\",code=\"5xx\"} %d\nhaproxy_frontend_current_sessions{proxy=\"in\"} 4\n",
			[]string{"ingress.requests 10", "ingress.requests.2xx 0", "ingress.requests.3xx 0", "ingress.requests.4xx 0",
				"ingress.requests.5xx 10", "ingress.connections 4"}, ""},
		"Traefik before the first request": {"traefik_config_reloads_total 1\ntraefik_open_connections{entrypoint=\"web\"} 0\n# %d\n",
			[]string{"ingress.connections 0"}, ""},
		"Traefik without requests": {"traefik_config_reloads_total 1\n# %d\n", nil, "the metrics page is Traefik's and has none of the series"},
		"Envoy":                    {"envoy_http_downstream_rq_total 1\n# %d\n", nil, "the metrics page is Envoy's and has none of the series"},
		"another":                  {"something_else 1\n# %d\n", nil, "the metrics page is of no ingress that is known: want one of traefik_service_requests_total"},
		"no metrics":               {"<html>%d\n", nil, "the page is not in Prometheus' text form"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newIngressMetrics(Target{Component: "ingress"})
			_, _ = p.figures(fmt.Appendf(nil, c.page, 100))
			time.Sleep(time.Second)
			readings, err := p.figures(fmt.Appendf(nil, c.page, 110))
			if c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
				t.Errorf("%s: %v, want %q", name, err, c.err)
			}
			var got []string
			for _, r := range readings {
				got = append(got, fmt.Sprintf("%s %g", r.Series, r.Value))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %v %s", name, err, diff)
			}
		})
	}
}

func FuzzParseMetrics(f *testing.F) {
	f.Add([]byte("a{x=\"1\",y=\"b\\\"}c\"} 2.5 1700\n"))
	f.Fuzz(func(_ *testing.T, page []byte) { _, _ = parseMetrics(page) })
}
