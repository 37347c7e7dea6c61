package openarrival

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.k6.io/k6/lib"

	"example.org/odooharness/scenarios/arrivals"
)

// tuple is a segment of a sequence; without a sequence, of the one that k6 makes for it.
func tuple(t *testing.T, segment, sequence string) *lib.ExecutionTuple {
	t.Helper()
	s, err := lib.NewExecutionSegmentFromString(segment)
	if err != nil {
		t.Fatal(err)
	}
	var all *lib.ExecutionSegmentSequence
	if sequence != "" {
		named, err := lib.NewExecutionSegmentSequenceFromString(sequence)
		if err != nil {
			t.Fatal(err)
		}
		all = &named
	}
	et, err := lib.NewExecutionTuple(s, all)
	if err != nil {
		t.Fatal(err)
	}
	return et
}

func parse(t *testing.T, options string) *Config {
	t.Helper()
	c, err := Parse("t1_orders", []byte(options), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOptionsBecomeSchedule(t *testing.T) {
	c := parse(t, `{"executor":"open-arrival","rate":60,"timeUnit":"1m",
		"stages":[{"duration":"10s","target":120},{"duration":"5s","target":0}]}`)
	if problems := c.Validate(); len(problems) != 0 {
		t.Fatal(problems)
	}
	s := c.Schedule(7)
	if s.Kind != arrivals.Poisson || s.Seed != 7 || s.Profile.Start != 1 || s.Profile.Stages[0].Target != 2 ||
		s.Duration() != 15*time.Second {
		t.Errorf("schedule %+v", s)
	}
	if got := parse(t, `{"rate":1,"duration":"1s","seed":9}`).Schedule(7).Seed; got != 9 {
		t.Errorf("seed %d, want the option's", got)
	}
	steps := c.GetExecutionRequirements(tuple(t, "0:1", ""))
	if len(steps) != 2 || steps[0].PlannedVUs != defaultVUs || steps[1].TimeOffset != 45*time.Second {
		t.Errorf("requirements %+v, want 20 users for 15 s and 30 s to end", steps)
	}
}

func TestReplayFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "arrivals.csv")
	if err := os.WriteFile(path, []byte("seconds\n0.5\n0.25\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := parse(t, `{"replay":"`+path+`"}`)
	if problems := c.Validate(); len(problems) != 0 {
		t.Fatal(problems)
	}
	if s := c.Schedule(1); s.Kind != arrivals.Replay || s.Count() != 2 || s.Times[0] != 250*time.Millisecond {
		t.Errorf("schedule %+v", s)
	}
	if n := parse(t, `{"times":[0,1,2]}`).Schedule(1).Count(); n != 3 {
		t.Errorf("%d arrivals of a list of 3", n)
	}
}

func TestValidateReturnsAll(t *testing.T) {
	c := parse(t, `{"rate":-1,"duration":"0s","maxVUs":2,"preAllocatedVUs":5,"maxQueue":-1,"startTime":"-1s"}`)
	text := ""
	for _, err := range c.Validate() {
		text += err.Error() + "\n"
	}
	for _, want := range []string{"rate must be 0 or more", "last no time", "preAllocatedVUs <= maxVUs", "maxQueue", "startTime"} {
		if !strings.Contains(text, want) {
			t.Errorf("no word of %q in:\n%s", want, text)
		}
	}
	if _, err := Parse("x", []byte(`{"rate":1,"durration":"1s"}`), nil); err == nil {
		t.Error("an unknown option is accepted")
	}
	for _, both := range []string{`{"rate":1,"times":[1]}`,
		`{"duration":"1s","rate":1,"stages":[{"duration":"1s","target":1}]}`, `{"duration":"1s"}`} {
		if len(parse(t, both).Validate()) == 0 {
			t.Errorf("accepted: %s", both)
		}
	}
}

// k6's stripes of any segments make up the whole.
func TestSegmentsUnionIsExact(t *testing.T) {
	s := parse(t, `{"rate":50,"duration":"10s"}`).Schedule(3)
	for _, segments := range [][]string{{"0:1"}, {"0:1/2", "1/2:1"}, {"0:1/3", "1/3:1"}, {"0:1/7", "1/7:2/7", "2/7:1"}} {
		seen := map[int64]int{}
		for _, segment := range segments {
			start, offsets, _ := tuple(t, segment, "").GetStripedOffsets()
			stripe, has := arrivals.Stripe{Start: start, Offsets: offsets}, map[int64]bool{}
			for a := range stripe.Of(s) {
				seen[a.Index]++
				has[a.Index] = true
			}
			for i := range s.Count() {
				if stripe.Has(i) != has[i] {
					t.Errorf("%s of %v has arrival %d: %v, want %v", segment, segments, i, stripe.Has(i), has[i])
				}
			}
		}
		for i := range s.Count() {
			if seen[i] != 1 {
				t.Errorf("%v: arrival %d was started %d times", segments, i, seen[i])
			}
		}
	}
}

// The queues of all segments are as long as that of one process, and at least one each.
func TestQueueIsDivided(t *testing.T) {
	for options, want := range map[string][]int{
		`{"rate":1,"duration":"1s"}`:              {10_000, 3334, 3333, 3333},
		`{"rate":1,"duration":"1s","maxQueue":0}`: {0, 0, 0, 0},
		`{"rate":1,"duration":"1s","maxQueue":1}`: {1, 1, 1, 1},
	} {
		var got []int
		got = append(got, parse(t, options).queue(tuple(t, "0:1", "")))
		for _, segment := range []string{"0:1/3", "1/3:2/3", "2/3:1"} {
			got = append(got, parse(t, options).queue(tuple(t, segment, "0,1/3,2/3,1")))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: queues %v, want %v", options, got, want)
		}
	}
}

func TestWaitPrecisely(t *testing.T) {
	for _, d := range []time.Duration{-time.Second, 0, 300 * time.Microsecond, 5 * time.Millisecond} {
		at := time.Now().Add(d)
		if !waitPrecisely(t.Context(), at) {
			t.Fatal("interrupted")
		}
		if early := time.Until(at); early > 0 {
			t.Errorf("woke %s early", early)
		}
	}
}
