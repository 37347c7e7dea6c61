package bucket

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
)

// A folder comes back with its empty folders, links and rights: PostgreSQL does not
// start on less.
func TestFolderGoesAndComes(t *testing.T) {
	s := open(t, "s3://backups/drills")
	from, to := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"base/1/2601": strings.Repeat("page", 1<<16), "PG_VERSION": "17\n"} {
		if err := os.MkdirAll(filepath.Join(from, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(from, "pg_wal"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("PG_VERSION", filepath.Join(from, "link")); err != nil {
		t.Fatal(err)
	}
	at, n, err := s.SendFolder(t.Context(), "one", from)
	if err != nil || n < 1<<18 || at.String() != "s3://backups/drills/one.tar" {
		t.Fatalf("sent %d bytes to %s: %v", n, at, err)
	}
	if err := s.FetchFolder(t.Context(), at, to); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files(t, from), files(t, to)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(filepath.Join(to, "pg_wal"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the empty folder came as %v, %v", info, err)
	}
	if link, err := os.Readlink(filepath.Join(to, "link")); err != nil || link != "PG_VERSION" {
		t.Errorf("the link came as %q, %v", link, err)
	}
	if err := s.Remove(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if err := s.FetchFolder(t.Context(), at, t.TempDir()); minio.ToErrorResponse(errors.Unwrap(err)).Code != minio.NoSuchKey {
		t.Errorf("fetching what was removed: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(from), ".harness-*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// What could not be packed to its end does not become an object.
func TestHalfAFolderIsNone(t *testing.T) {
	s := open(t, "s3://backups/half")
	at, _, err := s.SendFolder(t.Context(), "gone", filepath.Join(t.TempDir(), "nowhere"))
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("sending a folder that is not there: %v", err)
	}
	if _, err := s.client.StatObject(t.Context(), at.Bucket, at.Prefix, minio.StatObjectOptions{}); err == nil {
		t.Error("there is an object all the same")
	}
}
