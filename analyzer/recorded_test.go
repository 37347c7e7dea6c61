package analyzer_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/results"
)

var update = flag.Bool("update", false, "write the judgements of the recorded runs as golden files")

// Recorded runs are judged to the same figures and verdicts as when their golden
// files were written. Sentences may change, figures may not. The figures of each
// golden file were read when it was written; a change of one needs a reason.
func TestRecordedRuns(t *testing.T) {
	t.Parallel()
	runs, err := filepath.Glob(filepath.Join("..", "results", "examples", "*", "manifest.json"))
	if err != nil || len(runs) < 3 {
		t.Fatalf("recorded runs: %v, %v, want at least three", runs, err)
	}
	for _, manifest := range runs {
		dir := filepath.Dir(manifest)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			run, err := results.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			judged, err := analyzer.Analyze(run, analyzer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", filepath.Base(dir)+".golden.json"), figures(t, judged))
		})
	}
}

// Records in mapped files are judged like those on the heap, byte for byte.
func TestRecordsInFiles(t *testing.T) {
	t.Parallel()
	recorded, err := results.Open(filepath.Join("..", "results", "examples", "embedded-first-look"))
	if err != nil {
		t.Fatal(err)
	}
	var judged [2][]byte
	for i, onHeap := range []int64{0, 1} { // 0: the default, 1: nothing but a byte
		j, err := analyzer.Analyze(recorded, analyzer.Options{OnHeap: onHeap})
		if err != nil {
			t.Fatal(err)
		}
		if judged[i], err = json.MarshalIndent(j, "", " "); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(judged[0]), string(judged[1])); diff != "" {
		t.Errorf("-on the heap +in files:\n%s", diff)
	}
}

// compareGolden compares figures with a golden file, or writes it with -update.
func compareGolden(t *testing.T, path string, got any) {
	t.Helper()
	if *update {
		encoded, err := json.MarshalIndent(got, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(encoded, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	encoded, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(encoded, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// figures is a judgement without its sentences, without what is only drawn, and
// without the rows of single tenants and steps: a golden file stays readable.
func figures(t *testing.T, j *analyzer.Judgement) any {
	t.Helper()
	encoded, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(encoded, &all); err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"manifest", "trials", "reason", "steps"} {
		delete(all, section)
	}
	if windows, ok := all["windows"].([]any); ok {
		all["windows"] = slices.DeleteFunc(windows, func(row any) bool { return row.(map[string]any)["tenant"] != "*" })
	}
	return withoutSentences(all)
}

// withoutSentences drops every field that holds prose.
func withoutSentences(v any) any {
	prose := []string{"title", "because", "remedy", "warnings", "method", "words", "objective", "what", "problems", "why", "stopped", "next"}
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			_, sentence := field.(string)
			if slices.Contains(prose, key) || key == "missing" && sentence {
				delete(v, key)
				continue
			}
			v[key] = withoutSentences(field)
		}
	case []any:
		for i := range v {
			v[i] = withoutSentences(v[i])
		}
	}
	return v
}
