package postgres_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
)

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
		eventually.Nil(t, time.Minute, name+": the server restores the limit", func() error {
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
