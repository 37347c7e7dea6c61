package conduct

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// looking is a rig on two setups with at most five replicates, and what its looks return.
func looking(t *testing.T, atLeast int, looks ...Outlook) (*rig, *[]int) {
	r := newRig(t)
	r.experiment.Faults = nil
	r.experiment.Scenarios = r.experiment.Scenarios[:1]
	dedicated := r.experiment.Setups[0]
	dedicated.Name = "dedicated"
	r.experiment.Setups = append(r.experiment.Setups, dedicated)
	r.experiment.Replicates, r.experiment.Stopping = 5, &spec.Stopping{AtLeast: atLeast}
	asked := &[]int{}
	r.Look = func(dir string, left int) (Outlook, error) {
		recorded, err := results.Open(dir)
		if err != nil {
			return nil, err
		}
		if s := recorded.Manifest.Stopping; s == nil || s.Reason != "" || s.AtMost != 5 {
			t.Errorf("a look at the manifest %+v", s)
		}
		*asked = append(*asked, left)
		return looks[min(len(*asked), len(looks))-1], nil
	}
	return r, asked
}

func open(chance float64) Outlook {
	return Outlook{{Text: "Is shared slower?", Answer: "3.9× [1.1, 14].", Chance: chance}, {Text: "Is it kept?", Decided: true, Answer: "yes."}}
}

func decided() Outlook {
	return Outlook{{Text: "Is shared slower?", Answer: "3.9× [2.2, 7].", Decided: true}}
}

// The conductor ends a run after the first whole replicate at which its questions are
// decided, or cannot be decided any more, or at the most.
func TestStopping(t *testing.T) {
	nobody := Outlook{}
	for name, c := range map[string]struct {
		atLeast int
		looks   []Outlook
		trials  int
		left    []int
		want    results.Stopping
	}{
		"decided at once": {1, []Outlook{decided()}, 2, []int{4}, results.Stopping{Replicates: 1, Reason: "Every primary question is decided."}},
		"decided after three": {1, []Outlook{open(0.6), open(0.3), decided()}, 6, []int{4, 3, 2},
			results.Stopping{Replicates: 3, Reason: "Every primary question is decided."}},
		"not before the least": {3, []Outlook{decided()}, 6, []int{2}, results.Stopping{Replicates: 3, Reason: "Every primary question is decided."}},
		"what is left cannot decide": {1, []Outlook{open(0.4), open(0.05), open(0.049)}, 6, []int{4, 3, 2},
			results.Stopping{Replicates: 3, Reason: "The replicates left decide with a chance below 5 %: Is shared slower?"}},
		"one of two can be decided": {1, []Outlook{append(open(0.01), open(0.5)...), decided()}, 4, []int{4, 3},
			results.Stopping{Replicates: 2, Reason: "Every primary question is decided."}},
		"never decided":     {1, []Outlook{open(0.5)}, 10, []int{4, 3, 2, 1}, results.Stopping{Replicates: 5, Reason: "The largest number of replicates was run."}},
		"chance not known":  {4, []Outlook{open(math.NaN())}, 10, []int{1}, results.Stopping{Replicates: 5, Reason: "The largest number of replicates was run."}},
		"nothing to answer": {1, []Outlook{nobody}, 10, []int{4, 3, 2, 1}, results.Stopping{Replicates: 5, Reason: "The largest number of replicates was run."}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, asked := looking(t, c.atLeast, c.looks...)
				began := time.Now()
				recorded, err := r.run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				c.want.AtLeast, c.want.AtMost, c.want.Alpha = c.atLeast, 5, 0.05
				if diff := cmp.Diff(&c.want, recorded.Manifest.Stopping); diff != "" {
					t.Errorf("manifest (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.left, *asked); diff != "" {
					t.Errorf("replicates left at each look (-want +got):\n%s", diff)
				}
				if n := len(recorded.Trials); n != c.trials || r.opened != c.trials || len(recorded.Planned) != c.trials {
					t.Errorf("%d trials, %d targets, %d required; want %d", n, r.opened, len(recorded.Planned), c.trials)
				}
				if got := time.Since(began); got != time.Duration(c.trials)*101*time.Second {
					t.Errorf("it took %s, want 101 s a trial", got)
				}
				r.checkNothingRuns()
			})
		})
	}
}

