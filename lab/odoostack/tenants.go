package odoostack

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// hostOf is the name under which the ingress knows a tenant; nobody resolves it,
// clients send it as the Host header.
func hostOf(tenant string) string { return tenant + ".localhost" }

// cloneTenants makes each tenant's database and files from the template. Cloning a small one
// by the write-ahead log takes half a second; by file copy it would wait for two checkpoints.
// A large one is copied by file: the log would be as large.
func cloneTenants(ctx context.Context, pg *postgres, t *Template, tenants []string, limits map[string]lab.Limit,
	ingress int) error {
	strategy := " strategy wal_log"
	switch {
	case versionOf(pg.root).old: // there is file copy alone
		strategy = ""
	case t.Volume == lab.VolumeYear:
		strategy = " strategy file_copy"
	}
	err := pg.do(ctx, "postgres", func(c *pgx.Conn) error {
		for _, tenant := range tenants {
			sql := fmt.Sprintf("create database %s owner odoo template %s%s",
				pgx.Identifier{tenant}.Sanitize(), templateDB, strategy)
			if _, err := c.Exec(ctx, sql); err != nil {
				return fmt.Errorf("clone the template to %s: %w", tenant, err)
			}
			for _, sql := range limits[tenant].Statements(tenant) {
				if _, err := c.Exec(ctx, sql); err != nil {
					return fmt.Errorf("limit %s: %w", tenant, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		url := fmt.Sprintf("http://%s:%d", hostOf(tenant), ingress)
		if err := pg.do(ctx, tenant, func(c *pgx.Conn) error { return makeDistinct(ctx, c, url) }); err != nil {
			return fmt.Errorf("make %s a database of its own: %w", tenant, err)
		}
		// The filestore names files by content and never rewrites one.
		err := debian.CopyTree(ctx, filepath.Join(t.Dir, "odoo", "filestore", templateDB),
			filepath.Join(pg.stack, "odoo", "filestore", tenant), true)
		if err != nil {
			return err
		}
	}
	return nil
}

// makeDistinct gives a clone its own identity and address. Its crons are due in
// a day: those of a template that has lain for a while would all run at the start.
func makeDistinct(ctx context.Context, c *pgx.Conn, url string) error {
	for _, sql := range []string{
		`update ir_config_parameter set value = gen_random_uuid()::text
			where key in ('database.uuid', 'database.secret')`,
		`update ir_cron set nextcall = now() at time zone 'utc' + interval '1 day', lastcall = null`,
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	for key, value := range map[string]string{"web.base.url": url, "web.base.url.freeze": "True"} {
		_, err := c.Exec(ctx, `insert into ir_config_parameter (key, value) values ($1, $2)
			on conflict (key) do update set value = excluded.value`, key, value)
		if err != nil {
			return err
		}
	}
	return nil
}
