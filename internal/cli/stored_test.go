package cli

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"example.org/odooharness/internal/testing/objectstore"
)

// A run that was not made leaves no temporary folder. One that was made and not sent stays.
func TestTemporaryFolderOfARun(t *testing.T) {
	objectstore.Start(t, "runs")
	t.Setenv("TMPDIR", t.TempDir())
	for _, made := range []bool{false, true} {
		runs, err := keep(t.Context(), "s3://runs/team")
		if err != nil {
			t.Fatal(err)
		}
		runs.follow(t.Context(), slog.New(slog.DiscardHandler))
		if made {
			if err := os.Mkdir(filepath.Join(runs.root, "short"), 0o750); err != nil {
				t.Fatal(err)
			}
		}
		runs.end()
		if _, err := os.Stat(runs.root); os.IsNotExist(err) == made {
			t.Errorf("made %t: the folder %s: %v", made, runs.root, err)
		}
	}
}
