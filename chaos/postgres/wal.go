package postgres

import (
	"context"
	"fmt"
)

// CommitWrite commits a transaction that writes log and nothing else, on the
// server's own disk: no standby is waited for.
func CommitWrite(ctx context.Context, target Target) error {
	return target.exec(ctx, `begin; set local synchronous_commit = local;
		select pg_logical_emit_message(true, 'odoo-harness', 'is there room?'); commit`)
}

// NextSegment has the server leave its present file of log for the next one; an
// error when there is none and no room to make it.
func NextSegment(ctx context.Context, target Target) error {
	if err := CommitWrite(ctx, target); err != nil { // an unused file is not left
		return err
	}
	return target.exec(ctx, `select pg_switch_wal()`)
}

// HoldLog keeps the server from using a file of log twice, until release is called or
// the server ends: a slot that goes with its session.
func HoldLog(ctx context.Context, target Target) (release func(), err error) {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `select pg_create_physical_replication_slot('odoo_harness_fill', true, true)`); err != nil {
		shut(ctx, conn)
		return nil, fmt.Errorf("keep the log of %s from being used again: %w", target.Name, err)
	}
	return func() { shut(ctx, conn) }, nil
}

// Checkpoint lets the server drop log that it needs no longer.
func Checkpoint(ctx context.Context, target Target) error { return target.exec(ctx, `checkpoint`) }

// CurrentSegment names the file of log that the server writes to.
func CurrentSegment(ctx context.Context, target Target) (name string, err error) {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return "", err
	}
	defer shut(ctx, conn)
	if err := conn.QueryRow(ctx, `select pg_walfile_name(pg_current_wal_insert_lsn())`).Scan(&name); err != nil {
		return "", fmt.Errorf("read where the log of %s is: %w", target.Name, err)
	}
	return name, nil
}

// exec runs statements in a session of their own.
func (t Target) exec(ctx context.Context, statements string) error {
	conn, err := t.connect(ctx, "")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	// The simple protocol takes several statements at once.
	if _, err := conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
		return fmt.Errorf("write to %s: %w", t.Name, err)
	}
	return nil
}
