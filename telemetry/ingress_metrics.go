package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// ingressMetrics reads the metrics page of an ingress. Tenants have figures where Traefik has
// a router for each; other pages know services, not Odoo's databases.
//
// Next to an access log only connections are read: a log is exact, and one component must not
// have two values of one series.
type ingressMetrics struct {
	target Target
	client *http.Client
	rates  counters
}

func newIngressMetrics(t Target) *ingressMetrics {
	return &ingressMetrics{target: t, client: &http.Client{}}
}

func (p *ingressMetrics) Name() string { return "ingress metrics " + p.target.Component }

func (p *ingressMetrics) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

// ingressNames are what the pages call the same things; empty: the page has no such
// series.
type ingressNames struct{ requests, status, buckets, connections string }

// knownIngresses are the pages that are read, of one maker the closest to Odoo first.
func knownIngresses() []ingressNames {
	return []ingressNames{
		{"traefik_service_requests_total", "code", "traefik_service_request_duration_seconds_bucket", "traefik_open_connections"},
		{"traefik_entrypoint_requests_total", "code", "traefik_entrypoint_request_duration_seconds_bucket", "traefik_open_connections"},
		{"traefik_backend_requests_total", "code", "traefik_backend_request_duration_seconds_bucket", // version 1
			"traefik_entrypoint_open_connections"},
		{"nginx_ingress_controller_requests", "status", "nginx_ingress_controller_request_duration_seconds_bucket",
			"nginx_ingress_controller_nginx_process_connections"},
		{"nginx_ingress_nginx_http_requests_total", "", "", "nginx_ingress_nginx_connections_active"}, // F5's controller
		{"nginx_http_requests_total", "", "", "nginx_connections_active"},                             // its exporter for nginx
		{"haproxy_frontend_http_responses_total", "code", "", "haproxy_frontend_current_sessions"},
	}
}

// foreign are pages of ingresses that are known and not read, by how their series begin.
func foreign() map[string]string {
	return map[string]string{
		"envoy_": "Envoy", "caddy_": "Caddy", "kong_": "Kong", "istio_": "Istio", "apisix_": "APISIX", "traefik_": "Traefik",
		"nginx_": "nginx", "nginxplus_": "NGINX Plus", "haproxy_": "HAProxy",
	}
}

func (p *ingressMetrics) Read(ctx context.Context) ([]Reading, error) {
	page, err := fetch(ctx, p.client, p.target.URL.Reveal())
	if err != nil {
		return nil, err
	}
	return p.figures(page)
}

// figures reads a page.
func (p *ingressMetrics) figures(page []byte) ([]Reading, error) {
	metrics, err := parseMetrics(page)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, m := range metrics {
		there[m.name] = true
	}
	var quiet *ingressNames // a page with connections and no request yet
	for _, names := range knownIngresses() {
		if there[names.requests] {
			return p.report(metrics, names), nil
		}
		if quiet == nil && there[names.connections] {
			quiet = &names
		}
	}
	if quiet != nil {
		return p.report(metrics, *quiet), nil
	}
	for _, m := range metrics {
		for prefix, maker := range foreign() {
			if strings.HasPrefix(m.name, prefix) {
				return nil, fmt.Errorf("the metrics page is %s's and has none of the series that are read: %s", maker, requestSeries())
			}
		}
	}
	return nil, fmt.Errorf("the metrics page is of no ingress that is known: want one of %s", requestSeries())
}

// requestSeries lists the series of which one has to be there.
func requestSeries() string {
	var names []string
	for _, n := range knownIngresses() {
		names = append(names, n.requests)
	}
	return strings.Join(names, ", ")
}

func (p *ingressMetrics) report(metrics []metric, names ingressNames) []Reading {
	g := &gather{component: p.target.Component}
	all, tenants := newPageCounts(), map[string]*pageCounts{}
	var connections float64
	var known bool
	for _, m := range metrics {
		all.add(m, names)
		if tenant := p.tenantOfRouter(m.labels["router"]); tenant != "" {
			if tenants[tenant] == nil {
				tenants[tenant] = newPageCounts()
			}
			tenants[tenant].add(m, traefikRouters())
		}
		if state := m.labels["state"]; m.name == names.connections && (state == "" || state == "active") {
			connections, known = connections+m.value, true
		}
	}
	if p.target.Log == "" {
		p.rates.begin(time.Now())
		p.rate(g, all, names, "")
		for _, tenant := range p.target.Tenants {
			if counts := tenants[tenant]; counts != nil {
				p.rate(g, counts, traefikRouters(), tenant)
			}
		}
		p.rates.end()
	}
	if known {
		g.add("ingress.connections", connections)
	}
	return g.readings
}

