//go:build odoo

package odoo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/telemetry"
)

const traefikSetup = `name: traefik
tenancy: shared
environment: lab
lab: {kind: odoo, workers: 2, gatewayTimeout: 3s, ingress: traefik}
tenants: [{name: t1}, {name: t2}]
chaos: {driver: local, allow: ["*"]}
`

// A real Traefik in front of a real Odoo: it routes tenants, each fault of an ingress is shown
// in effect and recovered, and its log and its metrics give the series of each tenant.
func TestTraefik(t *testing.T) {
	self, err := os.Executable()
	rig.Must(t, err)
	if _, err := odoostack.FindTraefik(t.Context(), self); err != nil {
		t.Skip(err)
	}
	t.Setenv("XDG_STATE_HOME", rig.StateDir(t))
	file := filepath.Join(t.TempDir(), "setup.yaml")
	rig.Write(t, file, traefikSetup)
	setup, err := spec.LoadSetup(file)
	rig.Must(t, err)
	sut, err := target.Open(lab.DefaultDir())(t.Context(), setup, map[string]results.Role{}, lines.Logger(func(line string) { t.Log(line) }))
	rig.Must(t, err)
	t.Cleanup(func() { rig.Must(t, sut.Close(context.WithoutCancel(t.Context()))) })
	if sut.Info.Ingress != results.IngressTraefik || sut.Versions["traefik"] == "" || sut.Versions["nginx"] != "" {
		t.Errorf("the manifest would have ingress %q and versions %v", sut.Info.Ingress, sut.Versions)
	}
	t.Run("tenants are routed", func(t *testing.T) {
		for i, tenant := range sut.Tenants {
			wantStatus(t, tenant, "res.partner/create", map[string]any{"vals_list": []any{map[string]any{"name": "only of " + tenant.Name}}}, 200)
			other := sut.Tenants[1-i]
			_, raw := call(t, other, "res.partner/search_count", map[string]any{"domain": []any{[]any{"name", "=", "only of " + tenant.Name}}})
			if i == 0 && strings.TrimSpace(string(raw)) != "0" {
				t.Errorf("%s has the partner of %s: %s", other.Name, tenant.Name, raw)
			}
		}
	})
	t.Run("a websocket reaches Odoo", func(t *testing.T) { websocket(t, sut.Tenants[0]) })
	t.Run("the gateway times out", func(t *testing.T) { gatewayTimeout(t, sut) })
	t.Run("faults", func(t *testing.T) { ingressFaults(t, sut) })
	t.Run("series of tenants", func(t *testing.T) { tenantSeries(t, sut) })
}

// call is a call of JSON-2 through the ingress: its status, 0 without an answer.
func call(t *testing.T, tenant scenarios.Tenant, path string, body any) (int, []byte) {
	t.Helper()
	raw, err := json.Marshal(body)
	rig.Must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tenant.URL+"/json/2/"+path, bytes.NewReader(raw))
	rig.Must(t, err)
	req.Host = tenant.Host
	req.Close = true
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "bearer "+tenant.APIKeys[0].Reveal())
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	_, _ = answer.ReadFrom(resp.Body) // a cut answer has its status
	return resp.StatusCode, answer.Bytes()
}

func wantStatus(t *testing.T, tenant scenarios.Tenant, path string, body any, want int) {
	t.Helper()
	if status, raw := call(t, tenant, path, body); status != want {
		t.Errorf("%s %s: status %d, want %d: %.300s", tenant.Name, path, status, want, raw)
	}
}

func websocket(t *testing.T, tenant scenarios.Tenant) {
	at, err := url.Parse(tenant.URL)
	rig.Must(t, err)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
	rig.Must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "GET /websocket HTTP/1.1\r\nHost: %[1]s\r\nOrigin: http://%[1]s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", tenant.Host)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	rig.Must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("status %d, want 101", resp.StatusCode)
	}
}

// gatewayTimeout holds a lock for longer than the ingress waits.
func gatewayTimeout(t *testing.T, sut *target.Target) {
	db, err := pgx.Connect(t.Context(), sut.Audit[0].DSN.Reveal())
	rig.Must(t, err)
	defer db.Close(t.Context())
	tx, err := db.Begin(t.Context())
	rig.Must(t, err)
	_, err = tx.Exec(t.Context(), "lock table res_partner in access exclusive mode")
	rig.Must(t, err)
	began := time.Now()
	status, _ := call(t, sut.Tenants[0], "res.partner/search_count", map[string]any{"domain": []any{}})
	if took := time.Since(began); status != http.StatusGatewayTimeout || took < 3*time.Second {
		t.Errorf("status %d after %s, want 504 after 3 s", status, took)
	}
	rig.Must(t, tx.Rollback(t.Context()))
	eventually.True(t, time.Minute, "t1 to be served again", func() bool {
		status, _ := call(t, sut.Tenants[0], "res.partner/search_count", map[string]any{"domain": []any{}})
		return status == http.StatusOK
	})
}

