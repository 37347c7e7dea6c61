package telemetry

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// routers is a page of Traefik with routers (addRoutersLabels): those of t1 served 10, 4 and 2
// requests more than before, that of t2 6, that of no tenant 1.
const routers = `traefik_service_requests_total{code="200",service="odoo@file"} %[1]d
traefik_router_requests_total{code="200",router="t1@file",service="odoo@file"} %[1]d
traefik_router_requests_total{code="502",router="t1-bulk@file",service="imports@file"} %[2]d
traefik_router_requests_total{code="429",router="t1-login@file",service="odoo@file"} %[3]d
traefik_router_requests_total{code="200",router="t2@file",service="odoo@file"} %[4]d
traefik_router_requests_total{code="200",router="t22@file",service="odoo@file"} %[5]d
traefik_router_request_duration_seconds_bucket{router="t2@file",le="0.1"} %[4]d
traefik_router_request_duration_seconds_bucket{router="t2@file",le="+Inf"} %[4]d
traefik_open_connections{entrypoint="web"} 3
`

// Tenants have figures where Traefik has routers of their names.
func TestTenantsOfRouters(t *testing.T) {
	total := []string{"ingress.requests  10", "ingress.requests.2xx  10", "ingress.requests.3xx  0", "ingress.requests.4xx  0",
		"ingress.requests.5xx  0", "ingress.requests.gateway  0", "ingress.requests.aborted  0"}
	tenants := []string{
		"ingress.requests t1 16", "ingress.requests.4xx t1 2", "ingress.requests.5xx t1 4", "ingress.requests.gateway t1 4",
		"ingress.requests t2 6", "ingress.requests.4xx t2 0", "ingress.requests.5xx t2 0", "ingress.requests.gateway t2 0",
		"ingress.request_time.p50 t2 0.05", "ingress.request_time.p95 t2 0.095"}
	for name, c := range map[string]struct {
		target Target
		want   []string
	}{
		"with tenants":    {Target{Tenants: []string{"t1", "t2", "t3"}}, append(append(total, tenants...), "ingress.connections  3")},
		"without tenants": {Target{}, append(total[:7:7], "ingress.connections  3")},
		"next to a log":   {Target{Tenants: []string{"t1"}, Log: "access.log"}, []string{"ingress.connections  3"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newIngressMetrics(c.target)
			if _, err := p.figures(fmt.Appendf(nil, routers, 100, 200, 300, 400, 500)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			readings, err := p.figures(fmt.Appendf(nil, routers, 110, 204, 302, 406, 501))
			if err != nil {
				t.Fatal(err)
			}
			known(t, readings)
			var got []string
			for _, r := range readings {
				got = append(got, fmt.Sprintf("%s %s %.3g", r.Series, r.Tenant, r.Value))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		})
	}
}
