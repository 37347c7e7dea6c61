package kills

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// stranger reads a database that no setup names, every 50 ms, in a session of its own.
type stranger struct {
	dsn  string
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	whole   bool // the whole server is hit: its sessions end, and it may be unavailable
	samples int
	touched []error
}

func watchStranger(t *testing.T, dsn string) *stranger {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stranger{dsn: dsn, stop: cancel, done: make(chan struct{})}
	go s.watch(ctx)
	t.Cleanup(func() { cancel(); <-s.done })
	return s
}

// during sets whether the fault that comes hits the whole server.
func (s *stranger) during(whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = whole
}

// result returns how often it was read, and what had touched it.
func (s *stranger) result() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.samples, errors.Join(s.touched...)
}

func (s *stranger) watch(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var conn *pgx.Conn
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				_ = conn.Close(context.Background())
			}
			return
		case <-tick.C:
		}
		err := s.sample(ctx, &conn)
		s.mu.Lock()
		s.samples++
		var refused *pgconn.PgError
		if err != nil && ctx.Err() == nil && (!s.whole || errors.As(err, &refused) && refused.Code == "53300") {
			s.touched = append(s.touched, err)
		}
		s.mu.Unlock()
	}
}

// sample reads and writes with the session of before, and reads the database's settings.
func (s *stranger) sample(ctx context.Context, conn **pgx.Conn) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if *conn == nil {
		config, err := pgx.ParseConfig(s.dsn)
		if err != nil {
			return err
		}
		config.Database = "accounting"
		if *conn, err = pgx.ConnectConfig(ctx, config); err != nil {
			*conn = nil
			return err
		}
	}
	defer func() {
		if err != nil && *conn != nil {
			_ = (*conn).Close(ctx)
			*conn = nil
		}
	}()
	var limit, settings, locks int
	err = (*conn).QueryRow(ctx, `select datconnlimit, (select count(*) from pg_db_role_setting r where r.setdatabase = d.oid),
		(select count(*) from pg_locks l where l.database = d.oid and l.mode = 'AccessExclusiveLock')
		from pg_database d where datname = 'accounting'`).Scan(&limit, &settings, &locks)
	if err == nil && (limit != -1 || settings != 0 || locks != 0) {
		err = fmt.Errorf("accounting has limit %d, %d settings and %d exclusive locks", limit, settings, locks)
	}
	return err
}
