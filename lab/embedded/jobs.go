package embedded

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/connector"
)

// job is a shipment that wants a label.
type job struct {
	picking           int64
	reference, origin string
}

// enqueue hands a job to the connector: as a row of the outbox, in the transaction
// of the shipment, so that it exists exactly when the shipment does. Two
// weaknesses do without the outbox:
//
//	lost-job     to Redis after the commit, failures ignored
//	phantom-job  see announce
func (c *call) enqueue(ctx context.Context, j job) error {
	s := c.server
	switch {
	case s.config.has(PhantomJob):
		return nil // announced already
	case s.config.has(LostJob):
		c.after = append(c.after, func(ctx context.Context) {
			if err := s.push(ctx, c.db.name, j); err != nil {
				s.log.Printf("%s ERROR %s connector: job of %s is lost: %v", stamp(), c.db.name, j.reference, err)
			}
		})
		return nil
	}
	_, err := c.exec(ctx, "insert into harness_outbox (picking_id, reference, origin) values ($1, $2, $3)",
		j.picking, j.reference, j.origin)
	return err
}

// announce is the weakness phantom-job: the job goes to Redis before anything was
// checked, let alone committed.
func (c *call) announce(ctx context.Context, j job) error {
	if !c.server.config.has(PhantomJob) {
		return nil
	}
	return c.server.push(ctx, c.db.name, j)
}

// push adds a job to the stream past the outbox.
func (s *server) push(ctx context.Context, database string, j job) error {
	err := s.redis.XAdd(ctx, &redis.XAddArgs{Stream: connector.Stream, Values: []string{
		"db", database, "picking", fmt.Sprint(j.picking), "reference", j.reference, "outbox", "0",
	}}).Err()
	if err != nil {
		return &storeError{err}
	}
	return nil
}
