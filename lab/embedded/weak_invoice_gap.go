package embedded

import "context"

// gappyNumber takes a number from a sequence outside the transaction: the weakness
// invoice-gap. A rollback loses the number, and every tenth is left unused, as if
// it belonged to a posting that was rolled back.
func (c *call) gappyNumber(ctx context.Context) (n int64, err error) {
	const next = "select nextval('invoice_number_outside')"
	if err := c.row(ctx, next).Scan(&n); err != nil || n%10 != 0 {
		return n, err
	}
	err = c.row(ctx, next).Scan(&n)
	return n, err
}
