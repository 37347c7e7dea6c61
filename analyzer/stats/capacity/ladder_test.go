package capacity

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/queueing"
)

// shares is a step of one trial with so many arrivals, good of them within the limit.
func shares(levelOf, rate float64, good, offered int, state State) Step {
	return Step{Level: levelOf, Rate: rate, State: state,
		Within: level.ShareOf([]level.Counted{{Good: good, Offered: offered, Time: 1}}, level.DefaultShare())}
}

// Closed form: M/M/8 keeps P95 within five service times up to 7.2185 erlangs
// (queueing.LargestLoad). With the true shares of many arrivals the curve crosses there,
// whatever the order of the steps.
func TestCrossingOfMMC(t *testing.T) {
	const arrivals = 200_000
	var steps []Step
	for a := 5.0; a < 7.8; a += 0.2 {
		// The tail of the response time at 5 service times, by bisection on its quantile.
		lo, hi := 0.0, 1.0
		for range 60 {
			if p := (lo + hi) / 2; (queueing.MMC{C: 8, Lambda: a, Mu: 1}).Quantile(p) < 5 {
				lo = p
			} else {
				hi = p
			}
		}
		steps = append(steps, shares(a, a, int(lo*arrivals), arrivals, Unknown))
	}
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	l := NewLadder(steps, 0.95)
	e := l.Crossing(0.95)
	if math.Abs(e.Value-7.2185) > 0.03 || e.Lo >= e.Value || e.Hi <= e.Value || e.Censored {
		t.Errorf("got %+v, want 7.2185", e)
	}
	oracle.Close(t, "at the crossing", l.ProbabilityAt(e.Value), 0.5, 1e-6)
	if below, above := l.ProbabilityAt(e.Lo), l.ProbabilityAt(e.Hi); below < 0.95 || above > 0.05 {
		t.Errorf("probability at the lower bound %g, at the upper %g", below, above)
	}
}

// By hand: logits of the slow shares with half an arrival added on each side. Two steps
// of one trial; 0 of 1000 and 500 of 1000 are slow; tau 0 leaves the binomial variance.
func TestCrossingByHand(t *testing.T) {
	exact := func(slow int) level.Share {
		return level.Share{Value: 1 - float64(slow)/1000, N: 1, DF: 4, Effective: 1000}
	}
	l := NewLadder([]Step{{Level: 2, Rate: 20, Within: exact(500)}, {Level: 1, Rate: 10, Within: exact(0)}}, 0.95)
	first := math.Log(0.5 / 1000.5) // logit of 0.5/1001
	want := 10 + 10*(math.Log(0.05/0.95)-first)/(0-first)
	oracle.Close(t, "crossing", l.Crossing(0.95).Value, want, 1e-9)
	const t4 = 2.7764451052 // 0.975 quantile of t with 4 degrees of freedom
	upper1, upper2 := first+t4/math.Sqrt(1001*(0.5/1001)*(1000.5/1001)), t4/math.Sqrt(1001*0.25)
	if upper1 > math.Log(0.05/0.95) {
		t.Fatalf("the lower bound lies below the ladder: %g", upper1)
	}
	oracle.Close(t, "lower bound", l.Crossing(0.95).Lo, 10+10*(math.Log(0.05/0.95)-upper1)/(upper2-upper1), 1e-6)
}

// Three states: a kept step vouches for unknown ones below it, a broken one ends what
// is carried, an unknown one does not.
func TestCarried(t *testing.T) {
	for name, c := range map[string]struct {
		states          []State
		carried, broken int
	}{
		"all kept":               {[]State{Kept, Kept}, 1, 2},
		"unknown below kept":     {[]State{Unknown, Kept, Broken}, 1, 2},
		"unknown above kept":     {[]State{Kept, Unknown, Broken}, 0, 2},
		"kept above broken":      {[]State{Kept, Broken, Kept}, 0, 1},
		"nothing known":          {[]State{Unknown, Unknown}, -1, 2},
		"broken from the lowest": {[]State{Broken, Broken}, -1, 0},
	} {
		var steps []Step
		for i, s := range c.states {
			steps = append(steps, Step{Level: float64(i), State: s})
		}
		l := NewLadder(steps, 0.95)
		if got := l.Carried(); got != c.carried {
			t.Errorf("%s: carried %d, want %d", name, got, c.carried)
		}
		if got := l.FirstBroken(); got != c.broken {
			t.Errorf("%s: first broken %d, want %d", name, got, c.broken)
		}
	}
}

