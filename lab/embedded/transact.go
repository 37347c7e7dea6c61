package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// tries is Odoo's MAX_TRIES_ON_CONCURRENCY_FAILURE.
const tries = 5

// acquireLimit bounds the wait for a connection of a full pool: Odoo's raises an error
// when it is full, it does not wait.
const acquireLimit = 2 * time.Second

// connectLimit bounds the wait for PostgreSQL to answer a new connection. On a busy
// machine that takes seconds; Odoo waits as long as it lasts.
const connectLimit = 15 * time.Second

// call is one request on its way through the server.
type call struct {
	server  *server
	db      *database
	tx      pgx.Tx
	begin   time.Time
	queries int
	sqlTime time.Duration
	uid     int64

	model, method string
	ids           []int64
	args          arguments
	context       arguments
	after         []func(context.Context) // run after the commit
}

// connect takes a connection, which is how Odoo notices that a database is away.
func (s *server) connect(ctx context.Context, db *database) (*pgxpool.Conn, error) {
	if db == nil {
		return nil, errNoDatabase
	}
	connecting, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	for {
		limited, cancel := context.WithTimeout(connecting, acquireLimit)
		conn, err := db.pool.Acquire(limited)
		waited := limited.Err() != nil
		cancel()
		full := db.pool.Stat().AcquiredConns() >= db.pool.Config().MaxConns
		switch {
		case err == nil:
			return conn, nil
		case waited && full && ctx.Err() == nil:
			return nil, &odooError{"psycopg2.pool.PoolError", "The Connection Pool Is Full", 500, 200}
		case waited && connecting.Err() == nil:
			continue
		}
		s.log.Printf("%s ERROR %s odoo.sql_db: Connection to the database failed: %v", stamp(), db.name, err)
		return nil, errNoDatabase
	}
}

// transact runs the operation of the call in one transaction, with Odoo's ladder
// of tries:
//
//	try 1 ── conflict ──> sleep uniform(0, 2^1) s ──> try 2 ── ... ──> try 5 ── conflict ──> the client
//
// times the scale. The worker sleeps with it, as in Odoo: that is why more workers
// do not help on hot products.
func (s *server) transact(ctx context.Context, c *call, conn *pgxpool.Conn, op operation) (json.RawMessage, error) {
	most := tries
	if s.config.has(NoRetry) {
		most = 1
	}
	for try := 1; ; try++ {
		result, err := s.once(ctx, c, conn.Conn(), op)
		if err == nil {
			return result, nil
		}
		name := conflict(err)
		if name == "" {
			return nil, err
		}
		if try >= most {
			s.log.Printf("%s INFO %s odoo.service.model: %s, maximum number of tries reached!", stamp(), c.db.name, name)
			return nil, err
		}
		wait := time.Duration(s.uniform() * math.Pow(2, float64(try)) * s.config.Scale * float64(time.Second))
		s.log.Printf("%s INFO %s odoo.service.model: %s, %d tries left, try again in %.4f sec...",
			stamp(), c.db.name, name, most-try, wait.Seconds())
		sleep(ctx, wait)
	}
}

// once is one try: half of the service time passes after the snapshot was taken
// and before the work, half between the work and the commit, while its locks are
// held.
func (s *server) once(ctx context.Context, c *call, conn *pgx.Conn, op operation) (_ json.RawMessage, err error) {
	begin := time.Now()
	c.after = nil
	c.tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return nil, err
	}
	c.queries, c.sqlTime = c.queries+1, c.sqlTime+time.Since(begin)
	defer func() {
		if err != nil {
			// On a broken connection there is nothing to roll back.
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = c.tx.Rollback(closing) //nolint:errcheck // see above
		}
	}()
	var login string
	if err := c.row(ctx, "select login from res_users where id = $1", c.uid).Scan(&login); err != nil {
		return nil, err
	}
	service := op.service(len(c.ids), c.args)
	s.spend(ctx, service/2)
	result, err := op.run(ctx, c)
	if err != nil {
		return nil, err
	}
	raw, err := encode(result)
	if err != nil {
		return nil, err
	}
	s.spend(ctx, service/2)
	if op.writes && s.loses() {
		return raw, c.tx.Rollback(ctx)
	}
	begin = time.Now()
	if err := c.tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	c.sqlTime += time.Since(begin)
	for _, do := range c.after {
		do(ctx)
	}
	return raw, nil
}

// encode passes on what PostgreSQL wrote as JSON already.
func encode(result any) (json.RawMessage, error) {
	if raw, ok := result.(json.RawMessage); ok {
		return raw, nil
	}
	return json.Marshal(result)
}

// spend lets a service time of Odoo pass, scaled, with a jitter of ±25 %.
func (s *server) spend(ctx context.Context, d time.Duration) {
	sleep(ctx, time.Duration(float64(d)*s.config.Scale*(0.75+0.5*s.uniform())))
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// exec runs a statement of the call's transaction.
func (c *call) exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	begin := time.Now()
	tag, err := c.tx.Exec(ctx, sql, args...)
	c.queries, c.sqlTime = c.queries+1, c.sqlTime+time.Since(begin)
	return tag, err
}

// row runs a query that answers one row.
func (c *call) row(ctx context.Context, sql string, args ...any) pgx.Row {
	begin := time.Now()
	row := c.tx.QueryRow(ctx, sql, args...)
	c.queries, c.sqlTime = c.queries+1, c.sqlTime+time.Since(begin)
	return row
}

// collect runs a query and reads every row into a struct by position.
func collect[T any](ctx context.Context, c *call, sql string, args ...any) ([]T, error) {
	begin := time.Now()
	defer func() { c.queries, c.sqlTime = c.queries+1, c.sqlTime+time.Since(begin) }()
	rows, err := c.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// numbers runs a query and reads a column of ids.
func (c *call) numbers(ctx context.Context, sql string, args ...any) ([]int64, error) {
	begin := time.Now()
	defer func() { c.queries, c.sqlTime = c.queries+1, c.sqlTime+time.Since(begin) }()
	rows, err := c.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

var errNoRows = pgx.ErrNoRows //nolint:gochecknoglobals // an error value

func noRows(err error) bool { return errors.Is(err, errNoRows) }
