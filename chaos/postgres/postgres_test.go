package postgres_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
)

// cluster is one server for the tests of this file, with two tenants.
func cluster(t *testing.T) postgres.Target {
	part := testbed.Postgres(t, "shared/postgres", "t1", "t2")
	return postgres.Target{Name: part.Name, DSN: part.DSN, Setup: []string{"t1", "t2"}}
}

// odoo opens a session as the ordinary role that Odoo uses.
func odoo(ctx context.Context, target postgres.Target, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(target.DSN.Reveal())
	if err != nil {
		return nil, err
	}
	config.User, config.Database = "odoo", database
	return pgx.ConnectConfig(ctx, config)
}

func mustOdoo(t *testing.T, target postgres.Target, database string) *pgx.Conn {
	t.Helper()
	conn, err := odoo(t.Context(), target, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// shown reads a proof until it is shown.
func shown(t *testing.T, prove func(context.Context) (chaos.Proof, error)) {
	t.Helper()
	eventually.Nil(t, 10*time.Second, "the proof", func() error {
		proof, err := prove(t.Context())
		if err == nil && !proof.Shown {
			err = errors.New(proof.Evidence)
		}
		if err == nil {
			t.Log(proof.Evidence)
		}
		return err
	})
}

func start(t *testing.T, fault chaos.Fault) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.Background()
		if err := errors.Join(fault.Recover(ctx), fault.Close(ctx)); err != nil {
			t.Error(err)
		}
	})
	if err := fault.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := fault.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	target := cluster(t)
	t.Run("terminate", func(t *testing.T) { terminate(t, target) })
	t.Run("terminate nobody", func(t *testing.T) {
		fault := postgres.TerminateBackends(target)
		start(t, fault)
		if proof, err := fault.InEffect(t.Context()); err != nil || proof.Shown {
			t.Errorf("with no session there: %+v, %v", proof, err)
		}
	})
	t.Run("lock", func(t *testing.T) { lock(t, target) })
	t.Run("lock ends by itself", func(t *testing.T) {
		fault := postgres.LockTable(target, "stock_quant", "", 200*time.Millisecond)
		start(t, fault)
		shown(t, fault.Recovered)
	})
	t.Run("limit", func(t *testing.T) { limit(t, target) })
	t.Run("keeper", func(t *testing.T) { keeper(t, target) })
	t.Run("find", func(t *testing.T) { find(t, target) })
	t.Run("refusals", func(t *testing.T) { refusals(t, target) })
	t.Run("rights", func(t *testing.T) { rights(t, target) })
	t.Run("claim", func(t *testing.T) { claim(t, target) })
}

func terminate(t *testing.T, target postgres.Target) {
	hit, spared := mustOdoo(t, target, "t1"), mustOdoo(t, target, "t2")
	target.Databases = []string{"t1"}
	fault := postgres.TerminateBackends(target)
	start(t, fault)
	shown(t, fault.InEffect)
	if hit.Ping(t.Context()) == nil {
		t.Error("the session in t1 survived")
	}
	if err := spared.Ping(t.Context()); err != nil {
		t.Errorf("the session in t2: %v", err)
	}
	shown(t, fault.Recovered)
}

func lock(t *testing.T, target postgres.Target) {
	conn := mustOdoo(t, target, "t2")
	fault := postgres.LockTable(target, "stock_quant", "", time.Minute)
	start(t, fault)
	shown(t, fault.InEffect)
	done := make(chan error, 1)
	go func() { _, err := conn.Exec(context.Background(), `select * from stock_quant`); done <- err }()
	eventually.Nil(t, 5*time.Second, "a session waits", func() error {
		proof, err := fault.InEffect(t.Context())
		if err == nil && !strings.Contains(proof.Evidence, "1 sessions wait") {
			err = errors.New(proof.Evidence)
		}
		return err
	})
	if proof, err := fault.Recovered(t.Context()); err != nil || proof.Shown {
		t.Errorf("recovered while locked: %+v, %v", proof, err)
	}
	if err := fault.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the reader that waited: %v", err)
	}
	shown(t, fault.Recovered)
}