func TestCrossingBeyondTheLadder(t *testing.T) {
	above := NewLadder([]Step{shares(1, 10, 2000, 2000, Kept), shares(2, 20, 2000, 2000, Kept)}, 0.95)
	if e := above.Crossing(0.95); !e.Censored || e.Value != 20 || !math.IsInf(e.Hi, 1) {
		t.Errorf("above the ladder: %+v", e)
	}
	below := NewLadder([]Step{shares(1, 10, 0, 2000, Broken), shares(2, 20, 0, 2000, Broken)}, 0.95)
	if e := below.Crossing(0.95); !math.IsNaN(e.Value) || e.Lo != 0 || e.Why == "" {
		t.Errorf("below the ladder: %+v", e)
	}
	if p := below.ProbabilityAt(5); p > 0.01 {
		t.Errorf("a rate below the lowest step that is broken is carried with %g", p)
	}
	one := NewLadder([]Step{shares(1, 10, 100, 100, Kept)}, 0.95)
	if e := one.Crossing(0.95); !math.IsNaN(e.Value) || e.Why == "" {
		t.Errorf("one level: %+v", e)
	}
}

// Seeded: intervals of the crossing cover the truth of a pool whose shares are known,
// and the stated probability of carrying a peak is met. 400 ladders of three trials
// with independent arrivals; trials vary by 0.3 in the logit.
func TestCrossingCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	const truth, slope = 13.7, 0.9 // the logit of the slow share is linear, -2.944 at the truth
	covered, stated, carries := 0, 0.0, 0
	const ladders = 400
	for range ladders {
		offsets := []float64{0.3 * random.NormFloat64(), 0.3 * random.NormFloat64(), 0.3 * random.NormFloat64()}
		var steps []Step
		for rate := 8.0; rate <= 20; rate += 2 {
			var trials []level.Counted
			for _, offset := range offsets {
				p := 1 / (1 + math.Exp(-(math.Log(0.05/0.95) + slope*(rate-truth) + offset)))
				good, n := 0, int(rate*30)
				for range n {
					if random.Float64() >= p {
						good++
					}
				}
				trials = append(trials, level.Counted{Good: good, Offered: n, Time: 1})
			}
			steps = append(steps, Step{Level: rate, Rate: rate, Within: level.ShareOf(trials, level.DefaultShare())})
		}
		l := NewLadder(steps, 0.95)
		if e := l.Crossing(0.95); e.Lo <= truth && truth <= e.Hi {
			covered++
		}
		peak := truth * (0.93 + 0.14*random.Float64())
		stated += l.ProbabilityAt(peak)
		if peak <= truth {
			carries++
		}
	}
	// Of 400, 95 % are 380 with a standard deviation of 4.4.
	if covered < 371 {
		t.Errorf("%d of %d intervals cover", covered, ladders)
	}
	if math.Abs(stated-float64(carries)) > 30 {
		t.Errorf("%.0f peaks were said to be carried, %d are", stated, carries)
	}
	t.Logf("covered %d of %d, stated %.0f, carried %d", covered, ladders, stated, carries)
}

// The curve knows the latency alone. From the lowest broken step on the probability is at
// most 5 %; where another limit broke that step it falls evenly from the carried step.
func TestProbabilityKnowsBrokenSteps(t *testing.T) {
	for name, c := range map[string]struct {
		last   State
		unseen bool
		want   map[float64]float64
	}{
		"kept":                            {Kept, false, map[float64]float64{10: 1, 15: 1, 20: 1, 30: 1}},
		"broken by its latency elsewhere": {Broken, false, map[float64]float64{10: 1, 15: 1, 19.9: 1, 20: 0.05, 30: 0.05}},
		"broken by errors":                {Broken, true, map[float64]float64{5: 1, 10: 1, 15: 1 - 0.95/2, 20: 0.05, 30: 0.05}},
	} {
		high := shares(2, 20, 200_000, 200_000, c.last)
		high.Unseen = c.unseen
		l := NewLadder([]Step{shares(1, 10, 200_000, 200_000, Kept), high}, 0.95)
		for rate, want := range c.want {
			oracle.Close(t, name, l.ProbabilityAt(rate), want, 0.002)
		}
	}
	first := shares(1, 10, 200_000, 200_000, Broken)
	first.Unseen = true
	oracle.Close(t, "no carried step", NewLadder([]Step{first}, 0.95).ProbabilityAt(5), 1-0.95/2, 1e-6)
}
