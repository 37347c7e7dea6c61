package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/testbed"
)

// A run claims the servers that it may hit; another one is refused until the first has
// ended, however it ended.
func claim(t *testing.T, target postgres.Target) {
	other := target
	other.Name, other.DSN = "t1/postgres", secret.Text(strings.Replace(target.DSN.Reveal(), "127.0.0.1", "localhost", 1)) // the same server
	first, err := postgres.NewClaim(t.Context(), "peak/7", target, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.NewClaim(t.Context(), "peak/8", other); !errors.Is(err, postgres.ErrClaimed) ||
		!strings.Contains(err.Error(), "t1/postgres") || !strings.Contains(err.Error(), "peak/7 since") || !strings.Contains(err.Error(), "from 127.0.0.1") {
		t.Errorf("a second run: %v", err)
	}
	first.Close(t.Context())
	second, err := postgres.NewClaim(t.Context(), "peak/8", other)
	if err != nil {
		t.Errorf("after the first: %v", err)
	}
	second.Close(t.Context())
}

// Databases that the setup does not name are never touched by default: neither their
// sessions nor their settings, looked at the whole time.
func TestOnlyTheSetupsDatabases(t *testing.T) {
	part := testbed.Postgres(t, "shared/postgres", "t1", "accounting")
	target := postgres.Target{Name: part.Name, DSN: part.DSN, Setup: []string{"t1", "t9"}} // t9 is on another server
	stranger := mustOdoo(t, target, "accounting")
	admin, err := pgx.Connect(t.Context(), part.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	untouched := func(during string) {
		t.Helper()
		if _, err := stranger.Exec(t.Context(), `select * from stock_quant`); err != nil {
			t.Errorf("%s: the session of accounting: %v", during, err)
		}
		var limit, settings int
		if err := admin.QueryRow(t.Context(), `select datconnlimit, (select count(*)::int from pg_db_role_setting s where s.setdatabase = d.oid)
			from pg_database d where datname = 'accounting'`).Scan(&limit, &settings); err != nil || limit != -1 || settings != 0 {
			t.Errorf("%s: accounting has limit %d and %d settings, %v", during, limit, settings, err)
		}
	}
	for name, fault := range map[string]chaos.Fault{
		"terminate": postgres.TerminateBackends(target), "lock": postgres.LockTable(target, "stock_quant", "", time.Minute),
		"limit": postgres.ConnectionLimit(target, 0, time.Minute),
	} {
		hit := mustOdoo(t, target, "t1")
		if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
			t.Fatal(err)
		}
		shown(t, fault.InEffect)
		untouched(name)
		if err := errors.Join(fault.Recover(t.Context()), fault.Close(t.Context())); err != nil {
			t.Error(err)
		}
		untouched("after " + name)
		_ = hit
	}
	t.Run("hits", func(t *testing.T) {
		for _, test := range []struct {
			named, setup []string
			want, err    string
		}{
			{nil, []string{"t1", "t2"}, "the databases t1, t2 on shared/postgres", ""},
			{[]string{"t2"}, []string{"t1", "t2"}, "the databases t2 on shared/postgres", ""},
			{[]string{"t1", "accounting"}, []string{"t1"}, "the databases t1, and accounting of no tenant (named in the manifest), on shared/postgres", ""},
			{[]string{"accounting"}, nil, "no database of the setup, and accounting of no tenant (named in the manifest), on shared/postgres", ""},
			{nil, nil, "", "spec.parameters.databases: missing"},
		} {
			got, err := postgres.Target{Name: "shared/postgres", Databases: test.named, Setup: test.setup}.Hits()
			if got != test.want || (test.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("%v of %v: %q, %v", test.named, test.setup, got, err)
			}
		}
	})
	t.Run("named", func(t *testing.T) {
		named := target
		named.Databases = []string{"accounting"}
		fault := postgres.ConnectionLimit(named, 0, time.Minute)
		start(t, fault)
		if _, err := odoo(t.Context(), target, "accounting"); err == nil {
			t.Error("a database that the manifest names was not hit")
		}
		mustOdoo(t, target, "t1")
	})
	t.Run("none", func(t *testing.T) {
		none := target
		none.Setup = []string{"t9"}
		fault := postgres.TerminateBackends(none)
		if err := fault.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "no database of the setup (t9); it has accounting, t1") {
			t.Errorf("got %v", err)
		}
		_ = fault.Close(t.Context())
	})
}
