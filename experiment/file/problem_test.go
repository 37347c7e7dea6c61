package file

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