func limit(t *testing.T, target postgres.Target) {
	admin, err := pgx.Connect(t.Context(), target.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	if _, err := admin.Exec(t.Context(), `alter database t1 connection limit 17`); err != nil {
		t.Fatal(err)
	}
	pooled := mustOdoo(t, target, "t1")
	fault := postgres.ConnectionLimit(target, 0, time.Minute)
	start(t, fault)
	shown(t, fault.InEffect)
	if pooled.Ping(t.Context()) == nil {
		t.Error("the session of before survived")
	}
	if _, err := odoo(t.Context(), target, "t1"); err == nil || !strings.Contains(err.Error(), "too many connections") {
		t.Errorf("a new session: %v, want too many connections", err)
	}
	if err := fault.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	shown(t, fault.Recovered)
	for database, want := range map[string]int{"t1": 17, "t2": -1} {
		var got int
		if err := admin.QueryRow(t.Context(), `select datconnlimit from pg_database where datname = $1`,
			database).Scan(&got); err != nil || got != want {
			t.Errorf("limit of %s is %d, want %d (%v)", database, got, want, err)
		}
	}
	mustOdoo(t, target, "t1")
}

// A fault whose process has ended: the server itself restores the limit, at once.
func keeper(t *testing.T, target postgres.Target) {
	for name, end := range map[string]func(admin *pgx.Conn){
		"its process ends": func(admin *pgx.Conn) {
			// The kernel closes the socket of a killed process: the session ends.
			execute(t, admin, `select pg_terminate_backend(pid) from pg_stat_activity
				where application_name = 'odoo-harness-keeper' and wait_event_type is distinct from 'Lock'`)
		},
		"its process hangs": func(*pgx.Conn) {}, // the server's own clock ends the session
	} {
		fault := postgres.ConnectionLimit(target, 0, 300*time.Millisecond)
		if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
			t.Fatal(err)
		}
		admin := mustAdmin(t, target)
		end(admin)
		eventually.Nil(t, 5*time.Second, name+": the server restores the limit", func() error {
			_, err := odoo(t.Context(), target, "t1")
			return err
		})
		if left, err := postgres.Find(t.Context(), target); err != nil || len(of(left, "is limited")) != 0 {
			t.Errorf("%s: left are %v, %v; want no mark", name, left, err)
		}
		if err := errors.Join(fault.Recover(t.Context()), fault.Close(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// of filters leftovers by what is wrong.
func of(left []mark.Left, state string) []mark.Left {
	return slices.DeleteFunc(slices.Clone(left), func(l mark.Left) bool { return !strings.Contains(l.State, state) })
}

func mustAdmin(t *testing.T, target postgres.Target) *pgx.Conn {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), target.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	return admin
}

func execute(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// find reads and reverts what a fault left that lost its process and its keeper, as in a
// crash of the server.
func find(t *testing.T, target postgres.Target) {
	target.Mark = mark.New("connection-limit", "peak/7")
	fault := postgres.ConnectionLimit(target, 3, time.Minute)
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	admin := mustAdmin(t, target)
	for _, first := range []string{`wait_event_type = 'Lock'`, `true`} {
		execute(t, admin, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'odoo-harness-keeper' and `+first)
	}
	if err := fault.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := postgres.Find(t.Context(), target)
	if err != nil || len(left) != 2 {
		t.Fatalf("found %v, %v; want both databases", left, err)
	}
	if left[0].State != "database t1 is limited to 3 connections, 17 before" || left[0].Fault != "connection-limit" || left[0].Run != "peak/7" ||
		!left[0].Living(time.Now()) || !strings.Contains(left[0].ByHand, `alter database "t1" connection limit 17`) {
		t.Errorf("found %+v", left[0])
	}
	for _, l := range left {
		if err := errors.Join(l.Revert(t.Context()), l.Revert(t.Context())); err != nil { // it can be repeated
			t.Error(err)
		}
	}
	mustOdoo(t, target, "t1")
	if left, err := postgres.Find(t.Context(), target); err != nil || len(left) != 0 {
		t.Errorf("found %v, %v after all was reverted", left, err)
	}
}

// rights holds that faults need no more than docs/faults.md states: a role of a managed
// PostgreSQL, which is no superuser, ends the sessions of others.
func rights(t *testing.T, target postgres.Target) {
	admin, err := pgx.Connect(t.Context(), target.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	if _, err := admin.Exec(t.Context(), "create role managed login; create role plain login"); err != nil {
		t.Fatal(err)
	}
	as := func(role string) postgres.Target {
		other := target
		other.DSN = secret.Text(strings.Replace(target.DSN.Reveal(), "postgres@", role+"@", 1))
		return other
	}
	check := func(role, action, want string) {
		t.Helper()
		err := postgres.Check(t.Context(), as(role), action, "stock_quant")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s of %s: got %v, want %q", action, role, err, want)
		}
	}
	check("plain", "terminate-backends", "the role plain of the dsn of shared/postgres may not do this; terminate-backends needs membership in pg_signal_backend")
	if _, err := admin.Exec(t.Context(), "grant pg_signal_backend, pg_read_all_stats to managed"); err != nil {
		t.Fatal(err)
	}
	check("managed", "terminate-backends", "")
	check("managed", "connection-limit", "connection-limit needs a superuser")
	check("nobody", "terminate-backends", "connect to shared/postgres")
	document, err := os.ReadFile("../../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	for action, right := range postgres.Rights() {
		if line := "| PostgresChaos " + action + " | " + right + " |"; !strings.Contains(string(document), line) {
			t.Errorf("docs/faults.md has no line %q", line)
		}
	}
	session := mustOdoo(t, target, "t1")
	fault := postgres.TerminateBackends(as("managed"))
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
	shown(t, fault.InEffect)
	if err := session.Ping(t.Context()); err == nil {
		t.Error("the session of another role goes on")
	}
	if err := fault.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func refusals(t *testing.T, target postgres.Target) {
	absent := target
	absent.Databases = []string{"t9"}
	weak := target
	weak.DSN = secret.Text(strings.Replace(target.DSN.Reveal(), "postgres@", "odoo@", 1))
	for want, fault := range map[string]chaos.Fault{
		`no database "t9"`: postgres.TerminateBackends(absent),
		"superuser":        postgres.ConnectionLimit(weak, 0, time.Minute),
		"has a table nope": postgres.LockTable(target, "nope", "", time.Minute),
	} {
		err := fault.Prepare(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err := fault.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

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

// While the log is held a checkpoint neither drops nor reuses what was written; once it
// is released it does.
func TestHoldLog(t *testing.T) {
	target := cluster(t)
	conn, err := pgx.Connect(t.Context(), target.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	there := func(segment string) bool {
		t.Helper()
		var n int
		if err := conn.QueryRow(t.Context(), `select count(*)::int from pg_ls_waldir() where name = $1`, segment).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	release, err := postgres.HoldLog(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	first, err := postgres.CurrentSegment(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	move := func() {
		t.Helper()
		for range 3 {
			if err := errors.Join(postgres.NextSegment(t.Context(), target), postgres.Checkpoint(t.Context(), target)); err != nil {
				t.Fatal(err)
			}
		}
	}
	move()
	if !there(first) {
		t.Errorf("%s is gone though the log is held", first)
	}
	release()
	move()
	if there(first) {
		t.Errorf("%s is still there though nobody holds the log", first)
	}
}
