package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

const (
	attempts   = 5                // in a row, by one consumer
	claimAfter = 60 * time.Second // longer than these attempts usually take
	claimAmong = 100              // entries looked at
)

// job is an entry of the stream.
type job struct {
	entry     string
	database  string
	picking   int64
	reference string
	outbox    int64 // row, 0 for jobs that came past the outbox
}

// key is what the carrier recognises a repetition by.
func (j job) key() string { return j.database + "/" + j.reference }

// consume works on jobs, one at a time, until ctx ends.
func (c *connector) consume(ctx context.Context, name string) {
	for ctx.Err() == nil {
		entry, err := c.next(ctx, name)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && strings.HasPrefix(err.Error(), "NOGROUP"):
			// First start, or Redis came back empty: the group is ours to make.
			err = c.redis.XGroupCreateMkStream(ctx, Stream, Group, "0").Err()
			if err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") {
				continue
			}
			fallthrough
		case err != nil:
			c.log.Warn("stream not read", "consumer", name, "error", err)
			pause(ctx, time.Second)
			continue
		case entry == nil:
			continue
		}
		c.persist(ctx, name, *entry)
	}
}

// persist tries a job a few times, less and less often. A job that still fails
// stays pending in the group, and some consumer claims it again later.
func (c *connector) persist(ctx context.Context, name string, entry redis.XMessage) {
	wait := c.config.Retry
	for range attempts {
		err := c.handle(ctx, entry)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.log.Warn("job not done", "consumer", name, "entry", entry.ID, "error", err)
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// next is an entry that failed or was left by a consumer that died, else a new
// one; nil when there is none for a second.
func (c *connector) next(ctx context.Context, name string) (*redis.XMessage, error) {
	left, err := c.claim(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		return &left[0], nil
	}
	streams, err := c.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: Group, Consumer: name, Streams: []string{Stream, ">"}, Count: 1, Block: time.Second,
	}).Result()
	if errors.Is(err, redis.Nil) || (err == nil && (len(streams) == 0 || len(streams[0].Messages) == 0)) {
		return nil, nil // nothing to do is no error
	}
	if err != nil {
		return nil, err
	}
	return &streams[0].Messages[0], nil
}

// claim takes over an entry that has been in somebody's hands for too long. Redis before 6.2
// has no command for that: it is found first.
func (c *connector) claim(ctx context.Context, name string) ([]redis.XMessage, error) {
	left, _, err := c.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: Stream, Group: Group, Consumer: name, Start: "0", Count: 1, MinIdle: claimAfter,
	}).Result()
	if err == nil || !strings.HasPrefix(err.Error(), "ERR unknown command") {
		return left, err
	}
	pending, err := c.redis.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: Stream, Group: Group, Start: "-", End: "+", Count: claimAmong,
	}).Result()
	if err != nil {
		return nil, err
	}
	for _, p := range pending {
		if p.Idle >= claimAfter {
			return c.redis.XClaim(ctx, &redis.XClaimArgs{
				Stream: Stream, Group: Group, Consumer: name, MinIdle: claimAfter, Messages: []string{p.ID},
			}).Result()
		}
	}
	return nil, nil
}

// handle sees one job through: label, tracking number, done, acknowledged.
func (c *connector) handle(ctx context.Context, entry redis.XMessage) error {
	j, err := parseJob(entry)
	if err == nil && c.pools[j.database] == nil {
		err = fmt.Errorf("no tenant has the database %q", j.database)
	}
	if err != nil {
		// It will not get better: drop it, loudly.
		c.log.Error("job dropped", "entry", entry.ID, "error", err)
		return c.acknowledge(ctx, entry.ID)
	}
	done, err := c.isDone(ctx, j)
	if err != nil {
		return err
	}
	if !done {
		tracking, err := c.label(ctx, j)
		if err != nil {
			return err
		}
		if err := c.writeBack(ctx, j, tracking); err != nil {
			return err
		}
		if err := c.markDone(ctx, j); err != nil {
			return err
		}
		c.log.Info("job done", "database", j.database, "reference", j.reference, "tracking", tracking)
	}
	return c.acknowledge(ctx, j.entry)
}

// isDone spares the carrier a job whose entry was added twice.
func (c *connector) isDone(ctx context.Context, j job) (bool, error) {
	if j.outbox == 0 {
		return false, nil
	}
	var state string
	err := c.pools[j.database].QueryRow(ctx, `select state from harness_outbox where id = $1`, j.outbox).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up the outbox row: %w", err)
	}
	return state == "done", nil
}

func (c *connector) markDone(ctx context.Context, j job) error {
	if j.outbox == 0 {
		return nil
	}
	_, err := c.pools[j.database].Exec(ctx,
		`update harness_outbox set state = 'done', done_at = now() at time zone 'utc' where id = $1`, j.outbox)
	if err != nil {
		return fmt.Errorf("mark the outbox row done: %w", err)
	}
	return nil
}

// acknowledge takes the entry off the stream for good.
func (c *connector) acknowledge(ctx context.Context, entry string) error {
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, Stream, Group, entry)
		p.XDel(ctx, Stream, entry)
		return nil
	})
	if err != nil {
		return fmt.Errorf("acknowledge the entry: %w", err)
	}
	return nil
}

// parseJob reads an entry; Odoo in its weak modes writes the same form.
func parseJob(entry redis.XMessage) (job, error) {
	text := func(name string) string { s, _ := entry.Values[name].(string); return s }
	picking, errPicking := strconv.ParseInt(text("picking"), 10, 64)
	outbox, errOutbox := strconv.ParseInt(text("outbox"), 10, 64)
	j := job{entry: entry.ID, database: text("db"), picking: picking, reference: text("reference"), outbox: outbox}
	if errPicking != nil || errOutbox != nil || j.database == "" || j.reference == "" {
		return job{}, fmt.Errorf("not a job: %v", entry.Values)
	}
	return j, nil
}
