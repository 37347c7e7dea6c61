package campaign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/finding"
	shares "example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
)

// logOdds is an estimate by hand: a standard error of 0.3 with 8 degrees of freedom.
func logOdds(log float64) moderated.Estimate {
	return moderated.Estimate{Log: log, SE: 0.3, DF: 8, N: 2, Spread: math.NaN()}
}

// By hand: differences have the standard error 0.3 sqrt(2) and 16 degrees of freedom. The p-values
// of 1, 2 and 3 are 0.031495, 0.000234 and 0.00000265. Holm multiplies the smallest of the three by
// 3, the next by 2.
func TestWorstOf(t *testing.T) {
	at, p := worstOf([]moderated.Estimate{logOdds(1), logOdds(0), logOdds(3)})
	if diff := cmp.Diff([]float64{0.031495, 1, 0.0000079}, p, cmpopts.EquateApprox(0, 1e-6)); at != 1 || diff != "" {
		t.Errorf("lowest %d (-want +got):\n%s", at, diff)
	}
	if at, p := worstOf([]moderated.Estimate{logOdds(2), logOdds(2)}); at != 0 || p[0] != 1 || p[1] != 1 {
		t.Errorf("equal: %d, %v", at, p)
	}
}

// Dependence is that of the moment whose share is closer to a half. By hand, with 4 trials, tau 0.4
// with 4 degrees of freedom and no spread between trials: p q is 0.25 of the one and 0.0033 of
// the other, whose W becomes 0.02 * 0.25 / 0.0033 = 1.5152 instead of 50. SE^2 is then
// 4 (1.5152 + 0.16) / (7 * 4).
func TestDifference(t *testing.T) {
	of := func(log, within float64) moderated.Estimate {
		return moderated.Estimate{Log: log, SE: math.Sqrt(4 * (within + 0.16) / 28), DF: 7, N: 4, Within: within,
			Prior: shares.DefaultShare()}
	}
	low, high := of(0, 0.02), of(5.7072, 50)
	for _, d := range []moderated.Estimate{difference(low, high), difference(high, low)} {
		if want := math.Sqrt(4*(1.5152+0.16)/28 + 4*0.18/28); math.Abs(d.SE-want) > 1e-4 || math.Abs(math.Abs(d.Log)-5.7072) > 1e-9 {
			t.Errorf("SE %g, want %g; %g", d.SE, want, d.Log)
		}
	}
	if _, p := worstOf([]moderated.Estimate{low, high}); p[1] > 1e-3 {
		t.Errorf("p %g of 50 %% and 99.7 %%", p[1])
	}
}

// valley is a search from 12 s before to 4 s after the cut-off. The log-odds of the share served
// follow from the offset. Moments of other verdicts are not compared.
func valley(refine float64, logOf func(offset float64) float64, verdicts map[float64]finding.Verdict) (w *Worst, order []float64) {
	w = &Worst{Fault: "ingress-down", Journey: "shipping", First: -12, Last: 4, Step: 4, Finest: refine}
	for open := w.Open(); len(open) > 0; open = w.Open() {
		for _, offset := range open {
			order = append(order, offset)
			m := Moment{Offset: offset, Cell: Cell{At: fmt.Sprintf("cutoff%+gs", offset), State: Measured, Verdict: verdicts[offset]}}
			if m.Verdict == "" {
				log := logOf(offset)
				m.Verdict, m.Odds = finding.Fail, &finding.Primary{Estimate: logOdds(log), Level: 0.95}
				m.Measures = []Measure{{What: Served, Quantity: finding.Number(1/(1+math.Exp(-log)), "share", "by hand", 500)}}
			}
			w.Moments = append(w.Moments, m)
		}
	}
	w.Answer()
	return w, order
}

// The grid comes first. Then the step around the lowest moment is halved: the share is lowest 5.2 s
// before the cut-off, so that -6 follows from -8 and -4, and -5 from -7 and -5.
func TestWorstOpen(t *testing.T) {
	v := func(offset float64) float64 { return math.Abs(offset + 5.2) }
	for refine, want := range map[float64][]float64{
		0: {-12, -8, -4, 0, 4},
		2: {-12, -8, -4, 0, 4, -6, -2},
		1: {-12, -8, -4, 0, 4, -6, -2, -7, -5},
	} {
		w, order := valley(refine, v, nil)
		if diff := cmp.Diff(want, order); diff != "" || !w.Done {
			t.Errorf("refine %g: done %t (-want +got):\n%s", refine, w.Done, diff)
		}
		if !slices.IsSortedFunc(w.Moments, func(a, b Moment) int { return int(a.Offset - b.Offset) }) {
			t.Errorf("refine %g: moments are not in order", refine)
		}
	}
	if _, order := valley(1, func(offset float64) float64 { return offset }, nil); !slices.Equal(order[5:], []float64{-10, -11}) {
		t.Errorf("at the edge of the range: %v", order)
	}
	if w, order := valley(1, v, map[float64]finding.Verdict{-12: "invalid", -8: "invalid", -4: "invalid", 0: "invalid",
		4: "invalid"}); len(order) != 5 || w.Why != "Fewer than two moments have a valid measurement." || !w.Served.Missing {
		t.Errorf("without a valid measurement: %v, %s", order, w.Why)
	}
}

