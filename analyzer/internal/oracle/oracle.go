// Package oracle reads reference values for tests: published ones, and ones that
// were computed elsewhere (analyzer/testdata/README.md).
package oracle

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Load decodes one group of analyzer/testdata/oracles.json.
func Load[T any](t testing.TB, group string) T {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "testdata", "oracles.json"))
	if err != nil {
		t.Fatal(err)
	}
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	var value T
	if err := json.Unmarshal(groups[group], &value); err != nil {
		t.Fatalf("oracle %s: %v", group, err)
	}
	return value
}

// Close fails the test unless got is within the relative tolerance of want.
func Close(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}
