package telemetry

import (
	"context"
	"errors"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// ingressMetrics reads the metrics page of Traefik, of the NGINX ingress
// controller, or of the nginx exporter. It has no per-tenant figures: these pages
// know services, not Odoo's databases.
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

// ingressNames are what the pages call the same things.
type ingressNames struct{ requests, status, buckets, connections string }

func knownIngresses() []ingressNames {
	return []ingressNames{
		{"traefik_service_requests_total", "code", "traefik_service_request_duration_seconds_bucket", "traefik_open_connections"},
		{"nginx_ingress_controller_requests", "status", "nginx_ingress_controller_request_duration_seconds_bucket",
			"nginx_ingress_controller_nginx_process_connections"},
		{"nginx_http_requests_total", "", "", "nginx_connections_active"},
	}
}

func (p *ingressMetrics) Read(ctx context.Context) ([]Reading, error) {
	page, err := fetch(ctx, p.client, p.target.URL)
	if err != nil {
		return nil, err
	}
	metrics := parseMetrics(string(page))
	for _, names := range knownIngresses() {
		for _, m := range metrics {
			if m.name == names.requests || m.name == names.connections {
				return p.report(metrics, names), nil
			}
		}
	}
	return nil, errors.New("the metrics page is neither Traefik's nor an nginx's")
}

func (p *ingressMetrics) report(metrics []metric, names ingressNames) []Reading {
	g := &gather{component: p.target.Component}
	counts := map[string]float64{}
	buckets := map[float64]float64{} // upper bound -> count up to it
	var connections float64
	var known bool
	for _, m := range metrics {
		switch m.name {
		case names.requests:
			counts["ingress.requests"] += m.value
			if code := m.labels[names.status]; len(code) == 3 {
				counts["ingress.requests."+code[:1]+"xx"] += m.value
				switch code {
				case "502", "503", "504":
					counts["ingress.requests.gateway"] += m.value
				case "499":
					counts["ingress.requests.aborted"] += m.value
				}
			}
		case names.buckets:
			if bound, err := strconv.ParseFloat(strings.TrimPrefix(m.labels["le"], "+"), 64); err == nil {
				buckets[bound] += m.value
			}
		case names.connections:
			if state := m.labels["state"]; state == "" || state == "active" {
				connections, known = connections+m.value, true
			}
		}
	}
	p.rates.begin(time.Now())
	for _, class := range []string{"", ".2xx", ".3xx", ".4xx", ".5xx", ".gateway", ".aborted"} {
		if _, there := counts["ingress.requests"]; there && (class == "" || names.status != "") {
			g.addRate(&p.rates, "ingress.requests"+class, counts["ingress.requests"+class])
		}
	}
	p.quantiles(g, buckets)
	p.rates.end()
	if known {
		g.add("ingress.connections", connections)
	}
	return g.readings
}

// quantiles estimates from the growth of the buckets, as histogram_quantile does:
// linear within a bucket, the last finite bound for what lies beyond it.
func (p *ingressMetrics) quantiles(g *gather, buckets map[float64]float64) {
	bounds := make([]float64, 0, len(buckets))
	for bound := range buckets {
		bounds = append(bounds, bound)
	}
	sort.Float64s(bounds)
	grown := make([]float64, len(bounds))
	whole := len(bounds) > 0
	for i, bound := range bounds { // all of them, also after one that is new
		by, _, ok := p.rates.growth("le "+strconv.FormatFloat(bound, 'g', -1, 64), buckets[bound])
		grown[i] = by
		whole = whole && ok
	}
	if !whole || grown[len(grown)-1] == 0 {
		return
	}
	g.add("ingress.request_time.p50", bucketQuantile(bounds, grown, 0.50))
	g.add("ingress.request_time.p95", bucketQuantile(bounds, grown, 0.95))
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
