package telemetry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// odooLog reads figures that only the log has: Odoo's silent retries when transactions
// conflict, killed workers, errors, and the cost of requests and jobs.
//
// What the log does not contain has no figure: a log of another form has none, retries and
// requests need a log of level info, and a tenant has figures from the first line on
// that names its database.
type odooLog struct {
	target  Target
	tail    tail
	tenants map[string]string // database -> tenant
	forms   odooForms
	last    time.Time
	began   time.Time // of the first reading

	known    bool            // a line was understood
	informed bool            // one of level INFO, at which retries are logged
	served   bool            // one about a request
	named    map[string]bool // tenants whose database a line has named
	stranger string          // the first database of no tenant
	unread   string          // how the first line of another form begins
}

func newOdooLog(t Target) *odooLog {
	return &odooLog{target: t, tail: tail{path: t.Log}, tenants: t.tenantOf(), forms: newOdooForms(), named: map[string]bool{}}
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

// logCounts counts the lines of one interval for one database, or for all.
type logCounts struct {
	serialization, lock, deadlock, other, exhausted, errors, requests int
	queries, sql, rest, job                                           float64
	killed                                                            int
}

func (p *odooLog) Read(context.Context) ([]Reading, error) {
	now := time.Now()
	var all logCounts
	tenants := map[string]*logCounts{}
	lines := 0
	err := p.tail.lines(func(line []byte) {
		lines++
		p.take(line, &all, tenants)
	})
	first := p.last.IsZero()
	seconds := now.Sub(p.last).Seconds()
	p.last = now
	if first {
		p.began = now
	}
	if err != nil || first {
		return nil, err
	}
	switch {
	case !p.known && lines > 0:
		return nil, fmt.Errorf("lines of Odoo's log are in a form that is not known, so that it has no figures "+
			"(docs/telemetry.md lists the forms); the first begins %q", p.unread)
	case !p.known && now.Sub(p.began) < silence:
		return nil, nil
	case !p.known:
		return nil, errors.New("no line was written to Odoo's log yet: it has no figures")
	}
	g := &gather{component: p.target.Component}
	p.report(g, "", &all, seconds)
	for _, tenant := range p.target.Tenants {
		if !p.named[tenant] {
			continue
		}
		one := tenants[tenant]
		if one == nil {
			one = &logCounts{}
		}
		p.report(g, tenant, one, seconds)
	}
	return g.readings, p.missing(now)
}

// take adds a line. Lines behind one that was understood may be its traceback.
func (p *odooLog) take(line []byte, all *logCounts, tenants map[string]*logCounts) {
	l, ok := p.forms.read(line)
	if !ok {
		if p.unread == "" {
			p.unread = beginning(line)
		}
		return
	}
	var one logCounts
	p.forms.count(l, &one)
	p.known = true
	p.informed = p.informed || l.level == "INFO" || l.level == "DEBUG"
	p.served = p.served || one.requests > 0
	all.add(one)
	tenant := p.tenants[l.database]
	if tenant == "" {
		if l.database != "?" && p.stranger == "" {
			p.stranger = l.database
		}
		return
	}
	p.named[tenant] = true
	if tenants[tenant] == nil {
		tenants[tenant] = &logCounts{}
	}
	tenants[tenant].add(one)
}

// missing names the figures that the log cannot give.
func (p *odooLog) missing(now time.Time) error {
	if now.Sub(p.began) < silence {
		return nil
	}
	var problems []error
	if !p.informed {
		problems = append(problems, errors.New("the log of Odoo has no line of level info, so that there are no retries and requests: "+
			"start Odoo with log_level = info"))
	}
	if p.stranger != "" && len(p.named) == 0 && len(p.tenants) > 0 {
		problems = append(problems, fmt.Errorf("no line of Odoo's log names the database of a tenant, so that tenants have no "+
			"figures: "+
			"the first is of %q, the setup has %s", p.stranger, strings.Join(slices.Sorted(maps.Keys(p.tenants)), ", ")))
	}
	return errors.Join(problems...)
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

// report adds the figures of one tenant, of all with "".
func (p *odooLog) report(g *gather, tenant string, n *logCounts, seconds float64) {
	add := func(series string, value float64) { g.addTenant(series, tenant, value) }
	if p.informed {
		add("odoo.retries", float64(n.retries())/seconds)
		add("odoo.retries.exhausted", float64(n.exhausted)/seconds)
	}
	add("odoo.errors", float64(n.errors)/seconds)
	if p.served {
		add("odoo.requests", float64(n.requests)/seconds)
	}
	if tenant != "" {
		if n.job > 0 {
			add("odoo.cron.duration", n.job)
		}
		return
	}
	if p.informed {
		add("odoo.retries.serialization", float64(n.serialization)/seconds)
		add("odoo.retries.lock", float64(n.lock)/seconds)
		add("odoo.retries.deadlock", float64(n.deadlock)/seconds)
	}
	add("odoo.workers.killed", float64(n.killed)/seconds)
	if n.requests > 0 {
		add("odoo.request.queries", n.queries/float64(n.requests))
		add("odoo.request.sql", n.sql/float64(n.requests))
		add("odoo.request.rest", n.rest/float64(n.requests))
	}
}
