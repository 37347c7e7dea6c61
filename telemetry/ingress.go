package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// accessLog reads requests from the log of the ingress, which logs them at their end.
//
// What it does not understand it does not count: an interval with a line of an unknown
// form has no figures, a log without a line has none, and a tenant has figures from the
// first line on that names its host.
type accessLog struct {
	target Target
	tail   tail
	unwrap *unwrapper
	hosts  map[string]string // host -> tenant
	last   time.Time
	began  time.Time // of the first reading

	known      bool            // a line was understood
	named      map[string]bool // tenants whose host a line has named
	stranger   string          // the first host of no tenant
	unreadForm string          // how the first line of an unknown form begins
}

func newAccessLog(t Target) *accessLog {
	return &accessLog{target: t, tail: tail{path: t.Log}, unwrap: newUnwrapper(), hosts: t.tenantOfHost(), named: map[string]bool{}}
}

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

// silence is how long a log may have nothing that a probe looks for before that is a
// problem.
const silence = 10 * time.Second

func (p *accessLog) Read(context.Context) ([]Reading, error) {
	now := time.Now()
	seen := accessInterval{tenants: map[string]*requests{}}
	err := p.tail.lines(func(line []byte) { p.take(line, &seen) })
	since := now.Sub(p.last).Seconds()
	first := p.last.IsZero()
	p.last = now
	if first {
		p.began = now
	}
	if err != nil || first {
		return nil, err
	}
	g := &gather{component: p.target.Component}
	switch {
	case seen.unread > 0:
		g.add("ingress.unread", float64(seen.unread)/since)
		return g.readings, fmt.Errorf("lines of the access log are in a form that is not known, so that the second has no figures "+
			"(docs/telemetry.md lists the forms); the first begins %q", p.unreadForm)
	case !p.known && now.Sub(p.began) < silence:
		return nil, nil
	case !p.known:
		return nil, errors.New("no request was written to the access log yet: it has no figures")
	}
	seen.all.report(g, "", since)
	for _, tenant := range p.target.Tenants {
		if p.named[tenant] && seen.hostless == 0 {
			one := seen.tenants[tenant]
			if one == nil {
				one = &requests{}
			}
			one.report(g, tenant, since)
		}
	}
	return g.readings, p.missing(seen, now)
}

// accessInterval is what one reading found.
type accessInterval struct {
	all      requests
	tenants  map[string]*requests
	unread   int // lines of an unknown form
	hostless int // requests without a host
}

// take adds a line.
func (p *accessLog) take(line []byte, seen *accessInterval) {
	line = p.unwrap.line(line)
	r, ok := parseAccess(line)
	switch {
	case !ok && otherLine(line):
		return
	case !ok:
		if seen.unread++; p.unreadForm == "" {
			p.unreadForm = beginning(line)
		}
		return
	}
	p.known = true
	seen.all.add(r)
	if r.host == "" {
		seen.hostless++
		return
	}
	tenant := p.tenant(r.host)
	if tenant == "" {
		p.stranger = cmp.Or(p.stranger, hostAlone(r.host))
		return
	}
	p.named[tenant] = true
	if seen.tenants[tenant] == nil {
		seen.tenants[tenant] = &requests{}
	}
	seen.tenants[tenant].add(r)
}

// tenant is whose host it is: that of the setup, else the one whose name is the first
// part of the host.
func (p *accessLog) tenant(host string) string {
	host = hostAlone(host)
	if tenant := p.hosts[host]; tenant != "" {
		return tenant
	}
	name, _, _ := strings.Cut(host, ".")
	if slices.Contains(p.target.Tenants, name) && p.target.Hosts[name] == "" {
		return name
	}
	return ""
}

// missing names the figures that the lines cannot give.
func (p *accessLog) missing(seen accessInterval, now time.Time) error {
	var problems []error
	if seen.all.timeless > 0 {
		problems = append(problems, errors.New("requests of the access log have no time, so that there are no latencies: "+
			"add $request_time to nginx's log_format"))
	}
	if seen.hostless > 0 && len(p.target.Tenants) > 0 {
		problems = append(problems, errors.New("requests of the access log name no host, so that tenants have no figures: "+
			"add the host to its form"))
	}
	if seen.all.count > 0 && seen.hostless == 0 && len(p.named) == 0 && len(p.target.Tenants) > 0 && now.Sub(p.began) >= silence {
		problems = append(problems, fmt.Errorf("no request of the access log names the host of a tenant, "+
			"so that tenants have no figures: the first is of %q, the setup has %s", p.stranger,
			strings.Join(slices.Sorted(maps.Keys(p.hosts)), ", ")))
	}
	return errors.Join(problems...)
}

// requests counts the requests of one interval.
type requests struct {
	count   int
	classes [6]int // by the first digit of the status
	gateway int
	aborted int
	times   []float64
	up      []float64

	timeless int // of them without a time
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
	if r.hasTime {
		q.times = append(q.times, r.time)
	} else {
		q.timeless++
	}
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
	if len(q.times) > 0 && q.timeless == 0 {
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

// nearestRank returns the smallest value that at least the share p of the sorted values
// does not exceed. It describes one interval. The analyzer computes percentiles over
// intervals from the samples.
func nearestRank(sorted []float64, p float64) float64 {
	rank := int(p*float64(len(sorted)) + 0.9999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}