// What is decided, and what is not, is shown after each replicate.
func TestLookIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := looking(t, 1, open(0.62), decided())
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range r.lines {
			if strings.HasPrefix(line, "after ") || strings.HasPrefix(line, "the run") || strings.Contains(line, "decided  ") {
				got = append(got, line)
			}
		}
		want := []string{
			"after replicate 1 of at most 5: 1 of 2 primary questions decided",
			"  undecided  Is shared slower? 3.9× [1.1, 14]. The replicates left decide it with a chance of 62 %.",
			"  decided    Is it kept? yes.",
			"after replicate 2 of at most 5: 1 of 1 primary questions decided",
			"  decided    Is shared slower? 3.9× [2.2, 7].",
			"the run ends after replicate 2: Every primary question is decided.",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}

// A look that fails does not end the run, and every report states it.
func TestLookThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := looking(t, 1)
		calls := 0
		r.Look = func(string, int) (Outlook, error) {
			if calls++; calls == 1 {
				return nil, errors.New("the disk is full")
			}
			return decided(), nil
		}
		recorded, err := r.run(t.Context())
		if err != nil || len(recorded.Trials) != 4 {
			t.Fatalf("%d trials, %v; want 4", len(recorded.Trials), err)
		}
		want := "The look after replicate 1 failed, and the run went on: the disk is full."
		if all := recorded.Manifest.Caveats; len(all) != 1 || all[0] != want {
			t.Errorf("caveats %q, want %q", all, want)
		}
	})
}

// A run that a person stops has no reason of its own: the trials that it lacks are missing.
func TestCancelledRunHasNoReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, asked := looking(t, 1, open(0.5))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(350*time.Second, cancel) // in the fourth trial
		recorded, err := r.run(ctx)
		if err == nil || len(recorded.Trials) != 4 || recorded.Manifest.Stopping.Reason != "" || len(recorded.Planned) != 10 {
			t.Errorf("%d trials, %v, %+v", len(recorded.Trials), err, recorded.Manifest.Stopping)
		}
		if len(*asked) != 1 {
			t.Errorf("%d looks, want 1: the second replicate is not whole", len(*asked))
		}
	})
}

// What earlier runs showed is recorded after the first replicate, before the first look, with
// the versions of the targets known.
func TestHistoryOfTheLab(t *testing.T) {
	for name, failure := range map[string]error{"read": nil, "not read": errors.New("permission denied")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _ := looking(t, 1)
				prior := results.Prior{Question: "ISO-001 shared", Tau: 0.08, DF: 9, Runs: 4, Within: 0.05}
				calls := 0
				r.History = func(m results.Manifest) ([]results.Prior, error) {
					calls++
					if m.Versions["odoo"] != "19.0" {
						t.Errorf("versions %v at the history", m.Versions)
					}
					if failure != nil {
						return nil, failure
					}
					return []results.Prior{prior}, nil
				}
				r.Look = func(dir string, left int) (Outlook, error) {
					recorded, err := results.Open(dir)
					if n := len(recorded.Manifest.Priors); failure == nil && n != 1 {
						t.Errorf("%d priors at the look", n)
					}
					if left > 3 {
						return open(0.5), err
					}
					return decided(), err
				}
				recorded, err := r.run(t.Context())
				if err != nil || calls != 1 {
					t.Fatalf("%v after %d calls of history, want 1", err, calls)
				}
				got := fmt.Sprint(recorded.Manifest.Priors, recorded.Manifest.Caveats)
				want := "[{ISO-001 shared 0.08 9 4 0.05}] []"
				if failure != nil {
					want = "[] [Earlier runs could not be read: permission denied. The stated assumption on how much trials vary is used.]"
				}
				if got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}