// The interval of the lowest share has Bonferroni's level for five moments, 99 %. By hand: the
// log-odds -1 +- 3.3554 * 0.3, with the quantile of Student's t for 8 degrees of freedom.
func TestWorstAnswer(t *testing.T) {
	const lowest = "shipping is served least when ingress-down begins at cutoff-4s: 26.9 % [11.9, 50.2]."
	deep := func(offset float64) float64 {
		if offset == -4 {
			return -1
		}
		return 3
	}
	for name, c := range map[string]struct {
		log      func(float64) float64
		verdicts map[float64]finding.Verdict
		like     []string
		why      string
	}{
		"one": {deep, nil, nil, lowest + " Every other moment is certainly better."},
		"two": {func(offset float64) float64 {
			if offset == 0 {
				return -0.5
			}
			return deep(offset)
		}, nil, []string{"cutoff+0s"}, lowest +
			" There is not enough data to distinguish it from cutoff+0s. The others are certainly better."},
		"none": {func(offset float64) float64 { return deep(offset)/10 - 0.9 }, nil,
			[]string{"cutoff-12s", "cutoff-8s", "cutoff+0s", "cutoff+4s"},
			lowest + " There is not enough data to " +
				"name the worst moment: no other one is certainly better. More replicates in the template show more."},
	} {
		w, _ := valley(0, c.log, c.verdicts)
		if diff := cmp.Diff(c.like, w.Like); diff != "" || w.Why != c.why || w.At != "cutoff-4s" {
			t.Errorf("%s: %s\n%s", name, w.Why, diff)
		}
		if q := w.Served; math.Abs(*q.Lo-0.11853) > 1e-4 || math.Abs(*q.Hi-0.50165) > 1e-4 || math.Abs(q.Level-0.99) > 1e-9 {
			t.Errorf("%s: %+v [%g, %g]", name, q, *q.Lo, *q.Hi)
		}
	}
	if w, _ := valley(0, func(float64) float64 { return 2 }, nil); w.At != "" || w.Like != nil ||
		w.Why != "The same share of shipping is served at all moments: 88.1 % [73, 95.3]." {
		t.Errorf("the same everywhere: %s", w.Why)
	}
	w, _ := valley(0, func(offset float64) float64 { return 10 - 2*offset }, map[float64]finding.Verdict{-8: finding.Invalid})
	const why = "shipping is served least when ingress-down begins at cutoff+4s: 88.1 % [73.9, 95.1]. Every other moment is " +
		"certainly better. It is the latest moment of the search. Not compared: cutoff-8s."
	if w.Why != why || w.Compared != 4 {
		t.Errorf("%d compared: %s", w.Compared, w.Why)
	}
}

// A search that is under way has no answer.
func TestWorstUnderWay(t *testing.T) {
	w := &Worst{First: 0, Last: 8, Step: 4, Moments: []Moment{{Offset: 4, Cell: Cell{State: TooOld}}, {Offset: 0,
		Cell: Cell{State: Measured, Verdict: finding.Invalid}}}}
	if diff := cmp.Diff([]float64{4, 8}, w.Open()); diff != "" {
		t.Errorf("open (-want +got):\n%s", diff)
	}
	if w.Answer(); w.Done || w.Why != "The search goes on: 1 moment measured." || !w.Served.Missing || w.Failed != nil {
		t.Errorf("%+v", w)
	}
}

// world is how runs vary.
type world struct {
	tau     float64 // of the logit, between trials
	cluster int     // arrivals that are served or missed together
	trials  int     // at each moment
}

// sample draws the share served at a moment. The measured dependence is inexact, too.
func (w world) sample(random *rand.Rand, p float64) moderated.Estimate {
	const arrivals = 200
	var counted []shares.Counted
	for range w.trials {
		q := 1 / (1 + math.Exp(-math.Log(p/(1-p))-w.tau*random.NormFloat64()))
		c := shares.Counted{Offered: arrivals, Time: 1}
		if w.cluster > 1 {
			c.Time = max(1, shares.Time(float64(w.cluster))*math.Exp(0.5*random.NormFloat64()))
		}
		for range arrivals / w.cluster {
			if random.Float64() < q {
				c.Good += w.cluster
			}
		}
		counted = append(counted, c)
	}
	return shares.ShareOf(counted, shares.DefaultShare()).Logit()
}

