package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/internal/testing/eventually"
)

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
	eventually.Nil(t, time.Minute, "a session waits", func() error {
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
