package production

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/pgtest"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if cluster, err = pgtest.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := cluster.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
		return m.Run()
	}())
}

// The truth of the planted history, which begins on Monday 2023-01-02 and grows by 30 % a year.
const (
	plantedDays   = 2*364 + 90
	plantedGrowth = 1.3
)

func plantedHours() []float64 {
	shape := []float64{0, 0, 0, 0, 0, 0, 1, 3, 7, 9, 10, 9, 6, 11, 16, 12, 7, 4, 2, 1, 1, 1, 0, 0}
	for h := range shape {
		shape[h] /= 100
	}
	return shape
}

func plantedWeek() []float64 { return []float64{1.5, 1.3, 1.2, 1.2, 1.3, 0.4, 0.1} }

func plantedYear() []float64 {
	return []float64{0.9, 0.85, 0.95, 1, 1, 0.95, 0.8, 0.85, 1.05, 1.1, 1.35, 1.2}
}

var (
	plantedFrom = time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)
	plantedTo   = plantedFrom.AddDate(0, 0, plantedDays)
)

// schema is the columns of Odoo's tables that matter, and some with names that must not be read.
const schema = `
create table ir_module_module (id serial primary key, name text, latest_version text);
insert into ir_module_module (name, latest_version) values ('base', '17.0.1.3');
create table sale_order (id serial primary key, name text, note text, company_id int, create_uid int, create_date timestamp);
create table sale_order_line (id serial primary key, order_id int, company_id int, display_type text, name text);
create table stock_picking_type (id serial primary key, code text);
insert into stock_picking_type (code) values ('outgoing'), ('incoming'), ('internal');
create table stock_picking (id serial primary key, name text, company_id int, picking_type_id int, state text, date_done timestamp);
create table stock_move (id serial primary key, picking_id int, state text, company_id int, name text);
create table account_move (id serial primary key, name text, company_id int, move_type text, create_date timestamp);
create table account_payment (id serial primary key, move_id int, create_date timestamp);
create table product_template (id serial primary key, company_id int, name text, create_date timestamp);`

// poisson is the method of Knuth.
const poisson = `
create function poisson(mean float) returns int language plpgsql as $$
declare n int := -1; p float := 1;
begin
  loop
    n := n + 1;
    p := p * random();
    exit when p < exp(-mean);
  end loop;
  return n;
end $$;`

// plant fills a database. Orders are a Poisson process with the planted shape of day, week and
// year. Every order has 1 to 4 lines and a section, is shipped and invoiced, and every second is
// paid.
func plant(level float64) string {
	return fmt.Sprintf(`
select setseed(0.25);
insert into sale_order (name, note, company_id, create_uid, create_date)
  select 'PRIVATE-NAME', 'PRIVATE-NOTE', 1 + k %% 2, 7, at + random() * interval '1 hour' from (
    select at, poisson(%g * (array[%s])[extract(hour from at) + 1] * (array[%s])[extract(isodow from at)]
      * (array[%s])[extract(month from at)] * power(%g, extract(epoch from at - timestamp '%s') / 86400 / 365.25)) n
    from generate_series(timestamp '%[6]s', timestamp '%[6]s' + interval '%d hours', interval '1 hour') at) hours,
    generate_series(1, n) k order by 5;
create index on sale_order_line (order_id);
insert into sale_order_line (order_id, company_id, display_type, name)
  select o.id, o.company_id, case when k = 0 then 'line_section' end, 'PRIVATE-LINE' from sale_order o, generate_series(0, 1 + o.id %% 4) k;
insert into stock_picking (name, company_id, picking_type_id, state, date_done)
  select 'PRIVATE-OUT', company_id, 1, 'done', create_date + interval '3 hours' from sale_order;
insert into stock_picking (company_id, picking_type_id, state, date_done)
  select 1, 1 + k %% 3, case when k %% 2 = 0 then 'done' else 'assigned' end, timestamp '2023-06-01 08:00' + k * interval '1 day'
  from generate_series(1, 300) k;
create index on stock_move (picking_id);
insert into stock_move (picking_id, state, company_id, name) select id, 'done', company_id, 'PRIVATE-MOVE' from stock_picking where state = 'done';
insert into account_move (name, company_id, move_type, create_date)
  select 'PRIVATE-INVOICE', company_id, case when id %% 5 = 0 then 'in_invoice' else 'out_invoice' end, create_date from sale_order;
insert into account_payment (move_id, create_date) select id, create_date from account_move where id %% 2 = 0;
insert into sale_order (company_id, create_date)
  select 1, timestamp '2023-01-08 02:00' + w * interval '7 days' from generate_series(0, 99) w, generate_series(1, 12);
insert into product_template (company_id, create_date)
  select 2, timestamp '2023-01-08 03:00' + w * interval '7 days' from generate_series(0, 99) w, generate_series(1, 30);
insert into product_template (company_id, name, create_date) select 1, 'PRIVATE-PRODUCT', now() - k * interval '1 day' from generate_series(1, 50) k;
`, level, list(plantedHours()), list(plantedWeek()), list(plantedYear()), plantedGrowth, plantedFrom.Format(time.DateTime), 24*plantedDays-1)
}

func list(values []float64) string {
	text := ""
	for i, v := range values {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprint(v)
	}
	return text
}

// planted makes a database with the history, and returns the DSN of a role that has SELECT alone.
func planted(t testing.TB, name string, level float64) (reader string) {
	t.Helper()
	ctx := context.Background()
	if _, err := cluster.Database(ctx, name, ""); err != nil {
		t.Fatal(err)
	}
	rights := fmt.Sprintf(`analyze; do $$ begin create role reader login; exception when duplicate_object then null; end $$;
grant connect on database %q to reader; revoke all on schema public from public; grant usage on schema public to reader;
grant select on all tables in schema public to reader;`, name)
	for _, sql := range []string{schema, poisson, plant(level), rights} {
		if err := cluster.Exec(ctx, name, sql); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("postgres://reader@127.0.0.1:%d/%s?sslmode=disable", cluster.Port, name)
}

func collector() *Collector {
	return New(Options{Zone: time.UTC, From: plantedFrom.AddDate(-1, 0, 0), To: plantedTo.AddDate(1, 0, 0)})
}
