package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// claimKey is the advisory lock of a run, in the maintenance database of each server
// that it may hit: "odooharn" in ASCII.
const claimKey = 0x6f646f6f6861726e

// connectLimit bounds the connection to a server that does not answer.
const connectLimit = 5 * time.Second

// ErrClaimed is returned when another run of the harness may hit a server.
var ErrClaimed = errors.New("another run of the harness uses this server")

// Claim is the exclusive right of one run to make faults on servers. It is a session
// with an advisory lock on each, so it ends with the process that has it.
type Claim struct {
	run      string // reported to another one
	sessions []*pgx.Conn
}

// claimName begins the application_name of a claim; the run follows.
const claimName = "odoo-harness "

// NewClaim claims the servers of the targets for a run. Several targets may be on one server. One
// that cannot be reached is left out: no fault can be made in it, either. The error wraps
// ErrClaimed and names the session that has the server; nothing is claimed then.
func NewClaim(ctx context.Context, run string, targets ...Target) (*Claim, error) {
	c := &Claim{run: run}
	for _, t := range targets {
		if err := c.add(ctx, t); err != nil {
			c.Close(ctx)
			return nil, err
		}
	}
	return c, nil
}

func (c *Claim) add(ctx context.Context, t Target) error {
	if t.DSN == "" {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	conn, err := t.connectAs(limited, "", claimName+c.run)
	if err != nil {
		return nil //nolint:nilerr // it cannot be hit
	}
	var claimed bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, int64(claimKey)).Scan(&claimed); err != nil {
		shut(ctx, conn)
		return fmt.Errorf("claim %s: %w", t.Name, err)
	}
	if claimed {
		c.sessions = append(c.sessions, conn)
		return nil
	}
	defer func() {
		if !claimed {
			shut(ctx, conn)
		}
	}()
	var pid int32
	var from, run string
	var since time.Time
	err = conn.QueryRow(ctx, `select a.pid, coalesce(host(a.client_addr), 'this machine'), a.backend_start, a.application_name
		from pg_locks l join pg_stat_activity a using (pid)
		where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
		and (l.classid::bigint << 32) + l.objid::bigint = $1`, int64(claimKey)).Scan(&pid, &from, &since, &run)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it is just ending: PostgreSQL lets go of its lock within moments
		if claimed = wait(ctx, conn); !claimed {
			return fmt.Errorf("%s: %w; run again", t.Name, ErrClaimed)
		}
		c.sessions = append(c.sessions, conn)
		return nil
	case err != nil:
		return fmt.Errorf("read who has claimed %s: %w", t.Name, err)
	case c.has(pid):
		return nil // two components on one server
	}
	return fmt.Errorf("%s: %w: %s since %s, from %s (session %d); wait until it has ended",
		t.Name, ErrClaimed, strings.TrimPrefix(run, claimName), since.Local().Format(time.TimeOnly), from, pid)
}

// wait waits up to three seconds for the lock of a session that ends.
func wait(ctx context.Context, conn *pgx.Conn) bool {
	_, err := conn.Exec(ctx, `set lock_timeout = '3s'`)
	if err == nil {
		_, err = conn.Exec(ctx, `select pg_advisory_lock($1)`, int64(claimKey))
	}
	return err == nil
}

func (c *Claim) has(pid int32) bool {
	return slices.ContainsFunc(c.sessions, func(conn *pgx.Conn) bool { return int32(conn.PgConn().PID()) == pid })
}

// Close gives the servers up.
func (c *Claim) Close(ctx context.Context) {
	if c == nil {
		return
	}
	for _, conn := range c.sessions {
		shut(ctx, conn)
	}
	c.sessions = nil
}
