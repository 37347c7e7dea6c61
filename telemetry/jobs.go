package telemetry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// jobs reads the background work of one tenant in its database: scheduled jobs
// that are late, queues, and the business work that is still open.
type jobs struct {
	component string
	tenant    string
	db        database
	present   []backlog // those whose tables exist; nil: not known
	again     time.Time // a database without any is not read before
	nothing   error     // the error of that database
}

// backlog is a query that returns a count and an age.
type backlog struct {
	series string // series.count is series, its age series+".age"
	needs  string // table
	of     string // meaning of the count
	age    string // meaning of the age
	sql    string
}

func backlogs() []backlog {
	// A text up to Odoo 15, a timestamp since.
	const scheduled = `nullif(scheduled_date::text, '')::timestamp`
	return []backlog{
		{"jobs.cron.overdue", "ir_cron", "scheduled jobs whose time has come and that have not run",
			"how long the most overdue of them waits", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(nextcall)), 0)::float8
			from ir_cron where active and nextcall < now() at time zone 'utc'`},
		{"jobs.cron.triggers", "ir_cron_trigger", "triggers of active scheduled jobs that are due",
			"how long the oldest of them waits", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(t.call_at)), 0)::float8
			from ir_cron_trigger t join ir_cron c on c.id = t.cron_id
			where c.active and t.call_at <= now() at time zone 'utc'`},
		{"jobs.outbox", "harness_outbox", "jobs for the carrier that are not done",
			"age of the oldest of them", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(create_date)), 0)::float8
			from harness_outbox where state <> 'done'`},
		{"jobs.queue", "queue_job", "queue_job: jobs pending, enqueued or started that are due",
			"how long the oldest of them is due", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(greatest(date_created, eta))), 0)::float8
			from queue_job where state in ('pending', 'enqueued', 'started') and (eta is null or eta <= now() at time zone 'utc')`},
		{"jobs.queue.failed", "queue_job", "queue_job: jobs failed", "age of the oldest of them", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(date_created)), 0)::float8
			from queue_job where state = 'failed'`},
		{"jobs.mail", "mail_mail", "mails to be sent that are due",
			"how long the oldest of them is due", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(greatest(create_date, ` + scheduled + `))), 0)::float8
			from mail_mail where state = 'outgoing' and coalesce(` + scheduled + `, create_date) <= now() at time zone 'utc'`},
		{"business.pickings.open", "stock_picking", "deliveries that are ready or waiting and not shipped",
			"how late the most overdue of them is", `select count(*)::float8,
			greatest(coalesce(extract(epoch from now() at time zone 'utc' - min(p.scheduled_date)), 0), 0)::float8
			from stock_picking p join stock_picking_type t on t.id = p.picking_type_id
			where t.code = 'outgoing' and p.state in ('confirmed', 'waiting', 'assigned')`},
		{"business.invoices.draft", "account_move", "customer invoices that are not posted",
			"age of the oldest of them", `select count(*)::float8,
			coalesce(extract(epoch from now() at time zone 'utc' - min(create_date)), 0)::float8
			from account_move where move_type = 'out_invoice' and state = 'draft'`},
	}
}

func jobsSeries() []Series {
	var all []Series
	for _, b := range backlogs() {
		all = append(all,
			Series{b.series, "count", lower, b.of + "; per tenant"},
			Series{b.series + ".age", "s", lower, b.age + "; per tenant"})
	}
	return all
}

func newJobs(postgres Target, tenant, component string) *jobs {
	return &jobs{component: component, tenant: tenant,
		db: database{dsn: postgres.DSN, name: postgres.database(tenant)}}
}

func (p *jobs) Name() string { return "jobs " + p.tenant }
func (p *jobs) Close() error { return p.db.close() }

func (p *jobs) Read(ctx context.Context) ([]Reading, error) {
	if p.nothing != nil && time.Now().Before(p.again) {
		return nil, p.nothing // a connection and a look cost the server much more than a reading
	}
	conn, err := p.db.connect(ctx)
	if err != nil {
		return nil, err
	}
	if p.present == nil {
		if err := p.findTables(ctx, conn); err != nil {
			p.db.drop()
			return nil, err
		}
	}
	g := &gather{component: p.component}
	batch := &pgx.Batch{}
	for _, b := range p.present {
		batch.Queue(b.sql).QueryRow(func(row pgx.Row) error {
			var count, age float64
			if err := row.Scan(&count, &age); err != nil {
				return fmt.Errorf("%s: %w", b.series, err)
			}
			g.addTenant(b.series, p.tenant, count)
			g.addTenant(b.series+".age", p.tenant, max(age, 0))
			return nil
		})
	}
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		p.db.drop()
		p.present = nil // the next connection may be to a database that was restored
		return g.readings, fmt.Errorf("read backlogs: %w", err)
	}
	return g.readings, nil
}

// findTables keeps the queries whose table exists with the needed columns. A module that
// is not installed is not a problem.
func (p *jobs) findTables(ctx context.Context, conn *pgx.Conn) error {
	p.present = nil
	for _, b := range backlogs() {
		var there bool
		if err := conn.QueryRow(ctx, `select to_regclass($1) is not null`, b.needs).Scan(&there); err != nil {
			return fmt.Errorf("look for %s: %w", b.needs, err)
		}
		if !there {
			continue
		}
		if _, err := conn.Exec(ctx, "explain "+b.sql); err != nil {
			if conn.IsClosed() || ctx.Err() != nil {
				return fmt.Errorf("try %s: %w", b.series, err)
			}
			continue // another version's columns
		}
		p.present = append(p.present, b)
	}
	if len(p.present) == 0 {
		var names []string
		for _, b := range backlogs() {
			names = append(names, b.needs)
		}
		p.again = time.Now().Add(slowEvery)
		p.nothing = fmt.Errorf("the database has none of %s", strings.Join(names, ", "))
		return p.nothing
	}
	p.nothing = nil
	return nil
}
