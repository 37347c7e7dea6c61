package file

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// A problem is one line that an editor jumps to. Passwords in the input are hidden.
func TestProblemIsOneLine(t *testing.T) {
	for want, p := range map[string]Problem{
		"a.yaml: cannot be read; check the path": {File: "a.yaml", What: "cannot be read", Remedy: "check the path"},
		"a.yaml:3: warmup: 10 is a number":       {File: "a.yaml", Line: 3, Field: "warmup", What: "10 is a number"},
	} {
		if got := p.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Two setups may name one file. Each of its problems is listed once, in the order found.
func TestProblemsAreListedOnce(t *testing.T) {
	a, b := Problem{File: "a.yaml", Line: 1, What: "missing name"}, Problem{File: "a.yaml", Line: 2, What: "missing name"}
	if got, want := fmt.Sprint(Problems{b, a, b, a}.Err()), "a.yaml:2: missing name\na.yaml:1: missing name"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := (Problems{}).Err(); err != nil {
		t.Errorf("no problem gives %v", err)
	}
}

// Collect opens joined errors, and makes a problem of the file of any other error.
func TestCollect(t *testing.T) {
	a := Problem{File: "a.yaml", Line: 1, What: "missing name"}
	var got Problems
	got.Collect("b.yaml", nil)
	got.Collect("b.yaml", errors.Join(a, fmt.Errorf("read setup: %w", Problems{a}), errors.New("b.yaml: no such file")))
	want := Problems{a, a, {File: "b.yaml", What: "no such file"}}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The problems of a document are in the order of its lines, at each reading.
func TestProblemsAreInTheOrderOfLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "experiment.yaml")
	text := "name: Bad Name\nscenario: []\nwarmup: 10\nreplicates: many\ntenants: {t1: quiet}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_, err := Read(path, "experiment")
		var problems Problems
		if !errors.As(err, &problems) || len(problems) < 5 {
			t.Fatalf("got %v", err)
		}
		if !slices.IsSortedFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) }) {
			t.Fatalf("not in the order of lines:\n%v", err)
		}
	}
}
