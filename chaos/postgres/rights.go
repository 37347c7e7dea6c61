package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// Rights returns what each action needs of the role in the DSN, by action, for the
// documentation and for messages.
func Rights() map[string]string {
	return map[string]string{
		"terminate-backends": "membership in pg_signal_backend and pg_read_all_stats, or a superuser",
		"lock-table":         "TRUNCATE on the table (its owner has it), or a superuser",
		"connection-limit":   "a superuser",
		"replay-pause":       "EXECUTE on pg_wal_replay_pause and pg_wal_replay_resume, or a superuser",
		"fill-wal-disk":      "a superuser",
	}
}

// Check connects to the server as a fault of the action does, and returns what its role
// lacks. The fault's Prepare does the same; Check needs no fault.
func Check(ctx context.Context, target Target, action, table string) error {
	var fault chaos.Fault
	switch action {
	case "terminate-backends":
		fault = TerminateBackends(target)
	case "lock-table":
		fault = LockTable(target, table, "", 0)
	case "connection-limit":
		fault = ConnectionLimit(target, 0, 0)
	case "replay-pause":
		fault = PauseReplay(target, 0)
	default:
		return Ready(ctx, target)
	}
	return errors.Join(fault.Prepare(ctx), fault.Close(ctx))
}

// allowed returns an error when the role of a session may not do what an action needs.
// The query must yield whether it may.
func (s *server) allowed(ctx context.Context, conn *pgx.Conn, action, query string, args ...any) error {
	var super, may bool
	var role string
	err := conn.QueryRow(ctx, `select rolsuper, rolname from pg_roles where rolname = current_user`).Scan(&super, &role)
	if err == nil && !super && query != "" {
		err = conn.QueryRow(ctx, query, args...).Scan(&may)
	}
	if err != nil {
		return fmt.Errorf("read the rights of the dsn's role on %s: %w", s.target.Name, err)
	}
	if !super && !may {
		return fmt.Errorf("the role %s of the dsn of %s may not do this; %s needs %s", role, s.target.Name, action, Rights()[action])
	}
	return nil
}

// connectError returns what a person can do about a session that was refused.
func connectError(name string, err error) error {
	text := err.Error()
	remedy := ""
	switch {
	case strings.Contains(text, "unsupported startup parameter"):
		remedy = "; PgBouncer answers there: name PostgreSQL itself in the dsn"
	case strings.Contains(text, "password authentication failed"), strings.Contains(text, "28P01"):
		remedy = "; the user or the password in the dsn is wrong"
	case strings.Contains(text, "no pg_hba.conf entry"):
		remedy = "; pg_hba.conf does not admit this user from here"
	case strings.Contains(text, "connection refused"):
		remedy = "; nothing listens there: check host and port of the dsn"
	}
	return fmt.Errorf("connect to %s: %w%s", name, err, remedy)
}
