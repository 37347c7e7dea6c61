package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// BenchmarkRequestsPerCPUSecond compares what one CPU second of the generator sends:
// k6/x/odoo with every step recorded, against the same work in a plain k6 script
// (k6/http, JSON.stringify, json(), check) without any output, and against Vegeta, which
// sends one request again and again and looks at the status. Rounds alternate; the CPU
// is the whole child's, its start included. The plain script runs as stock k6 does, with
// Go's default GOGC. HARNESS_VEGETA names the program; without it Vegeta is left out.
func BenchmarkRequestsPerCPUSecond(b *testing.B) {
	var requests atomic.Int64
	server := httptest.NewServer(quants(&requests))
	defer server.Close()
	kinds := []string{"plain", "module", "typed"}
	vegeta := os.Getenv("HARNESS_VEGETA")
	if vegeta != "" {
		kinds = append(kinds, "vegeta")
	}
	perCPU := map[string]float64{}
	for b.Loop() {
		for _, kind := range kinds {
			before := requests.Load()
			var cpu float64
			switch kind {
			case "plain":
				cpu = plainCPU(b, server.URL)
			case "vegeta":
				cpu = vegetaCPU(b, vegeta, server.URL)
			default:
				cpu = measure(b, benchSpec(b, server.URL, "bench-"+kind+".js")).generator.CPUSeconds
			}
			perCPU[kind] += float64(requests.Load()-before) / cpu
		}
	}
	for _, kind := range kinds {
		b.ReportMetric(perCPU[kind]/float64(b.N), kind+"-req/CPU-s")
	}
	for _, kind := range kinds[1:3] {
		for _, other := range slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == "module" || k == "typed" }) {
			b.ReportMetric(perCPU[kind]/perCPU[other], kind+"/"+other)
		}
	}
}

// BenchmarkOpenArrivals is what fixed rates of arrivals cost, and how late they start: with one
// generator, and with several that share the rate. Lateness is that of the worst generator. Server
// and generators share the machine.
func BenchmarkOpenArrivals(b *testing.B) {
	var requests atomic.Int64
	server := httptest.NewServer(quants(&requests))
	defer server.Close()
	for _, bb := range []struct{ perSecond, generators int }{{1000, 1}, {5000, 1}, {5000, 8}} {
		b.Run(fmt.Sprintf("%d/s over %d", bb.perSecond, bb.generators), func(b *testing.B) {
			var all []measured
			for b.Loop() {
				s := benchSpec(b, server.URL, "bench-arrivals.js")
				s.Scale, s.Duration = float64(bb.perSecond)/1000, 20*time.Second
				all = append(all, measureShares(b, s, bb.generators)...)
			}
			var cpu, late50, late99, started, missed, bytes, rows float64
			for _, m := range all {
				cpu += m.generator.CPUSeconds
				late50, late99 = max(late50, m.generator.LateP50), max(late99, m.generator.LateP99)
				for _, load := range m.load {
					started, missed = started+float64(load.Started), missed+float64(load.Planned-load.Started)
				}
				bytes, rows = bytes+m.bytes, rows+m.rows
			}
			b.ReportMetric(late50*1000, "late-P50-ms")
			b.ReportMetric(late99*1000, "late-P99-ms")
			b.ReportMetric(cpu/started*1000, "CPU-ms/arrival")
			b.ReportMetric(missed, "not-started")
			b.ReportMetric(bytes/rows, "B/sample")
		})
	}
}

// BenchmarkVirtualUsers is what a virtual user that has made a call adds to the memory of its
// process.
func BenchmarkVirtualUsers(b *testing.B) {
	var requests atomic.Int64
	server := httptest.NewServer(quants(&requests))
	defer server.Close()
	resident := func(users int) (most float64) {
		s := benchSpec(b, server.URL, "bench-users.js")
		s.Env = map[string]string{"USERS": strconv.Itoa(users)}
		child, err := Start(b.Context(), s)
		if err != nil {
			b.Fatal(err)
		}
		var watched sync.WaitGroup
		watched.Go(func() { most = peak(child.cmd.Process.Pid) })
		wait(b, child)
		watched.Wait()
		return most
	}
	var grown float64
	for b.Loop() {
		grown += resident(1100) - resident(100)
	}
	b.ReportMetric(grown/1000/1e6/float64(b.N), "MB/user")
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

func benchSpec(b *testing.B, url, name string) Spec {
	b.Helper()
	return Spec{
		Name: "bench", Script: script(name), Out: b.TempDir(), Timeout: 10 * time.Second, Ref: "bench", Seed: 1,
		Tenants: []Tenant{{
			Tenant: results.Tenant{Name: "t1"}, Address: odoo.Address{URL: url}, Logins: []string{"load01"}, Password: "x",
			Transport: "rpc", Load: 1,
		}},
	}
}

// measured is what a generator did and needed.
type measured struct {
	generator results.Generator
	load      []results.Load
	bytes     float64 // of the tables in its folder
	rows      float64 // of samples
}

// measure runs a generator to its end.
func measure(b *testing.B, s Spec) measured {
	b.Helper()
	child, err := Start(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	return wait(b, child)
}

// measureShares runs several generators of one load, which begin together.
func measureShares(b *testing.B, s Spec, of int) (all []measured) {
	b.Helper()
	for _, child := range startShares(b, s, of) {
		all = append(all, wait(b, child))
	}
	tables, err := filepath.Glob(filepath.Join(s.Out, "samples-*.parquet"))
	for _, table := range tables {
		var info os.FileInfo
		if info, err = os.Stat(table); err != nil {
			break
		}
		all[0].bytes += float64(info.Size())
	}
	if err != nil {
		b.Fatal(err)
	}
	all[0].rows = float64(len(samplesIn(b, s.Out)))
	return all
}

// peak is the most memory of a process, in bytes, looked at until it ends. The usage of an ended
// child has the memory of its parent before exec in it.
func peak(pid int) (most float64) {
	pattern := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		found := pattern.FindSubmatch(status)
		if err != nil || found == nil { // it has ended
			return most
		}
		most, _ = strconv.ParseFloat(string(found[1]), 64) // the pattern has digits alone
		most *= 1024
		time.Sleep(20 * time.Millisecond)
	}
}

func wait(b *testing.B, child *Child) measured {
	b.Helper()
	generator, load, err := child.Wait()
	if err != nil {
		b.Fatal(err)
	}
	return measured{generator: generator, load: load}
}

// vegetaCPU is the CPU of a Vegeta that sends the request of bench-typed.js as fast as 20 workers
// can.
func vegetaCPU(b *testing.B, program, url string) float64 {
	b.Helper()
	const body = `{"jsonrpc":"2.0","method":"call","params":{"model":"product.product","method":"read","args":[[17,18,19,20,21]],` +
		`"kwargs":{"fields":["qty_available","free_qty","virtual_available"]}}}`
	targets, err := json.Marshal(map[string]any{
		"method": http.MethodPost, "url": url + "/web/dataset/call_kw/product.product/read", "body": []byte(body),
		"header": http.Header{"Content-Type": {"application/json"}, "Cookie": {"session_id=s1"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), program, "attack", "-format=json", "-rate=0", "-workers=20", "-max-workers=20",
		"-duration=6s", "-output="+os.DevNull)
	cmd.Stdin = bytes.NewReader(append(targets, '\n'))
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
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
