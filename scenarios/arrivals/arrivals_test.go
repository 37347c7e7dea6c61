package arrivals

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// peak is a course with a flat part, a rise, a jump and a fall.
func peak() Profile {
	return Profile{Start: 2, Stages: []Stage{
		{20 * time.Second, 2}, {20 * time.Second, 10}, {0, 6}, {20 * time.Second, 0},
	}}
}

func TestExpected(t *testing.T) {
	// By hand: 2·20 = 40, (2+10)/2·20 = 120, (6+0)/2·20 = 60.
	for at, want := range map[time.Duration]float64{
		0: 0, 10 * time.Second: 20, 20 * time.Second: 40, 30 * time.Second: 40 + 2*10 + 0.4*100/2,
		40 * time.Second: 160, 60 * time.Second: 220, time.Hour: 220,
	} {
		if got := peak().Expected(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("Λ(%s): got %v, want %v", at, got, want)
		}
	}
	for at, want := range map[time.Duration]float64{0: 2, 30 * time.Second: 6, 40 * time.Second: 6, 50 * time.Second: 3, time.Minute: 0} {
		if got := peak().Rate(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("rate(%s): got %v, want %v", at, got, want)
		}
	}
}

// Λ(Λ⁻¹(s)) = s for every s.
func TestInverse(t *testing.T) {
	inverse := newInverter(peak())
	for s := 0.01; s < 219.9; s += 0.37 {
		at, ok := inverse.at(s)
		if !ok {
			t.Fatalf("Λ⁻¹(%v) is beyond the end", s)
		}
		if got := peak().Expected(at); math.Abs(got-s) > 1e-6 {
			t.Errorf("Λ(Λ⁻¹(%v)) = %v", s, got)
		}
	}
	if _, ok := inverse.at(220.1); ok {
		t.Error("Λ⁻¹ beyond the last arrival has a value")
	}
}

func times(s Schedule) []time.Duration {
	var all []time.Duration
	for _, t := range s.All() {
		all = append(all, t)
	}
	return all
}

func TestSameSeedSameArrivals(t *testing.T) {
	a := Schedule{Kind: Poisson, Profile: peak(), Seed: Seed(42, "dispatch/t1_orders")}
	b := a
	if diff := cmp.Diff(times(a), times(b)); diff != "" {
		t.Error(diff)
	}
	b.Seed = Seed(42, "dispatch/t2_orders")
	if cmp.Equal(times(a), times(b)) {
		t.Error("two tenants have the same arrivals")
	}
	if b.Seed = Seed(43, "dispatch/t1_orders"); cmp.Equal(times(a), times(b)) {
		t.Error("two seeds have the same arrivals")
	}
}

// Counts in slots of a Poisson process: mean and variance are both Λ of the slot.
// Over 400 seeds the mean of a count with variance v has a standard error of
// √(v/400), its variance one of about v·√(2/400).
func TestCountsArePoisson(t *testing.T) {
	const seeds = 400
	slots := []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second, 40 * time.Second, 60 * time.Second}
	counts := make([][]float64, len(slots)-1)
	for seed := range uint64(seeds) {
		n := make([]float64, len(slots)-1)
		for _, at := range times(Schedule{Kind: Poisson, Profile: peak(), Seed: Seed(seed, "x")}) {
			i, _ := slices.BinarySearch(slots, at+1)
			n[i-1]++
		}
		for i := range n {
			counts[i] = append(counts[i], n[i])
		}
	}
	for i, c := range counts {
		want := peak().Expected(slots[i+1]) - peak().Expected(slots[i])
		mean, variance := moments(c)
		if math.Abs(mean-want) > 4*math.Sqrt(want/seeds) {
			t.Errorf("slot %d: mean %v, want %v", i, mean, want)
		}
		if math.Abs(variance-want) > 4*want*math.Sqrt(2.0/seeds) {
			t.Errorf("slot %d: variance %v, want %v", i, variance, want)
		}
	}
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

