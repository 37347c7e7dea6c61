package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/postgres"
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
	eventually.Nil(t, time.Minute, "the proof", func() error {
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
