package drill

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/lab"
)

// backedUp is a backup in a folder of the test.
func backedUp(t *testing.T) lab.Backup {
	t.Helper()
	b := lab.Backup{Component: "shared/postgres", Path: filepath.Join(t.TempDir(), "one")}
	if err := os.Mkdir(b.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.Path, "PG_VERSION"), []byte("17\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// A backup is local no more while it is in the store, and returns unchanged. Nothing of
// it stays there, although the trial has been cancelled by then.
func TestBackupGoesAwayAndComesBack(t *testing.T) {
	store := objectstore.Start(t, "backups")
	o, err := openOffsite(spec.Drill{Name: "recovery", Store: "s3://backups/drills"})
	if err != nil {
		t.Fatal(err)
	}
	b := backedUp(t)
	note, err := o.send(t.Context(), "01-here", b)
	if err != nil || !strings.Contains(note, "s3://backups/drills/01-here/shared-postgres-one.tar") {
		t.Fatalf("%q, %v", note, err)
	}
	if _, err := os.Stat(b.Path); !os.IsNotExist(err) {
		t.Errorf("the backup is still here: %v", err)
	}
	if _, err := o.fetch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(b.Path, "PG_VERSION")); err != nil || string(raw) != "17\n" {
		t.Errorf("it came back as %q, %v", raw, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.forget(cancelled); err != nil {
		t.Fatal(err)
	}
	for object := range store.ListObjects(t.Context(), "backups", minio.ListObjectsOptions{Recursive: true}) {
		t.Errorf("%s is left, %v", object.Key, object.Err)
	}
}

// What could not be sent stays where it is, and is not fetched.
func TestBackupThatCannotBeSent(t *testing.T) {
	objectstore.Start(t)
	o, err := openOffsite(spec.Drill{Name: "recovery", Store: "s3://nowhere/drills"})
	if err != nil {
		t.Fatal(err)
	}
	b := backedUp(t)
	if _, err := o.send(t.Context(), "01-here", b); err == nil {
		t.Error("it was sent to a bucket that is not there")
	}
	if _, err := os.Stat(filepath.Join(b.Path, "PG_VERSION")); err != nil {
		t.Error(err)
	}
	planned := []plan.Drill{{Name: "recovery", Spec: spec.Drill{Name: "recovery", Store: "s3://nowhere/drills"}}}
	if err := StoresReachable(t.Context(), planned); err == nil || !strings.Contains(err.Error(), "drill recovery") {
		t.Errorf("a store that is not there is found before the load, by its drill: %v", err)
	}
}