// On the scale of Λ the gaps are exponential with mean 1: Kolmogorov-Smirnov with
// the 0.1 % critical value 1.95/√n (Stephens 1974, large n).
func TestGapsAreExponential(t *testing.T) {
	s := Schedule{Kind: Poisson, Profile: Profile{Start: 50, Stages: []Stage{{60 * time.Second, 150}}}, Seed: 7}
	var gaps []float64
	last := 0.0
	for _, at := range times(s) {
		point := s.Profile.Expected(at)
		gaps = append(gaps, point-last)
		last = point
	}
	slices.Sort(gaps)
	n, d := float64(len(gaps)), 0.0
	for i, gap := range gaps {
		f := 1 - math.Exp(-gap)
		d = max(d, math.Abs(f-float64(i)/n), math.Abs(f-float64(i+1)/n))
	}
	if limit := 1.95 / math.Sqrt(n); d > limit {
		t.Errorf("KS distance %v of %v gaps, want at most %v", d, n, limit)
	}
}

func TestEvenArrivals(t *testing.T) {
	got := times(Schedule{Kind: Even, Profile: Profile{Start: 2, Stages: []Stage{{2 * time.Second, 2}}}})
	want := []time.Duration{250 * time.Millisecond, 750 * time.Millisecond, 1250 * time.Millisecond, 1750 * time.Millisecond}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Thirds and two thirds, as k6 stripes them: every arrival once.
func TestStripesUnionIsExact(t *testing.T) {
	s := Schedule{Kind: Poisson, Profile: peak(), Seed: 3}
	seen := map[int64]time.Duration{}
	for _, stripe := range []Stripe{{Start: 0, Offsets: []int64{3}}, {Start: 1, Offsets: []int64{1, 2}}} {
		local := int64(0)
		for a := range stripe.Of(s) {
			if _, twice := seen[a.Index]; twice {
				t.Errorf("arrival %d was started twice", a.Index)
			}
			if a.Local != local {
				t.Errorf("arrival %d: local number %d, want %d", a.Index, a.Local, local)
			}
			local++
			seen[a.Index] = a.At
		}
	}
	for i, at := range s.All() {
		if seen[i] != at {
			t.Errorf("arrival %d: got %v, want %v", i, seen[i], at)
		}
	}
	if got, want := int64(len(seen)), s.Count(); got != want {
		t.Errorf("%d arrivals, want %d", got, want)
	}
}

func TestReplay(t *testing.T) {
	got, err := ParseReplay(strings.NewReader("seconds,path\n# from the access log\n1.5,/a\n\n0.25, /b\n"))
	if diff := cmp.Diff([]time.Duration{250 * time.Millisecond, 1500 * time.Millisecond}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	_, err = ParseReplay(strings.NewReader("1\nx\n-2\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("want both problems, got %v", err)
	}
	s := Schedule{Kind: Replay, Times: got}
	if s.Count() != 2 || len(s.Validate()) != 0 {
		t.Errorf("count %d, problems %v", s.Count(), s.Validate())
	}
	if len((Schedule{Kind: Replay, Times: []time.Duration{2, 1}}).Validate()) == 0 {
		t.Error("unsorted times are accepted")
	}
}

func TestValidateReturnsAll(t *testing.T) {
	p := Profile{Start: -1, Stages: []Stage{{-time.Second, math.NaN()}}}
	if got := len(p.Validate()); got != 4 {
		t.Errorf("%d problems, want 4: %v", got, p.Validate())
	}
}

// BenchmarkSchedule counts the arrivals that one of eight generators takes of 50,000 a second
// during a minute.
func BenchmarkSchedule(b *testing.B) {
	s := Schedule{Kind: Poisson, Profile: Profile{Start: 50_000, Stages: []Stage{{time.Minute, 50_000}}}, Seed: 1}
	stripe := Stripe{Start: 3, Offsets: []int64{8}}
	var n int
	for b.Loop() {
		n = 0
		for range stripe.Of(s) {
			n++
		}
	}
	if want := 50_000 * 60 / 8; math.Abs(float64(n-want)) > 0.01*float64(want) {
		b.Errorf("%d arrivals, want about %d", n, want)
	}
}
