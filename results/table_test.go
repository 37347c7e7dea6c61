package results

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample(i int) Sample {
	return Sample{
		Scenario: "dispatch", Tenant: "t1", Journey: "orders", Step: "confirm", Iteration: int64(i),
		Intended: Offset(i) * 1000, Started: Offset(i)*1000 + 1, Ended: Offset(i)*1000 + 500,
		Outcome: OK, Status: 200, Write: true,
	}
}

func collect(t *testing.T, td *TrialData) []Sample {
	t.Helper()
	var got []Sample
	for s, err := range td.Samples() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	return got
}

func TestTableRoundTrip(t *testing.T) {
	dir := t.TempDir()
	table, err := NewTable[Sample](dir, "samples-dispatch", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var want []Sample
	for i := range 10_000 {
		want = append(want, sample(i))
	}
	if err := table.Append(want[:7000]...); err != nil {
		t.Fatal(err)
	}
	table.mu.Lock()
	table.flush()
	table.mu.Unlock()
	if err := table.Append(want[7000:]...); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, collect(t, &TrialData{Dir: dir})); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "samples-dispatch")); !os.IsNotExist(err) {
		t.Errorf("parts are still there: %v", err)
	}
	if err := table.Append(sample(1)); err == nil {
		t.Error("append to a closed table succeeded")
	}
	if _, err := NewTable[Sample](dir, "samples-dispatch", time.Hour); err == nil {
		t.Error("an existing table was overwritten")
	}
}

// A harness that is killed leaves parts and perhaps the beginning of another:
// what was flushed is read, the rest is not mistaken for rows.
func TestKilledTableIsReadable(t *testing.T) {
	dir := t.TempDir()
	table, err := NewTable[Sample](dir, "samples", 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Append(sample(1), sample(2)); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, "samples", "0000.parquet")
	deadline := time.Now().Add(time.Minute)
	for {
		if _, err := os.Stat(first); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no part was flushed within a minute")
		}
		time.Sleep(5 * time.Millisecond)
	}
	half := filepath.Join(dir, "samples", ".0001.parquet.123")
	if err := os.WriteFile(half, []byte("PAR1 and then the power went"), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Sample{sample(1), sample(2)}, collect(t, &TrialData{Dir: dir})); diff != "" {
		t.Error(diff)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}

// A harness that is killed after joining the parts and before removing them leaves both.
// The joined file alone counts.
func TestTableKilledWhileJoining(t *testing.T) {
	dir := t.TempDir()
	write := func(base string) {
		table, err := NewTable[Sample](dir, base, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(table.Append(sample(1), sample(2)), table.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write("samples")
	write("part")
	if err := os.Mkdir(filepath.Join(dir, "samples"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "part.parquet"), filepath.Join(dir, "samples", "0000.parquet")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Sample{sample(1), sample(2)}, collect(t, &TrialData{Dir: dir})); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefusesForeignFiles(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "text": "hello", "magic": "PAR1PAR1", "cut": "PAR1" + strings.Repeat("\x00", 64) + "\xff\xff\xff\x7fPAR1",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "samples.parquet"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var failed bool
		for _, err := range (&TrialData{Dir: dir}).Samples() {
			failed = failed || err != nil
		}
		if !failed {
			t.Errorf("%s: read without an error", name)
		}
	}
}

func TestOpenRun(t *testing.T) {
	root := t.TempDir()
	m := Manifest{Experiment: "peak", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Seed: 7}
	other, err := Create(root, m, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(root, m, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if name := filepath.Base(w.Dir); name == filepath.Base(other.Dir) || !regexp.MustCompile(`^20260102T030405Z-7-[a-z0-9]{5}$`).MatchString(name) {
		t.Errorf("two runs of one second and seed are %s and %s", filepath.Base(other.Dir), name)
	}
	for _, trial := range []Trial{{Name: "10-b", Position: 10}, {Name: "9-a", Position: 9}} {
		tw, err := w.CreateTrial(trial)
		if err != nil {
			t.Fatal(err)
		}
		if err := tw.WriteInjections([]Injection{{Fault: "f"}}); err != nil {
			t.Fatal(err)
		}
	}
	run, err := Open(filepath.Join(root, "peak", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := run.Trials[0].Name+" "+run.Trials[1].Name, "9-a 10-b"; got != want {
		t.Errorf("trials %q, want %q", got, want)
	}
	if got := run.Trials[0].State; got != TrialRunning {
		t.Errorf("an unfinished trial is %q, want %q", got, TrialRunning)
	}
	path := filepath.Join(w.Dir, "manifest.json")
	for text, want := range map[string]string{
		`{"schema": 99}`: "schema 99",
		`[]`:             "manifest.json: this is a JSON array, and no description of a run",
		`{"seed": "a"}`:  "manifest.json: seed: this is a JSON string, which it cannot be",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.Dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("manifest %s: got %v, want %q", text, err, want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	table, err := NewTable[Sample](b.TempDir(), "samples", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	// Latencies and arrivals as irregular as real ones, else the file compresses to
	// nothing and the size proves nothing.
	rng := rand.New(rand.NewPCG(1, 2)) // reproducible on purpose
	for i := 0; b.Loop(); i++ {
		s := sample(i)
		s.Tenant = fmt.Sprintf("t%d", rng.IntN(4))
		s.Intended = Offset(i)*1e6 + Offset(rng.ExpFloat64()*1e6)
		s.Started = s.Intended + Offset(rng.ExpFloat64()*2e5)
		s.Ended = s.Started + Offset(rng.ExpFloat64()*1e8)
		if err := table.Append(s); err != nil {
			b.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(table.dir, "samples.parquet"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N), "B/sample")
}
