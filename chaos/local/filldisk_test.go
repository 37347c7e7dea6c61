package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/internal/testing/testbed"
)

const fillDisk = "  action: fill-wal-disk\n  duration: 60s"

// commit writes a row as a client does.
func commit(t *testing.T, part local.Part) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), part.DSN.Reveal())
	if err != nil {
		return err
	}
	defer conn.Close(t.Context()) // the server may be down
	_, err = conn.Exec(t.Context(), `create table if not exists kept (id int); insert into kept values (1)`)
	return err
}

func TestFullDiskOfTheLog(t *testing.T) {
	const size = 160 << 20
	part := testbed.PostgresWithDisk(t, "t1/postgres", size, "t1")
	m := parse(t, "PostgresChaos", "postgresql", "database", fillDisk)
	idle, err := local.New([]local.Part{part}).Fault(m, []chaos.Component{part.Component})
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := idle.InEffect(t.Context()); err != nil || proof.Shown {
		t.Errorf("without the fault: %+v, %v; want nothing shown", proof, err)
	}
	if err := commit(t, part); err != nil {
		t.Fatal(err)
	}
	s := session(t, m, part)
	injected(t, s)
	if err := commit(t, part); err == nil {
		t.Error("a client could write while the disk is full")
	}
	if _, err := os.Stat(filepath.Join(part.WAL, "harness-ballast")); err != nil {
		t.Error(err)
	}
	reverted(t, s)
	if err := commit(t, part); err != nil {
		t.Errorf("a client cannot write afterwards: %v", err)
	}
	conn, err := pgx.Connect(t.Context(), part.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var kept int
	if err := conn.QueryRow(t.Context(), `select count(*) from kept`).Scan(&kept); err != nil || kept != 2 {
		t.Errorf("%d rows are there, %v; want both that were acknowledged", kept, err)
	}
	if entries, err := os.ReadDir(part.WAL); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v; want the log alone on its disk", entries, err)
	}
}

// A disk that others use is never filled, with any setup.
func TestSharedDiskIsNotFilled(t *testing.T) {
	part := testbed.Postgres(t, "t1/postgres", "t1")
	m := parse(t, "PostgresChaos", "postgresql", "database", fillDisk)
	if _, err := local.New([]local.Part{part}).Check(t.Context(), m); err == nil || !strings.Contains(err.Error(), "walDisk: 512Mi") {
		t.Errorf("got %v, want it refused with the remedy", err)
	}
	part.WAL = t.TempDir()
	fault, err := local.New([]local.Part{part}).Fault(m, []chaos.Component{part.Component})
	if err != nil {
		t.Fatal(err)
	}
	if err := fault.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "same file system") {
		t.Errorf("got %v, want a folder of a shared file system refused", err)
	}
	if err := fault.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A server whose log moved elsewhere, as after a restore, is not what would be hit.
func TestLogThatLiesElsewhereIsRefused(t *testing.T) {
	other := testbed.PostgresWithDisk(t, "t2/postgres", 96<<20, "t2")
	part := testbed.Postgres(t, "t1/postgres", "t1")
	part.WAL = other.WAL
	// The other's disk has a segment of this name too, unless this one is ahead.
	conn, err := pgx.Connect(t.Context(), part.DSN.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for range 12 {
		if _, err := conn.Exec(t.Context(), `select pg_logical_emit_message(false, 'test', 'x'), pg_switch_wal()`); err != nil {
			t.Fatal(err)
		}
	}
	m := parse(t, "PostgresChaos", "postgresql", "database", fillDisk)
	fault, err := local.New([]local.Part{part}).Fault(m, []chaos.Component{part.Component})
	if err != nil {
		t.Fatal(err)
	}
	if err := fault.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "does not write its log to") {
		t.Errorf("got %v, want it refused", err)
	}
}
