package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/results"
)

// jobSource is a table of background work with its times. The query has the base instant
// as $1 and returns (ref, queued, pushed, done, tries, failed) for jobs queued since.
// Times are UTC without a zone, as Odoo stores them.
type jobSource struct {
	kind  string
	needs []string
	sql   string
}

func jobSources() []jobSource {
	return []jobSource{
		{"label", []string{"harness_outbox.done_at", "harness_outbox.pushes"}, `select reference, create_date, pushed_at,
			case when state = 'done' then done_at end, coalesce(pushes, 0), false
			from harness_outbox where create_date >= $1`},
		{"notice", []string{"harness_outbox.noticed_at"}, `select reference, create_date, null::timestamp, noticed_at, 0, false
			from harness_outbox where create_date >= $1
			and exists (select from harness_outbox where noticed_at is not null)`},
		// A postponed job is queued from the moment at which it is due; one that waits for
		// another, or is not due yet, is no backlog.
		{"queue_job", []string{"queue_job.date_created", "queue_job.date_done", "queue_job.eta"}, `select uuid,
			greatest(date_created, eta), date_started, date_done, coalesce(retry, 0), state = 'failed'
			from queue_job where date_created >= $1 and (date_done is not null or
			state not in ('wait_dependencies', 'cancelled') and coalesce(eta, date_created) <= now() at time zone 'utc')`},
	}
}

// Jobs reads the background work that was queued since base, on the trial's clock.
// The clocks of the database and of the trial must agree. A source that a target does
// not have is skipped.
func Jobs(ctx context.Context, tenants []Tenant, base time.Time) ([]results.Job, error) {
	var all []results.Job
	var problems []error
	for _, tenant := range tenants {
		if tenant.DSN == "" {
			continue // the API does not show these tables
		}
		jobs, err := tenantJobs(ctx, tenant, base)
		all = append(all, jobs...)
		if err != nil {
			problems = append(problems, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	return all, errors.Join(problems...)
}

func tenantJobs(ctx context.Context, tenant Tenant, base time.Time) (all []results.Job, err error) {
	db, err := open(ctx, tenant)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	var problems []error
	for _, source := range jobSources() {
		if db.schema.missing(source.needs) != "" {
			continue
		}
		err := db.query(ctx, func(rows pgx.Rows) error {
			job := results.Job{Tenant: tenant.Name, Kind: source.kind}
			var queued, pushed, done *time.Time
			if err := rows.Scan(&job.Ref, &queued, &pushed, &done, &job.Tries, &job.Failed); err != nil {
				return err
			}
			since := func(at *time.Time) results.Offset {
				if at == nil {
					return results.Never
				}
				return results.OffsetOf(at.Sub(base))
			}
			job.Queued, job.Pushed, job.Done = since(queued), since(pushed), since(done)
			all = append(all, job)
			return nil
		}, source.sql, base.UTC())
		if err != nil {
			problems = append(problems, fmt.Errorf("read background work of kind %s: %w", source.kind, err))
		}
	}
	return all, errors.Join(problems...)
}