// ingressFaults makes every fault of an ingress.
func ingressFaults(t *testing.T, sut *target.Target) {
	files, err := fs.Glob(chaos.Catalogue(), "ingress-*.yaml")
	rig.Must(t, err)
	if len(files) < 6 {
		t.Errorf("only %d faults in the catalogue: %v", len(files), files)
	}
	manifests := map[string][]byte{}
	for _, file := range files {
		manifests[file], err = fs.ReadFile(chaos.Catalogue(), file)
		rig.Must(t, err)
	}
	kill := string(manifests["ingress-kill.yaml"])
	manifests["stopped politely"] = []byte(strings.Replace(kill, "  action: pod-kill\n", "  action: pod-kill\n  gracePeriod: 5\n", 1))
	manifests["delay of HTTPChaos"] = []byte(strings.Replace(string(manifests["ingress-reset.yaml"]), "abort: true", "delay: 300ms", 1))
	manifests["refused by a partition"] = []byte(strings.Replace(string(manifests["ingress-partition.yaml"]),
		"  action: partition\n", "  action: partition\n  partitionBehavior: reject\n", 1))
	// What a call shows while the fault is in effect: its status, or how its error reads.
	sees := map[string]string{"ingress-failure.yaml": "refused", "refused by a partition": "refused", "ingress-reset.yaml": "EOF reset"}
	for name, raw := range manifests {
		t.Run(name, func(t *testing.T) {
			m, err := manifest.Parse(name, raw)
			rig.Must(t, err)
			targets, err := sut.Driver.Check(t.Context(), m)
			rig.Must(t, err)
			fault, err := sut.Driver.Fault(m, targets)
			rig.Must(t, err)
			began := time.Now()
			session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(began)) }})
			rig.Must(t, errors.Join(session.Prepare(t.Context()), session.Inject(t.Context()), session.InEffect(t.Context())))
			t.Logf("in effect: %s", session.Injection().Proof)
			if want := sees[name]; want != "" {
				status, said := call(t, sut.Tenants[0], "res.partner/search_count", map[string]any{"domain": []any{}})
				seen := false
				for word := range strings.FieldsSeq(want) {
					seen = seen || strings.Contains(string(said), word)
				}
				if status != 0 || !seen {
					t.Errorf("a client sees status %d, %s, want %s", status, said, want)
				}
			}
			rig.Must(t, errors.Join(session.Recover(t.Context()), session.Recovered(t.Context()), session.Close(t.Context())))
			t.Logf("gone: %s", session.Injection().GoneProof)
			for _, tenant := range sut.Tenants {
				wantStatus(t, tenant, "res.partner/search_count", map[string]any{"domain": []any{}}, http.StatusOK)
			}
		})
	}
}

// tenantSeries compares what was sent with what the log and the metrics report for each tenant.
func tenantSeries(t *testing.T, sut *target.Target) {
	sent := map[string]float64{"t1": 12, "t2": 5}
	var byLog, byMetrics []telemetry.Target
	for _, p := range sut.Probes {
		if p.Kind != results.KindIngress {
			continue
		}
		if p.Log == "" || p.URL == "" {
			t.Fatalf("%s has log %q and metrics %q", p.Component, p.Log, p.URL)
		}
		byLog = append(byLog, p)
		p.Log = ""
		byMetrics = append(byMetrics, p)
	}
	for name, targets := range map[string][]telemetry.Target{"log": byLog, "metrics": byMetrics} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			requests, slowest, connections := map[string]float64{}, map[string]float64{}, 0
			done := make(chan struct{})
			var problems []string
			every := 500 * time.Millisecond
			went := make(chan struct{}, 1000)
			go func() {
				defer close(done)
				problems, _ = telemetry.Sample(ctx, time.Now(), every, telemetry.Probes(targets), func(points []results.Point) error {
					for _, p := range points {
						switch p.Series {
						case "ingress.requests":
							requests[p.Tenant] += p.Value * every.Seconds()
						case "ingress.request_time.p95":
							slowest[p.Tenant] = max(slowest[p.Tenant], p.Value)
						case "ingress.connections":
							connections++
						}
						if strings.HasPrefix(p.Series, "ingress.") {
							went <- struct{}{}
						}
					}
					return nil
				})
			}()
			<-went // the rates have begun
			for tenant, n := range sent {
				for range int(n) {
					for _, each := range sut.Tenants {
						if each.Name == tenant {
							wantStatus(t, each, "res.partner/search_count", map[string]any{"domain": []any{}}, http.StatusOK)
						}
					}
				}
			}
			time.Sleep(2 * every) // the last request is part of a reading
			cancel()
			<-done
			t.Logf("requests %v, slowest %v, problems %v", requests, slowest, problems)
			for tenant, n := range sent {
				if got := requests[tenant]; got < 0.8*n || got > 1.2*n {
					t.Errorf("%s: %.1f requests, %.0f were sent", tenant, got, n)
				}
				if slowest[tenant] <= 0 {
					t.Errorf("%s has no time of its requests", tenant)
				}
			}
			if connections == 0 {
				t.Error("no reading of the open connections")
			}
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}
