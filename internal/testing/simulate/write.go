package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"

	"example.org/odooharness/results"
)

// memory is where Linux keeps files in memory.
const memory = "/dev/shm"

// Folder is a folder for the runs of a test, removed when it ends. It is in memory where
// that is possible: runs are synced file by file, and disks take milliseconds for it.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory, "simulated-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Write writes the run below root, as the harness does, and opens it.
func (r Recorded) Write(root string) (*results.Run, error) {
	w, err := results.Create(root, r.Manifest, r.Plan)
	if err != nil {
		return nil, err
	}
	for _, t := range r.Trials {
		if err := t.write(w); err != nil {
			return nil, fmt.Errorf("write trial %s: %w", t.Name, err)
		}
	}
	return results.Open(w.Dir)
}

func (t Trial) write(w *results.Writer) error {
	tw, err := w.CreateTrial(t.Trial)
	if err != nil {
		return err
	}
	if err := writeTable(tw.Dir, "samples-simulated", t.Samples); err != nil {
		return err
	}
	if err := writeTable(tw.Dir, "writes-simulated", t.Writes); err != nil {
		return err
	}
	if err := tw.WriteInjections(t.Injections); err != nil {
		return err
	}
	return tw.WriteTrial(t.Trial) // in its last state, not running
}

// writeTable writes rows as the table that the harness leaves behind. A table of the harness
// is first written in parts and joined at the end, which takes most of the time of a
// simulation.
func writeTable[R any](dir, base string, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	return parquet.WriteFile(filepath.Join(dir, base+".parquet"), rows,
		parquet.KeyValueMetadata("harness.schema", strconv.Itoa(results.SchemaVersion)))
}