// pageCounts are the counts of a page, of all tenants or of one.
type pageCounts struct {
	requests map[string]float64  // by the end of the series' name
	buckets  map[float64]float64 // upper bound -> count up to it
}

func newPageCounts() *pageCounts {
	return &pageCounts{requests: map[string]float64{}, buckets: map[float64]float64{}}
}

func (c *pageCounts) add(m metric, names ingressNames) {
	switch m.name {
	case names.requests:
		c.requests[""] += m.value
		if code := m.labels[names.status]; len(code) == 3 { // 502, of HAProxy 5xx
			c.requests["."+code[:1]+"xx"] += m.value
			switch code {
			case "502", "503", "504":
				c.requests[".gateway"] += m.value
			case "499":
				c.requests[".aborted"] += m.value
			}
		}
	case names.buckets:
		if bound, err := strconv.ParseFloat(strings.TrimPrefix(m.labels["le"], "+"), 64); err == nil {
			c.buckets[bound] += m.value
		}
	}
}

// rate adds the growth of counts. A tenant has the series that the access log gives it.
func (p *ingressMetrics) rate(g *gather, c *pageCounts, names ingressNames, tenant string) {
	classes := []string{"", ".2xx", ".3xx", ".4xx", ".5xx", ".gateway", ".aborted"}
	if tenant != "" {
		classes = []string{"", ".4xx", ".5xx", ".gateway"}
	}
	if _, there := c.requests[""]; !there {
		classes = nil
	}
	for _, class := range classes {
		if !names.counts(class) {
			continue
		}
		if rate, ok := p.rates.rate(tenant+" ingress.requests"+class, c.requests[class]); ok {
			g.addTenant("ingress.requests"+class, tenant, rate)
		}
	}
	p.quantiles(g, c.buckets, tenant)
}

// traefikRouters is what Traefik's page calls the figures of routers (addRoutersLabels).
func traefikRouters() ingressNames {
	return ingressNames{"traefik_router_requests_total", "code", "traefik_router_request_duration_seconds_bucket", ""}
}

// tenantOfRouter is the tenant whose name a router of Traefik has, or begins with before a
// dash: t1@file, t1-login@file. The longest name counts.
func (p *ingressMetrics) tenantOfRouter(router string) (found string) {
	name, _, _ := strings.Cut(router, "@")
	for _, tenant := range p.target.Tenants {
		if len(tenant) > len(found) && (name == tenant || strings.HasPrefix(name, tenant+"-")) {
			found = tenant
		}
	}
	return found
}

// counts reports whether the page has requests of a class: HAProxy's knows no single
// status.
func (n ingressNames) counts(class string) bool {
	if strings.HasPrefix(n.requests, "haproxy_") {
		return class != ".gateway" && class != ".aborted"
	}
	return class == "" || n.status != ""
}

// quantiles estimates from the growth of the buckets, as histogram_quantile does:
// linear within a bucket, the last finite bound for values beyond it.
func (p *ingressMetrics) quantiles(g *gather, buckets map[float64]float64, tenant string) {
	bounds := make([]float64, 0, len(buckets))
	for bound := range buckets {
		bounds = append(bounds, bound)
	}
	sort.Float64s(bounds)
	grown := make([]float64, len(bounds))
	whole := len(bounds) > 0
	for i, bound := range bounds { // all of them, also after one that is new
		by, _, ok := p.rates.growth(tenant+" le "+strconv.FormatFloat(bound, 'g', -1, 64), buckets[bound])
		grown[i] = by
		whole = whole && ok
	}
	if !whole || grown[len(grown)-1] == 0 {
		return
	}
	g.addTenant("ingress.request_time.p50", tenant, bucketQuantile(bounds, grown, 0.50))
	g.addTenant("ingress.request_time.p95", tenant, bucketQuantile(bounds, grown, 0.95))
}

func bucketQuantile(bounds, cumulative []float64, q float64) float64 {
	total := cumulative[len(cumulative)-1]
	i := sort.Search(len(cumulative)-1, func(i int) bool { return cumulative[i] >= q*total })
	if i == len(bounds)-1 && i > 0 {
		return bounds[i-1] // beyond the last finite bound
	}
	from, before := 0.0, 0.0
	if i > 0 {
		from, before = bounds[i-1], cumulative[i-1]
	}
	if cumulative[i] == before {
		return bounds[i]
	}
	return from + (bounds[i]-from)*(q*total-before)/(cumulative[i]-before)
}
