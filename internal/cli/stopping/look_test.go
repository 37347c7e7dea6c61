package stopping

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/results"
)

// A look finds a plain effect decided after one replicate, and a small one open, with a
// chance that falls with the replicates left.
func TestLook(t *testing.T) {
	world := func(ratio float64) string {
		w := simulate.Standard(5)
		w.Setups[1].Latency = ratio
		recorded := w.Record()
		recorded.Manifest.Stopping = &results.Stopping{AtLeast: 1, AtMost: 10, Alpha: 0.05}
		run, err := recorded.Write(simulate.Folder(t))
		if err != nil {
			t.Fatal(err)
		}
		return run.Dir
	}
	between := func(dir string, left int) conduct.Question {
		outlook, err := Look(dir, left)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(outlook, func(q conduct.Question) bool { return strings.HasPrefix(q.Text, "Does hybrid serve ") })
		if i < 0 {
			t.Fatalf("no question about the setups in %+v", outlook)
		}
		return outlook[i]
	}
	if q := between(world(20), 9); !q.Decided || !math.IsNaN(q.Chance) || !strings.Contains(q.Answer, "× [") {
		t.Errorf("20×: %+v", q)
	}
	dir := world(1.3)
	many, few := between(dir, 9), between(dir, 1)
	if many.Decided || many.Answer == "" || !(few.Chance < many.Chance) || many.Chance > 0.95 {
		t.Errorf("1.3×: %+v with nine replicates left, %+v with one", many, few)
	}
}

// A decided question needs no replicate, even one that no replicate would decide. A question
// without a limit that is open stays open.
func TestChance(t *testing.T) {
	if got := chance(finding.Primary{Decided: true}, 3); !math.IsNaN(got) {
		t.Errorf("decided: %g, want NaN", got)
	}
	if got := chance(finding.Primary{}, 3); got != 0 {
		t.Errorf("open, without a limit: %g, want 0", got)
	}
}