// search searches a grid of five moments down to a quarter of its step. Truth is the share that
// is served at an offset.
func (in world) search(random *rand.Rand, truth func(offset float64) float64) *Worst {
	w := &Worst{First: -12, Last: 4, Step: 4, Finest: 1}
	for open := w.Open(); len(open) > 0; open = w.Open() {
		for _, offset := range open {
			e := in.sample(random, truth(offset))
			w.Moments = append(w.Moments, Moment{Offset: offset, Odds: &finding.Primary{Estimate: e, Level: 0.95},
				Cell: Cell{State: Measured, At: fmt.Sprint(offset), Measures: []Measure{{}}}})
		}
	}
	w.Answer()
	return w
}

// claims are what an answer states, held against the truth.
type claims struct {
	false bool // a moment is called better and is not
	alone bool // one moment is named, and all others are called better
	right bool // the worst moments are named, and all others are called better
	miss  bool // the interval of the lowest share does not have the truth of its moment
}

func claimsOf(w *Worst, truth func(offset float64) float64, least float64) claims {
	at := w.Moments[slices.IndexFunc(w.Moments, func(m Moment) bool { return m.At == w.At })]
	c := claims{alone: len(w.Like) == 0, right: truth(at.Offset) == least}
	for _, m := range w.Moments {
		better := m.At != w.At && !slices.Contains(w.Like, m.At)
		c.false = c.false || better && truth(m.Offset) <= truth(at.Offset)
		c.right = c.right && better == (truth(m.Offset) > least)
	}
	lo, hi := at.Odds.Estimate.Interval(w.Served.Level)
	c.miss = truth(at.Offset) < lo/(1+lo) || truth(at.Offset) > hi/(1+hi)
	return c
}

// Planted truths, 1,000 searches each. At most 5 % of the searches call a moment better that is
// not, and so at most as many name a worst one of identical moments. One that is worst is named.
func TestWorstPlanted(t *testing.T) {
	const searches, most = 1000, 67 // the 99 % quantile of Bin(1000, 0.05)
	within := func(width float64) func(float64) float64 {
		return func(offset float64) float64 {
			if math.Abs(offset+4) < width {
				return 0.5
			}
			return 0.95
		}
	}
	for _, c := range []struct {
		name  string
		world world
		truth func(float64) float64
		least float64
		alone [2]int // searches that name one moment alone: from, to
		right int    // at least
		wrong int    // at most
	}{
		{"identical", world{0.2, 1, 1}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"identical", world{0.4, 1, 1}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"identical", world{0.4, 1, 2}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"identical", world{0.4, 1, 4}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"identical, trials vary twice as much as assumed", world{0.8, 1, 4}, within(0), 0.95, [2]int{0, most}, 0, 160},
		{"identical, dependent", world{0.4, 10, 2}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"identical, dependent", world{0.4, 10, 4}, within(0), 0.95, [2]int{0, most}, 0, most},
		{"one moment, dependent", world{0.4, 10, 4}, within(0.5), 0.5, [2]int{100, 1000}, 100, most},
		{"one moment", world{0.4, 1, 1}, within(0.5), 0.5, [2]int{50, 1000}, 50, most},
		{"one moment", world{0.4, 1, 2}, within(0.5), 0.5, [2]int{800, 1000}, 800, most},
		{"one moment", world{0.4, 1, 4}, within(0.5), 0.5, [2]int{990, 1000}, 990, most},
		{"three moments", world{0.4, 1, 4}, within(1.5), 0.5, [2]int{0, most}, 900, most},
	} {
		random := rand.New(rand.NewPCG(17, uint64(c.world.trials)))
		wrong, alone, right, missed := 0, 0, 0, 0
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		for range searches {
			got := claimsOf(c.world.search(random, c.truth), c.truth, c.least)
			count(&wrong, got.false)
			count(&alone, got.alone)
			count(&right, got.right)
			count(&missed, got.miss)
		}
		t.Logf("%s, %+v: wrong %d, alone %d, right %d, missed %d", c.name, c.world, wrong, alone, right, missed)
		if wrong > c.wrong || missed > c.wrong || alone < c.alone[0] || alone > c.alone[1] || right < c.right {
			t.Errorf("%s, %+v: wrong %d, alone %d, right %d, missed %d", c.name, c.world, wrong, alone, right, missed)
		}
	}
}
