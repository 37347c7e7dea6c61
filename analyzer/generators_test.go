package analyzer_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// divided is a copy of a recorded run in which the rows of each scenario are in the tables of
// several generators: arrival k of a journey in that of generator k mod n. The journal is
// divided at random.
func divided(t *testing.T, dir string, generators int) *results.Run {
	t.Helper()
	into := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(into, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(into)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range run.Trials {
		samples, writes := map[string][]results.Sample{}, map[string][]results.Write{}
		for s, err := range trial.Samples() {
			if err != nil {
				t.Fatal(err)
			}
			table := fmt.Sprintf("samples-%s.%dof%d", s.Scenario, int(s.Iteration)%generators+1, generators)
			samples[table] = append(samples[table], s)
		}
		for w, err := range trial.Writes() {
			if err != nil {
				t.Fatal(err)
			}
			table := fmt.Sprintf("writes-s.%dof%d", int(w.Attempted%1000)%generators+1, generators)
			writes[table] = append(writes[table], w)
		}
		for _, pattern := range []string{"samples*", "writes*"} {
			tables, err := filepath.Glob(filepath.Join(trial.Dir, pattern))
			if err != nil || len(tables) == 0 {
				t.Fatalf("no table %s in %s: %v", pattern, trial.Dir, err)
			}
			for _, table := range tables {
				if err := os.RemoveAll(table); err != nil {
					t.Fatal(err)
				}
			}
		}
		for table, rows := range samples {
			synthetic.WriteTable(t, trial.Dir, table, rows)
		}
		for table, rows := range writes {
			synthetic.WriteTable(t, trial.Dir, table, rows)
		}
	}
	return run
}

// The rows of two, three and eight generators are judged to what one process's are, figure
// for figure and sentence for sentence.
func TestGeneratorsAreJudgedAsOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "results", "examples", "embedded-first-look")
	judged := func(run *results.Run) any {
		j, err := analyzer.Analyze(run, analyzer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		var all any
		if err := json.Unmarshal(encoded, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	one := judged(run)
	for _, generators := range []int{2, 3, 8} {
		if diff := cmp.Diff(one, judged(divided(t, dir, generators))); diff != "" {
			t.Errorf("one process and %d generators (-one +%d):\n%s", generators, generators, diff)
		}
	}
}
