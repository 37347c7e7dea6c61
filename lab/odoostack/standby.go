package odoostack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/lab/odoostack/debian"
)

// standbySlot keeps the write-ahead log that the standby has not got yet. It goes
// with the primary's data directory when the lab is taken down; a slot left on a
// server that lives on would keep the log for ever.
const standbySlot = "standby1"

// standbyOf describes the standby of a primary; it receives the write-ahead log
// through an edge of its own, so that a fault can delay it without touching Odoo.
func standbyOf(p *postgres, port, edge int) *postgres {
	s := *p
	s.data, s.port, s.primary, s.extra, s.archive, s.walBytes = "standby", port, edge, nil, false, 0
	return &s
}

// copyStandby makes the standby's data directory from the running primary.
func copyStandby(ctx context.Context, primary, standby *postgres) error {
	if err := primary.root.Folder("postgres", filepath.Join(standby.stack, standby.data)); err != nil {
		return err
	}
	err := primary.do(ctx, "postgres", func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "select pg_create_physical_replication_slot($1)", standbySlot)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the replication slot: %w", err)
	}
	var output bytes.Buffer
	err = run(ctx, primary.root.Command("postgres", primary.stack, nil, nil, "pg_basebackup",
		"-d", conninfo("postgres", primary.passwords.Postgres, primary.port), "-D", debian.Inside+"/"+standby.data,
		"-X", "stream", "-S", standbySlot, "-c", "fast", "--no-sync"), &output)
	if err != nil {
		return fmt.Errorf("copy the primary: %w\n%s", err, debian.LastLines(output.String(), 8))
	}
	return errors.Join(standby.configure(),
		standby.root.Write("postgres", filepath.Join(standby.stack, standby.data, "standby.signal"), ""))
}
