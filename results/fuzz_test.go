package results

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzTables reads arbitrary bytes as a table of samples, by row and by column: rows or
// an error, never a panic, and the same rows both ways.
func FuzzTables(f *testing.F) {
	dir := f.TempDir()
	table, err := NewTable[Sample](dir, "samples", time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	if err := table.Append(randomSamples(300)...); err != nil {
		f.Fatal(err)
	}
	if err := table.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "samples.parquet"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PAR1PAR1"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		trial := &TrialData{Dir: t.TempDir()}
		if err := os.WriteFile(filepath.Join(trial.Dir, "samples.parquet"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		var rows []Sample
		var byRow, byColumn error
		for s, err := range trial.Samples() {
			if byRow = err; err == nil {
				rows = append(rows, projected(s))
			}
		}
		n := 0
		for c, err := range trial.SampleColumns() {
			if byColumn = err; err != nil {
				break
			}
			for i := range c.Len() {
				got := c.row(i)
				if byRow == nil && (n+i >= len(rows) || got != rows[n+i]) {
					t.Fatalf("row %d by column is %+v", n+i, got)
				}
			}
			n += c.Len()
		}
		if byRow == nil && byColumn == nil && n != len(rows) {
			t.Errorf("%d rows by column, %d by row", n, len(rows))
		}
	})
}

// FuzzOpen reads arbitrary bytes as the description of a run: a run or an error.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"schema":1,"experiment":"e","setups":[{"name":"a"}]}`), []byte(`{"name":"01-a","windows":[{"from_ns":1,"to_ns":0}]}`),
		[]byte(`[{"fault":"f","requested_ns":1,"in_effect_ns":null}]`))
	f.Add([]byte(`{"schema":99}`), []byte(`[]`), []byte(`{}`))
	f.Add([]byte(``), []byte(`null`), []byte(`null`))
	f.Fuzz(func(t *testing.T, manifest, trial, injections []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{"manifest.json": manifest, "trials/01/trial.json": trial,
			"trials/01/injections.json": injections} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run, err := Open(dir)
		if err == nil && (run == nil || run.Manifest.Schema != SchemaVersion) {
			t.Errorf("opened %+v", run)
		}
	})
}
