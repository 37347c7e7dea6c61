package business

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/lab/embedded/weakness"
)

// postMoves posts drafts: each takes the next number of its journal. It answers
// false, as Odoo does.
func postMoves(ctx context.Context, c *Call) (any, error) {
	type row struct {
		ID          int64
		Name, State string
	}
	rows, err := collect[row](ctx, c, `select id, name, state from account_move
		where id = any($1) order by id for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	if len(rows) < len(sorted(c.IDs)) {
		return nil, c.exist(ctx, c.IDs)
	}
	for _, r := range rows {
		if r.State != "draft" {
			return nil, userError("The entry %s (id %d) must be in draft.", r.Name, r.ID)
		}
		if err := c.post(ctx, r.ID, salesJournal, "INV"); err != nil {
			return nil, err
		}
	}
	return false, nil
}

// post numbers an entry and marks it and its lines posted.
func (c *Call) post(ctx context.Context, move int64, journal int, prefix string) error {
	number, err := c.number(ctx, journal)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s/%d/%05d", prefix, time.Now().UTC().Year(), number)
	if _, err := c.exec(ctx, "update account_move set name = $2, state = 'posted' where id = $1", move, name); err != nil {
		return err
	}
	_, err = c.exec(ctx, "update account_move_line set move_name = $2, parent_state = 'posted' where move_id = $1", move, name)
	return err
}

// number takes the journal's next number. The journal's row stays locked until the
// commit and a rollback returns the number. So numbers have no gap, and a call that
// posts at the same time has to be retried.
func (c *Call) number(ctx context.Context, journal int) (n int64, err error) {
	if c.Server.Has(weakness.InvoiceGap) && journal == salesJournal {
		return c.gappyNumber(ctx)
	}
	err = c.row(ctx, `update account_journal set last_number = last_number + 1
		where id = $1 returning last_number`, journal).Scan(&n)
	return n, err
}

// gappyNumber takes a number from a sequence outside the transaction: the weakness
// invoice-gap. A rollback loses the number, and every tenth is left unused, as if
// it belonged to a posting that was rolled back.
func (c *Call) gappyNumber(ctx context.Context) (n int64, err error) {
	const next = "select nextval('invoice_number_outside')"
	if err := c.row(ctx, next).Scan(&n); err != nil || n%10 != 0 {
		return n, err
	}
	err = c.row(ctx, next).Scan(&n)
	return n, err
}
