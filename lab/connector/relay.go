package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

const (
	relayEvery = 200 * time.Millisecond // how long a job may wait in the outbox
	watchEvery = 5 * time.Second        // how often lost entries are looked for
	relayBatch = 100
)

// outboxRow is a job waiting in a tenant's outbox.
type outboxRow struct {
	ID        int64
	PickingID int64
	Reference string
	StreamID  string
}

// relay moves one tenant's rows to the stream until ctx ends.
func (c *connector) relay(ctx context.Context, database string) {
	watched := time.Now()
	for pause(ctx, relayEvery) {
		step := c.push
		if time.Since(watched) > watchEvery {
			step, watched = c.watch, time.Now()
		}
		limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
		err := step(limited, database)
		cancel()
		if err != nil && ctx.Err() == nil {
			c.log.Warn("outbox not relayed", "database", database, "error", err)
			pause(ctx, time.Second)
		}
	}
}

// push adds pending rows to the stream. The rows stay locked until they are
// marked; when marking fails the entries are there twice, never not at all.
func (c *connector) push(ctx context.Context, database string) error {
	return c.inTransaction(ctx, database, func(tx pgx.Tx) error {
		rows, err := selectRows(ctx, tx, `select id, picking_id, reference, coalesce(stream_id, '')
			from harness_outbox where state = 'pending' order by id limit $1 for update skip locked`, relayBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]int64, len(rows))
		entries := make([]string, len(rows))
		for i, r := range rows {
			entry, err := c.redis.XAdd(ctx, &redis.XAddArgs{Stream: Stream, Values: []string{
				"db", database, "picking", fmt.Sprint(r.PickingID), "reference", r.Reference, "outbox", fmt.Sprint(r.ID),
			}}).Result()
			if err != nil {
				return fmt.Errorf("add to the stream: %w", err)
			}
			ids[i], entries[i] = r.ID, entry
		}
		_, err = tx.Exec(ctx, `update harness_outbox o set state = 'pushed', stream_id = p.entry,
			pushed_at = now() at time zone 'utc', pushes = coalesce(pushes, 0) + 1
			from unnest($1::bigint[], $2::text[]) as p(id, entry) where o.id = p.id`, ids, entries)
		return err
	})
}

// watch returns rows to pending whose entry has left the stream without being done. A
// consumer marks a row done before it deletes the entry, and the lock taken here keeps
// it from doing so in between: a missing entry is a lost one.
func (c *connector) watch(ctx context.Context, database string) error {
	return c.inTransaction(ctx, database, func(tx pgx.Tx) error {
		rows, err := selectRows(ctx, tx, `select id, picking_id, reference, coalesce(stream_id, '')
			from harness_outbox where state = 'pushed' and pushed_at < now() at time zone 'utc' - interval '2 seconds'
			order by id limit $1 for update skip locked`, relayBatch)
		if err != nil {
			return err
		}
		var lost []int64
		for _, r := range rows {
			found, err := c.redis.XRangeN(ctx, Stream, r.StreamID, r.StreamID, 1).Result()
			if err != nil {
				return fmt.Errorf("look for an entry in the stream: %w", err)
			}
			if len(found) == 0 {
				lost = append(lost, r.ID)
			}
		}
		if len(lost) == 0 {
			return nil
		}
		c.log.Warn("the stream lost entries, pushing them again", "database", database, "jobs", len(lost))
		_, err = tx.Exec(ctx, `update harness_outbox set state = 'pending' where id = any($1)`, lost)
		return err
	})
}

// selectRows runs the query and reads every row.
func selectRows(ctx context.Context, tx pgx.Tx, sql string, limit int) ([]outboxRow, error) {
	rows, err := tx.Query(ctx, sql, limit)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[outboxRow])
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return out, nil
}

// inTransaction commits what f did, or nothing.
func (c *connector) inTransaction(ctx context.Context, database string, f func(pgx.Tx) error) error {
	tx, err := c.pools[database].Begin(ctx)
	if err != nil {
		return fmt.Errorf("reach the outbox: %w", err)
	}
	if err := f(tx); err != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		return errors.Join(err, tx.Rollback(closing))
	}
	return tx.Commit(ctx)
}
