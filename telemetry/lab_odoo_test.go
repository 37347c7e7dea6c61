//go:build odoo

package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/results"
)

// A real Odoo lab that is up (HARNESS_LAB_STATUS names its status.json, as
// `harness lab up` prints it) is read by every probe that it calls for, without a
// problem.
func TestRealLab(t *testing.T) {
	path := os.Getenv("HARNESS_LAB_STATUS")
	if path == "" {
		t.Skip("HARNESS_LAB_STATUS names no lab; harness lab up prints it")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Components []struct {
			Kind                                  results.Kind
			Name, Upstream, DSN, URL, Log, Cgroup string
			PID                                   int
			Tenants                               []string
		}
		Tenants []struct{ URL, Host string }
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		t.Fatal(err)
	}
	var targets []Target
	for _, c := range status.Components {
		targets = append(targets, Target{Component: c.Name, Kind: c.Kind, Tenants: c.Tenants, Address: c.Upstream, DSN: hide(c.DSN), URL: hide(c.URL),
			Log: c.Log, Cgroup: c.Cgroup, PID: c.PID})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
	defer cancel()
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		for ctx.Err() == nil { // something to log, a second apart at most
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, status.Tenants[0].URL+"/web/login", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Host = status.Tenants[0].Host
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
		}
	}()
	seen := map[string]int{}
	values := map[string]float64{}
	problems, err := Sample(ctx, time.Now(), time.Second, Probes(targets), func(points []results.Point) error {
		for _, p := range points {
			seen[p.Series+" "+p.Tenant]++
			values[p.Series+" "+p.Tenant] = max(values[p.Series+" "+p.Tenant], p.Value)
		}
		return nil
	})
	<-asking
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	tenant, _, _ := strings.Cut(status.Tenants[0].Host, ".")
	for _, want := range []string{
		"postgres.commits ", "postgres.commits " + tenant, "postgres.sessions " + tenant, "postgres.statements.time ",
		"redis.operations ", "redis.ping ", "redis.queue.length[harness:jobs] ", "ingress.requests " + tenant, "ingress.request_time.p95 ",
		"odoo.queue.waiting ", "odoo.requests " + tenant, "odoo.request.queries ", "jobs.cron.overdue " + tenant, "jobs.outbox " + tenant,
		"business.pickings.open " + tenant, "process.cpu ", "process.memory ", "host.cpu ",
	} {
		if seen[want] == 0 {
			t.Errorf("no reading of %s", want)
		}
	}
	for _, positive := range []string{"postgres.commits ", "odoo.requests " + tenant, "ingress.requests " + tenant, "odoo.workers.busy ", "process.cpu "} {
		if values[positive] <= 0 {
			t.Errorf("%s is never above 0", positive)
		}
	}
	t.Logf("%d series, values at most %v", len(seen), values)
}
