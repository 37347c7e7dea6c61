package odoostack

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

//go:embed volume_block.py
var volumeBlock string

//go:embed volume.sql
var volumeSQL string

// yearCopies is how often the block of volume_block.py is repeated for a year: 8 products, 4
// partners, 20 orders and 100 moves each time.
const yearCopies = 2500

// ensureVolume opens the template with a volume of data, making it from the small one first
// when there is none.
func ensureVolume(
	ctx context.Context, cache string, root *debian.Root, small *Template, log *slog.Logger,
) (*Template, error) {
	digest := debian.Digest(filepath.Base(small.Dir), volumeBlock, volumeSQL, fmt.Sprint(yearCopies))
	dir := filepath.Join(cache, "template-year-"+digest)
	if _, err := os.Stat(dir); err != nil {
		err := debian.BuildOnce(ctx, dir, log, func(building string) error {
			return makeVolume(ctx, root, small, building, log)
		})
		if err != nil {
			return nil, fmt.Errorf("make the template of a year: %w", err)
		}
	}
	t := *small
	t.Dir, t.Volume = dir, lab.VolumeYear
	return &t, nil
}

// makeVolume fills an empty folder:
//
//	copy of the small template -> one block by Odoo -> copies by SQL -> statistics -> stop
func makeVolume(ctx context.Context, root *debian.Root, small *Template, dir string, log *slog.Logger) error {
	log.Info("making the template of a year of data (3 to 10 minutes)")
	for _, part := range []string{"postgres", "odoo", "template.json"} {
		if err := debian.CopyTree(ctx, filepath.Join(small.Dir, part), filepath.Join(dir, part), false); err != nil {
			return err
		}
	}
	port, err := ports.Number(ctx)
	if err != nil {
		return err
	}
	pg := &postgres{root: root, stack: dir, data: "postgres", port: port, bufferMB: 512, passwords: small.Passwords,
		extra: []string{"fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=2GB",
			"maintenance_work_mem=256MB", "autovacuum=off"}}
	o := &odoo{root: root, stack: dir, dbPort: port, dbPassword: small.Passwords.Odoo, workers: 0}
	if err := errors.Join(pg.configure(), o.layOut()); err != nil {
		return err
	}
	if err := pg.during(ctx, func() error { return fillVolume(ctx, pg, o) }); err != nil {
		return err
	}
	if err := shrink(ctx, pg); err != nil {
		return err
	}
	for _, leftover := range []string{"odoo.conf", "addons", "postgres/postmaster.opts"} {
		if err := os.RemoveAll(filepath.Join(dir, leftover)); err != nil {
			return fmt.Errorf("tidy the template of a year: %w", err)
		}
	}
	return nil
}

// fillVolume makes the block and its copies on a running server.
func fillVolume(ctx context.Context, pg *postgres, o *odoo) error {
	var output bytes.Buffer
	cmd := o.tool(nil, "shell", "--no-http", "-d", templateDB)
	cmd.Stdin = strings.NewReader(volumeBlock)
	if err := run(ctx, cmd, &output); err != nil {
		return fmt.Errorf("make the block: %w\n%s", err, debian.LastLines(output.String(), 15))
	}
	marks, err := marksOf(output.String())
	if err != nil {
		return err
	}
	return pg.do(ctx, templateDB, func(c *pgx.Conn) error {
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{sql: "set session_replication_role = replica"}, // a copy of what is consistent needs no check
			{sql: volumeSQL},
			{sql: "select pg_temp.repeat_block($1::jsonb, $2)", args: []any{marks, yearCopies}},
			{sql: "vacuum (analyze)"},
			{sql: "select pg_stat_statements_reset()"},
		} {
			if _, err := c.Exec(ctx, step.sql, step.args...); err != nil {
				return fmt.Errorf("repeat the block: %w", err)
			}
		}
		return nil
	})
}

// marksOf finds the line of volume_block.py in the shell's output.
func marksOf(output string) (string, error) {
	for line := range strings.Lines(output) {
		if _, raw, ok := strings.Cut(line, "VOLUME "); ok {
			return strings.TrimSpace(raw), nil
		}
	}
	return "", fmt.Errorf("make the block: the script did not finish\n%s", debian.LastLines(output, 15))
}
