// Package oracle reads reference values for tests: published ones, and ones that
// were computed elsewhere (testdata/README.md).
package oracle

import (
	"embed"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"testing"
)

//go:embed testdata
var files embed.FS

// Load decodes one group of testdata/oracles.json.
func Load[T any](t testing.TB, group string) T {
	t.Helper()
	data, err := files.ReadFile("testdata/oracles.json")
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

// Column reads one column of a CSV file with a header in testdata.
func Column(t testing.TB, file string, column int) []float64 {
	t.Helper()
	f, err := files.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}
