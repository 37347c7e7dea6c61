package scenarios

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// BenchmarkRequestsPerCPUSecond compares what one CPU second of the generator sends:
// k6/x/odoo with every step recorded, against the same work in a plain k6 script
// (k6/http, JSON.stringify, json(), check) without any output. Rounds alternate; the
// CPU is the whole child's, k6's start included. The plain script runs as stock k6
// does, with Go's default GOGC.
func BenchmarkRequestsPerCPUSecond(b *testing.B) {
	var requests atomic.Int64
	server := httptest.NewServer(quants(&requests))
	defer server.Close()
	kinds := []string{"plain", "module", "typed"}
	perCPU := map[string]float64{}
	for b.Loop() {
		for _, kind := range kinds {
			before := requests.Load()
			var cpu float64
			if kind == "plain" {
				cpu = plainCPU(b, server.URL)
			} else {
				cpu = moduleCPU(b, server.URL, "bench-"+kind+".js")
			}
			perCPU[kind] += float64(requests.Load()-before) / cpu
		}
	}
	for _, kind := range kinds {
		b.ReportMetric(perCPU[kind]/float64(b.N), kind+"-req/CPU-s")
	}
	b.ReportMetric(perCPU["module"]/perCPU["plain"], "module/plain")
	b.ReportMetric(perCPU["typed"]/perCPU["plain"], "typed/plain")
}

// quants answers like Odoo with eight rows, about 1 KB.
func quants(requests *atomic.Int64) http.Handler {
	row := `{"id": 4711, "product_id": [17, "[FURN_0096] Customizable Desk (Steel, White)"], "quantity": 118.0, "reserved_quantity": 7.0}`
	answer := `{"jsonrpc": "2.0", "id": null, "result": [` + strings.Join([]string{row, row, row, row, row, row, row, row}, ", ") + `]}`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // to its end, for keep-alive
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/version_info"):
			_, _ = io.WriteString(w, `{"jsonrpc": "2.0", "id": null, "result": {"server_version": "19.0"}}`)
		case strings.HasSuffix(r.URL.Path, "/authenticate"):
			http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "s1"})
			_, _ = io.WriteString(w, `{"jsonrpc": "2.0", "id": null, "result": {"uid": 2}}`)
		default:
			requests.Add(1)
			_, _ = io.WriteString(w, answer)
		}
	})
}

func moduleCPU(b *testing.B, url, name string) float64 {
	b.Helper()
	child, err := Start(b.Context(), Spec{
		Name: "bench", Script: script(name), Out: b.TempDir(), Timeout: 10 * time.Second, Ref: "bench",
		Tenants: []Tenant{{Tenant: results.Tenant{Name: "t1"}, Address: odoo.Address{URL: url}, Logins: []string{"load01"}, Password: "x", Transport: "rpc", Load: 1}},
	})
	if err != nil {
		b.Fatal(err)
	}
	generator, _, err := child.Wait()
	if err != nil {
		b.Fatal(err)
	}
	return generator.CPUSeconds
}

func plainCPU(b *testing.B, url string) float64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "k6", "run", "--quiet", "--no-summary", "--no-thresholds",
		"--address", "", script("bench-plain.js"))
	cmd.Env = append(os.Environ(), "TARGET="+url, "GOGC=100")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}
