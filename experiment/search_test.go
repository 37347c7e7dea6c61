package experiment

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/results"
)

// seekAll plays a search against an oracle and returns the bracket and the scales that
// were tried.
func seekAll(s Search, carried func(float64) bool) (bracket, []float64) {
	b := bracket{search: s}
	var tried []float64
	for {
		scale, more := b.next()
		if !more {
			return b, tried
		}
		tried = append(tried, scale)
		b.judged(scale, carried(scale))
	}
}

// Property: wherever the capacity lies between the ends, the bracket holds it, is as
// narrow as was asked for, and took no more scales than was said.
func TestBisectionHoldsTheCapacity(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		from := threeDigits(1 + 50*random.Float64())
		s := Search{From: from, To: threeDigits(from * (1.05 + 20*random.Float64())), Within: 0.02 + 0.4*random.Float64()}
		capacity := s.From + random.Float64()*(s.To-s.From)*0.999
		b, tried := seekAll(s, func(scale float64) bool { return scale <= capacity })
		if b.low > capacity || b.high <= capacity || b.high/b.low-1 > s.Within {
			t.Errorf("%+v, capacity %g: bracket %g to %g", s, capacity, b.low, b.high)
		}
		if len(tried) > s.Rates() {
			t.Errorf("%+v: %d scales, at most %d were announced", s, len(tried), s.Rates())
		}
	}
}

// A capacity outside is not searched for: the search ends at the end that showed it.
func TestBisectionEndsOutside(t *testing.T) {
	s := Search{From: 2, To: 8, Within: 0.1}
	if b, tried := seekAll(s, func(float64) bool { return false }); len(tried) != 1 || b.high != 2 || b.low != 0 {
		t.Errorf("below: tried %v, bracket %+v", tried, b)
	}
	if b, tried := seekAll(s, func(float64) bool { return true }); len(tried) != 2 || b.low != 8 || b.high != 0 {
		t.Errorf("above: tried %v, bracket %+v", tried, b)
	}
}

// Each scale has a window of its own name, so that setups whose searches part are only
// compared where they offered the same; the lowest alone is the baseline.
func TestScaleOfSearch(t *testing.T) {
	e, err := Load("../examples/capacity-bisection.yaml")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.Plan(t.Context(), flat, CheckFault)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Search == nil || len(plan.Trials) != e.Replicates {
		t.Fatalf("planned %d trials, search %v; want those of the lowest scale", len(plan.Trials), plan.Search)
	}
	var scale float64
	higher, err := e.at(20).Plan(t.Context(), func(ctx context.Context, s Scenario) (Burst, error) {
		scale = s.Scale
		return flat(ctx, s)
	}, CheckFault)
	if err != nil {
		t.Fatal(err)
	}
	want := results.Window{Name: "mix-at-20", Kind: results.WindowStep, Step: &results.Step{Scenario: "mix", Level: 20},
		From: results.OffsetOf(settle), To: results.OffsetOf(16 * time.Second)}
	got := higher.Trials[0].Windows[1]
	if got.Name != want.Name || got.Kind != want.Kind || *got.Step != *want.Step || got.From != want.From || got.To != want.To || scale != 20 {
		t.Errorf("at scale %g: %+v, want %+v", scale, got, want)
	}
	if lowest := plan.Trials[0].Windows[1]; lowest.Kind != results.WindowBaseline || lowest.Name != "mix-at-14" {
		t.Errorf("lowest scale: %+v, want the baseline", lowest)
	}
}

func TestSearchIsChecked(t *testing.T) {
	sound, err := os.ReadFile("../examples/capacity-bisection.yaml")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	scripts := strings.NewReplacer("setups/", examples+"/setups/", "../scenarios", filepath.Dir(examples)+"/scenarios")
	for name, c := range map[string]struct{ from, to, want string }{
		"backwards":     {"[14, 32]", "[32, 14]", "two scales, ascending"},
		"no scenario":   {"scenario: mix\n", "scenario: mixed\n", "no scenario mixed"},
		"both":          {"replicates: 3", "ladder: {scenario: mix, scales: [1, 2]}", "a ladder, too"},
		"no search":     {"  search: bisection\n", "", "search"},
		"nothing there": {"duration: 16s", "duration: 2s", "leaves nothing"},
	} {
		path := filepath.Join(t.TempDir(), "e.yaml")
		text := strings.Replace(scripts.Replace(string(sound)), c.from, c.to, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var problems Problems
		if _, err := Load(path); !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
