package business

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// exec runs a statement of the call's transaction.
func (c *Call) exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	begin := time.Now()
	tag, err := c.Tx.Exec(ctx, sql, args...)
	c.Queries, c.SQLTime = c.Queries+1, c.SQLTime+time.Since(begin)
	return tag, err
}

// row runs a query that answers one row.
func (c *Call) row(ctx context.Context, sql string, args ...any) pgx.Row {
	begin := time.Now()
	row := c.Tx.QueryRow(ctx, sql, args...)
	c.Queries, c.SQLTime = c.Queries+1, c.SQLTime+time.Since(begin)
	return row
}

// collect runs a query and reads every row into a struct by position.
func collect[T any](ctx context.Context, c *Call, sql string, args ...any) ([]T, error) {
	begin := time.Now()
	defer func() { c.Queries, c.SQLTime = c.Queries+1, c.SQLTime+time.Since(begin) }()
	rows, err := c.Tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// numbers runs a query and reads a column of ids.
func (c *Call) numbers(ctx context.Context, sql string, args ...any) ([]int64, error) {
	begin := time.Now()
	defer func() { c.Queries, c.SQLTime = c.Queries+1, c.SQLTime+time.Since(begin) }()
	rows, err := c.Tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func noRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
