package telemetry

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"time"
)

// odooLog reads what only the log tells: the retries that Odoo makes silently
// when transactions collide, killed workers, errors, and what requests and jobs
// cost.
type odooLog struct {
	target  Target
	tail    tail
	tenants map[string]string // database -> tenant
	forms   odooForms
	last    time.Time
}

// odooForms are the lines looked for, in Odoo 14 to 19.
type odooForms struct {
	head    *regexp.Regexp // 2026-01-02 03:04:05,678 123 INFO t1 odoo.http: ...
	retry   *regexp.Regexp
	request *regexp.Regexp // "POST /json/2/sale.order/create HTTP/1.1" 200 - 53 0.030 0.060
	job     *regexp.Regexp
}

func newOdooLog(t Target) *odooLog {
	return &odooLog{target: t, tail: tail{path: t.Log}, tenants: t.tenantOf(), forms: odooForms{
		head:    regexp.MustCompile(`^\S+ \S+ \d+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+) `),
		retry:   regexp.MustCompile(`([A-Z_]+), \d+ tries left, try again in`),
		request: regexp.MustCompile(`HTTP/1\.[01]" \d{3} \S+ (\d+) (\d+\.\d+) (\d+\.\d+)`),
		job:     regexp.MustCompile(`Job '.*duration (\d+\.?\d*)\s?s`),
	}}
}

func odooLogSeries() []Series {
	return []Series{
		{"odoo.retries", "1/s", lower, "transactions that collided and were run again; per tenant too"},
		{"odoo.retries.serialization", "1/s", lower, "of these for serialization failures"},
		{"odoo.retries.lock", "1/s", lower, "of these for locks not available"},
		{"odoo.retries.deadlock", "1/s", lower, "of these for deadlocks"},
		{"odoo.retries.exhausted", "1/s", lower, "requests given up after the last retry; per tenant too"},
		{"odoo.workers.killed", "1/s", lower, "workers killed by Odoo for a limit of time or memory"},
		{"odoo.errors", "1/s", lower, "lines of level ERROR and CRITICAL; per tenant too"},
		{"odoo.requests", "1/s", none, "requests logged at their end; per tenant too"},
		{"odoo.request.queries", "count", none, "SQL queries a request, mean of the interval"},
		{"odoo.request.sql", "s", lower, "time a request spent in SQL, mean of the interval"},
		{"odoo.request.rest", "s", lower, "time a request spent outside SQL, mean of the interval"},
		{"odoo.cron.duration", "s", lower, "longest scheduled job that ended in the interval; per tenant"},
	}
}

func (p *odooLog) Name() string { return "odoo log " + p.target.Component }
func (p *odooLog) Close() error { return p.tail.close() }

// logCounts is what one interval logged for one database, or for all.
type logCounts struct {
	serialization, lock, deadlock, other, exhausted, errors, requests int
	queries, sql, rest, job                                           float64
	killed                                                            int
}

func (p *odooLog) Read(context.Context) ([]Reading, error) {
	now := time.Now()
	var all logCounts
	tenants := map[string]*logCounts{}
	err := p.tail.lines(func(line []byte) {
		var one logCounts
		db := p.count(line, &one)
		all.add(one)
		if tenant := p.tenants[db]; tenant != "" {
			if tenants[tenant] == nil {
				tenants[tenant] = &logCounts{}
			}
			tenants[tenant].add(one)
		}
	})
	first := p.last.IsZero()
	seconds := now.Sub(p.last).Seconds()
	p.last = now
	if err != nil || first {
		return nil, err
	}
	g := &gather{component: p.target.Component}
	all.report(g, seconds)
	for _, tenant := range p.target.Tenants {
		one := tenants[tenant]
		if one == nil {
			one = &logCounts{}
		}
		one.reportTenant(g, tenant, seconds)
	}
	return g.readings, nil
}

// count adds what the line says to n and returns the database it is about.
func (p *odooLog) count(line []byte, n *logCounts) (db string) {
	head := p.forms.head.FindSubmatch(line)
	if head == nil {
		return "" // a traceback's further lines
	}
	level := string(head[1])
	if level == "ERROR" || level == "CRITICAL" {
		n.errors++
	}
	switch {
	case bytes.Contains(line, []byte("try again in")):
		if m := p.forms.retry.FindSubmatch(line); m != nil {
			switch string(m[1]) {
			case "SERIALIZATION_FAILURE":
				n.serialization++
			case "LOCK_NOT_AVAILABLE":
				n.lock++
			case "DEADLOCK_DETECTED":
				n.deadlock++
			default: // a number taken twice, for one
				n.other++
			}
		}
	case bytes.Contains(line, []byte("maximum number of tries reached")):
		n.exhausted++
	case bytes.Contains(line, []byte(") timeout after ")), bytes.Contains(line, []byte("virtual memory limit")):
		n.killed++
	case bytes.Contains(line, []byte("HTTP/1.")):
		if m := p.forms.request.FindSubmatch(line); m != nil {
			n.requests++
			n.queries += number(m[1])
			n.sql += number(m[2])
			n.rest += number(m[3])
		}
	case bytes.Contains(line, []byte("Job '")):
		if m := p.forms.job.FindSubmatch(line); m != nil {
			n.job = number(m[1])
		}
	}
	return string(head[2])
}

func number(text []byte) float64 {
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0 // the expression admits numbers alone
	}
	return v
}

func (n *logCounts) retries() int { return n.serialization + n.lock + n.deadlock + n.other }

func (n *logCounts) add(o logCounts) {
	n.serialization += o.serialization
	n.lock += o.lock
	n.deadlock += o.deadlock
	n.other += o.other
	n.exhausted += o.exhausted
	n.errors += o.errors
	n.requests += o.requests
	n.killed += o.killed
	n.queries += o.queries
	n.sql += o.sql
	n.rest += o.rest
	n.job = max(n.job, o.job)
}

func (n *logCounts) report(g *gather, seconds float64) {
	g.add("odoo.retries", float64(n.retries())/seconds)
	g.add("odoo.retries.serialization", float64(n.serialization)/seconds)
	g.add("odoo.retries.lock", float64(n.lock)/seconds)
	g.add("odoo.retries.deadlock", float64(n.deadlock)/seconds)
	g.add("odoo.retries.exhausted", float64(n.exhausted)/seconds)
	g.add("odoo.workers.killed", float64(n.killed)/seconds)
	g.add("odoo.errors", float64(n.errors)/seconds)
	g.add("odoo.requests", float64(n.requests)/seconds)
	if n.requests > 0 {
		g.add("odoo.request.queries", n.queries/float64(n.requests))
		g.add("odoo.request.sql", n.sql/float64(n.requests))
		g.add("odoo.request.rest", n.rest/float64(n.requests))
	}
}

func (n *logCounts) reportTenant(g *gather, tenant string, seconds float64) {
	g.addTenant("odoo.retries", tenant, float64(n.retries())/seconds)
	g.addTenant("odoo.retries.exhausted", tenant, float64(n.exhausted)/seconds)
	g.addTenant("odoo.errors", tenant, float64(n.errors)/seconds)
	g.addTenant("odoo.requests", tenant, float64(n.requests)/seconds)
	if n.job > 0 {
		g.addTenant("odoo.cron.duration", tenant, n.job)
	}
}
