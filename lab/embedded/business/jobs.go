package business

import (
	"context"
	"fmt"

	"example.org/odooharness/lab/embedded/weakness"
)

// Job is a shipment that wants a label.
type Job struct {
	Picking           int64
	Reference, Origin string
}

// enqueue hands a job to the connector: as a row of the outbox, in the transaction
// of the shipment, so that it exists exactly when the shipment does. Two
// weaknesses do without the outbox:
//
//	lost-job     to Redis after the commit, failures ignored
//	phantom-job  see announce
func (c *Call) enqueue(ctx context.Context, j Job) error {
	switch {
	case c.Server.Has(weakness.PhantomJob):
		return nil // announced already
	case c.Server.Has(weakness.LostJob):
		c.After = append(c.After, func(ctx context.Context) {
			if err := c.Server.Push(ctx, c.Database, j); err != nil {
				c.Server.Log("ERROR", c.Database, fmt.Sprintf("connector: job of %s is lost: %v", j.Reference, err))
			}
		})
		return nil
	}
	_, err := c.exec(ctx, "insert into harness_outbox (picking_id, reference, origin) values ($1, $2, $3)",
		j.Picking, j.Reference, j.Origin)
	return err
}

// announce is the weakness phantom-job: the job goes to Redis before anything was
// checked, let alone committed.
func (c *Call) announce(ctx context.Context, j Job) error {
	if !c.Server.Has(weakness.PhantomJob) {
		return nil
	}
	return c.Server.Push(ctx, c.Database, j)
}
