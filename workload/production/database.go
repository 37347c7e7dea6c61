package production

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/workload"
)

const (
	batchRows        = 50_000 // primary keys of one statement
	statementTimeout = 30 * time.Second
)

// database is one database that is read.
type database struct {
	conn    *pgx.Conn
	name    string
	columns map[string]map[string]bool // table -> columns that exist and may be read
	seen    span
	to      *Collector
}

// Database counts the documents of an Odoo database of version 14 to 19. The role needs SELECT
// alone. Every transaction is read-only, which PostgreSQL confirms, and has a time limit for
// each statement. No setting of the session changes, so that a pooler may be in between.
func (c *Collector) Database(ctx context.Context, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("read DSN: %s", secret.Clean(err.Error()))
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // no prepared statement is left in a pooler
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the database: %s", secret.Clean(err.Error()))
	}
	d := &database{conn: conn, to: c}
	err = d.read(ctx)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, conn.Close(closing))
}

func (d *database) read(ctx context.Context) error {
	source := workload.Source{Kind: "database", ReadOnly: true}
	if err := d.describe(ctx, &source); err != nil {
		return err
	}
	for _, table := range tables() {
		if err := d.table(ctx, table); err != nil {
			return fmt.Errorf("database %s: count %s: %w", d.name, table.name, err)
		}
	}
	if d.seen.n == 0 {
		return fmt.Errorf("database %s: no document was found: %w", d.name, missingError(d.to.missing))
	}
	d.to.source(source, d.seen)
	return nil
}

// describe reads the database's name, the columns that may be read, and Odoo's version.
func (d *database) describe(ctx context.Context, s *workload.Source) error {
	d.columns = map[string]map[string]bool{}
	err := d.transaction(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select current_database()`).Scan(&d.name); err != nil {
			return err
		}
		// The view has the columns alone that the role may use.
		rows, err := tx.Query(ctx, `select table_name, column_name from information_schema.columns where table_schema = 'public'`)
		if err != nil {
			return err
		}
		var table, column string
		_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
			if d.columns[table] == nil {
				d.columns[table] = map[string]bool{}
			}
			d.columns[table][column] = true
			return nil
		})
		if err != nil || !d.columns["ir_module_module"]["latest_version"] {
			return err
		}
		err = tx.QueryRow(ctx, `select coalesce(max(latest_version), '') from ir_module_module where name = 'base'`).Scan(&s.Odoo)
		return err
	})
	s.Name = d.name
	if err != nil {
		return fmt.Errorf("describe the database: %s", secret.Clean(err.Error()))
	}
	if s.Odoo == "" {
		d.to.lacks(label(d.name), "the version in ir_module_module", "Odoo's version is unknown")
	}
	return nil
}

// transaction runs statements that can only read. It fails if PostgreSQL does not confirm that.
func (d *database) transaction(ctx context.Context, run func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, d.conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`set local statement_timeout = %d`, statementTimeout.Milliseconds())); err != nil {
			return err
		}
		var readOnly string
		if err := tx.QueryRow(ctx, `show transaction_read_only`).Scan(&readOnly); err != nil {
			return err
		}
		if readOnly != "on" {
			return errors.New("the transaction is not read-only: nothing was read")
		}
		return run(tx)
	})
}

// table counts one table, batch by batch.
func (d *database) table(ctx context.Context, t table) error {
	tenant := label(d.name)
	if lacking := t.lacking(d.columns); lacking != "" {
		d.to.lacks(tenant, lacking+": not there, or the role must not read it", t.effect)
		return nil
	}
	if d.to.options.ByCompany && t.company(d.columns) == noCompany {
		d.to.lacks("", t.name+" has no company", "its documents are those of company-0")
	}
	statement := t.statement(d.columns)
	for after, last := int64(0), int64(0); ; after = last {
		err := d.transaction(ctx, func(tx pgx.Tx) error {
			next := fmt.Sprintf(`select coalesce(max(id), 0) from (select id from %s where id > $1 order by id limit %d) b`, t.key(),
				batchRows)
			err := tx.QueryRow(ctx, next, after).Scan(&last)
			if err != nil || last == 0 {
				return err
			}
			rows, err := tx.Query(ctx, statement, after, last, d.to.options.From.UTC(), d.to.options.To.UTC())
			if err != nil {
				return err
			}
			var r row
			_, err = pgx.ForEachRow(rows, []any{&r.company, &r.interval, &r.kind, &r.size, &r.documents}, func() error {
				d.add(t, r)
				return nil
			})
			return err
		})
		if err != nil || last == 0 {
			return err
		}
	}
}

// add counts one row of a batch.
func (d *database) add(t table, r row) {
	journey, n := t.journey(r)
	h := d.to.history(d.to.tenant(d.name, r.company), journey)
	if t.lines {
		h.AddLines(int(r.size), int(r.documents))
		return
	}
	h.AddInterval(r.interval, n)
	if r.size > 0 {
		h.AddLines(int(r.size), n)
	}
	d.seen.add(time.Unix(r.interval*int64(workload.Interval/time.Second), 0), n)
}
