package server

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.org/odooharness/lab/embedded/business"
	"example.org/odooharness/lab/embedded/weakness"
)

// tries is Odoo's MAX_TRIES_ON_CONCURRENCY_FAILURE.
const tries = 5

// AcquireLimit bounds the wait for a connection of a full pool: Odoo's raises an error
// when it is full, it does not wait.
const AcquireLimit = 2 * time.Second

// ConnectLimit bounds the wait for PostgreSQL to answer a new connection. On a busy
// machine that takes seconds; Odoo waits as long as it lasts.
const ConnectLimit = 15 * time.Second

// call is one request on its way through the server.
type call struct {
	business.Call
	db    *database
	begin time.Time
}

// connect acquires a connection. So Odoo notices that a database is unavailable.
func (s *server) connect(ctx context.Context, db *database) (*pgxpool.Conn, error) {
	if db == nil {
		return nil, errNoDatabase
	}
	connecting, cancel := context.WithTimeout(ctx, ConnectLimit)
	defer cancel()
	for {
		limited, cancel := context.WithTimeout(connecting, AcquireLimit)
		conn, err := db.pool.Acquire(limited)
		waited := limited.Err() != nil
		cancel()
		full := db.pool.Stat().AcquiredConns() >= db.pool.Config().MaxConns
		switch {
		case err == nil:
			return conn, nil
		case waited && full && ctx.Err() == nil:
			return nil, business.NewError("psycopg2.pool.PoolError", "The Connection Pool Is Full", 500, 200)
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
func (s *server) transact(ctx context.Context, c *call, conn *pgxpool.Conn, op business.Operation) (json.RawMessage, error) {
	most := tries
	if s.config.has(weakness.NoRetry) {
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

// perform runs the operation as the weaknesses have it.
func (s *server) perform(ctx context.Context, c *call, conn *pgxpool.Conn, op business.Operation) (json.RawMessage, error) {
	if op.Heavy && s.config.has(weakness.NeighbourStarvation) {
		defer s.starve(ctx)()
	}
	return s.transact(ctx, c, conn, op)
}

// putBack returns a connection to the pool, or does with it what a weakness does.
func (s *server) putBack(db *database, conn *pgxpool.Conn) {
	if db.leaks != nil && conn.Conn().IsClosed() {
		db.leaks.keep(conn)
		return
	}
	conn.Release()
}

// once is one try: half of the service time passes after the snapshot was taken
// and before the work, half between the work and the commit, while its locks are
// held.
func (s *server) once(ctx context.Context, c *call, conn *pgx.Conn, op business.Operation) (_ json.RawMessage, err error) {
	begin := time.Now()
	c.After = nil
	c.Tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return nil, err
	}
	c.Queries, c.SQLTime = c.Queries+1, c.SQLTime+time.Since(begin)
	defer func() {
		if err != nil {
			// On a broken connection there is nothing to roll back.
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = c.Tx.Rollback(closing)
		}
	}()
	if err := c.Account(ctx); err != nil {
		return nil, err
	}
	service := op.Service(len(c.IDs), c.Args)
	s.Spend(ctx, service/2)
	result, err := op.Run(ctx, &c.Call)
	if err != nil {
		return nil, err
	}
	raw, err := encode(result)
	if err != nil {
		return nil, err
	}
	s.Spend(ctx, service/2)
	if op.Writes && s.loses() {
		return raw, c.Tx.Rollback(ctx)
	}
	begin = time.Now()
	if err := c.Tx.Commit(ctx); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	c.SQLTime += time.Since(begin)
	for _, do := range c.After {
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

// Spend lets a service time of Odoo pass, scaled, with a jitter of ±25 %.
func (s *server) Spend(ctx context.Context, d time.Duration) {
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

// loses reports whether this write is acknowledged and rolled back: the weakness
// lost-ack-write, as a server does that answers before its disk has the data.
func (s *server) loses() bool {
	return s.config.has(weakness.LostAckWrite) && s.acks.Add(1)%int64(s.config.OneIn) == 0
}
