package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// accessLog reads requests as the ingress logged them: at their end.
type accessLog struct {
	target Target
	tail   tail
	last   time.Time
}

func newAccessLog(t Target) *accessLog { return &accessLog{target: t, tail: tail{path: t.Log}} }

func ingressSeries() []Series {
	return []Series{
		{"ingress.requests", "1/s", none, "requests that ended; per tenant too"},
		{"ingress.requests.2xx", "1/s", none, "of these with status 2xx; Odoo answers 200 to most of its errors, too"},
		{"ingress.requests.3xx", "1/s", none, "with status 3xx"},
		{"ingress.requests.4xx", "1/s", lower, "with status 4xx; per tenant too"},
		{"ingress.requests.5xx", "1/s", lower, "with status 5xx; per tenant too"},
		{"ingress.requests.gateway", "1/s", lower, "with status 502, 503, 504: the ingress's own words; per tenant too"},
		{"ingress.requests.aborted", "1/s", lower, "with status 499: the client left"},
		{"ingress.request_time.p50", "s", lower, "time at the ingress, median of the interval; per tenant too"},
		{"ingress.request_time.p95", "s", lower, "time at the ingress, 95th percentile of the interval; per tenant too"},
		{"ingress.upstream_time.p50", "s", lower, "time of the upstream's answer, median of the interval"},
		{"ingress.upstream_time.p95", "s", lower, "time of the upstream's answer, 95th percentile of the interval"},
		{"ingress.connections", "count", none, "open connections (metrics page)"},
		{"ingress.unread", "1/s", lower, "lines of the access log in a form that is not known"},
	}
}

func (p *accessLog) Name() string { return "ingress " + p.target.Component }
func (p *accessLog) Close() error { return p.tail.close() }

func (p *accessLog) Read(context.Context) ([]Reading, error) {
	now := time.Now()
	var all requests
	tenants := map[string]*requests{}
	var unread int
	var sample string
	err := p.tail.lines(func(line []byte) {
		r, ok := parseAccess(line)
		if !ok {
			if unread++; unread == 1 {
				sample = string(line[:min(len(line), 80)])
			}
			return
		}
		all.add(r)
		if tenant := tenantOfHost(r.host, p.target.Tenants); tenant != "" {
			if tenants[tenant] == nil {
				tenants[tenant] = &requests{}
			}
			tenants[tenant].add(r)
		}
	})
	since := now.Sub(p.last).Seconds()
	first := p.last.IsZero()
	p.last = now
	if err != nil || first {
		return nil, err
	}
	g := &gather{component: p.target.Component}
	all.report(g, "", since)
	for _, tenant := range p.target.Tenants {
		one := tenants[tenant]
		if one == nil {
			one = &requests{}
		}
		one.report(g, tenant, since)
	}
	if unread > 0 {
		g.add("ingress.unread", float64(unread)/since)
		return g.readings, fmt.Errorf("the access log has lines of an unknown form, the first begins %q", sample)
	}
	return g.readings, nil
}

// tenantOfHost finds t1 in t1.localhost:8080.
func tenantOfHost(host string, tenants []string) string {
	name, _, _ := strings.Cut(host, ".")
	if slices.Contains(tenants, name) {
		return name
	}
	return ""
}

// requests is what one interval saw.
type requests struct {
	count   int
	classes [6]int // by the first digit of the status
	gateway int
	aborted int
	times   []float64
	up      []float64
}

func (q *requests) add(r access) {
	q.count++
	if class := r.status / 100; class >= 0 && class < len(q.classes) {
		q.classes[class]++
	}
	switch r.status {
	case 502, 503, 504:
		q.gateway++
	case 499:
		q.aborted++
	}
	q.times = append(q.times, r.time)
	if r.hasUpstream {
		q.up = append(q.up, r.upstream)
	}
}

func (q *requests) report(g *gather, tenant string, seconds float64) {
	add := func(series string, value float64) { g.addTenant(series, tenant, value) }
	add("ingress.requests", float64(q.count)/seconds)
	add("ingress.requests.4xx", float64(q.classes[4])/seconds)
	add("ingress.requests.5xx", float64(q.classes[5])/seconds)
	add("ingress.requests.gateway", float64(q.gateway)/seconds)
	if tenant == "" {
		add("ingress.requests.2xx", float64(q.classes[2])/seconds)
		add("ingress.requests.3xx", float64(q.classes[3])/seconds)
		add("ingress.requests.aborted", float64(q.aborted)/seconds)
	}
	if len(q.times) > 0 {
		slices.Sort(q.times)
		add("ingress.request_time.p50", nearestRank(q.times, 0.50))
		add("ingress.request_time.p95", nearestRank(q.times, 0.95))
	}
	if len(q.up) > 0 && tenant == "" {
		slices.Sort(q.up)
		add("ingress.upstream_time.p50", nearestRank(q.up, 0.50))
		add("ingress.upstream_time.p95", nearestRank(q.up, 0.95))
	}
}

// nearestRank is the smallest value that at least the share p of the sorted
// values does not exceed. It describes what one interval saw; percentiles over
// intervals are the analyzer's, from the samples.
func nearestRank(sorted []float64, p float64) float64 {
	rank := int(p*float64(len(sorted)) + 0.9999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}
