package quantile

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Source: the definitions of Hyndman & Fan on 1..10; types 1 and 4 equal gonum's
// own TestQuantile.
func TestTypesOnOneToTen(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for key, want := range oracle.Load[map[string]map[string]float64](t, "quantile_1_to_10") {
		p, err := strconv.ParseFloat(key, 64)
		if err != nil {
			t.Fatal(err)
		}
		oracle.Close(t, key+" type1", Type1(x, p), want["type1"], 0)
		for name, kind := range map[string]Kind{"type4": Type4, "type6": Type6, "type7": Type7, "type8": Type8} {
			oracle.Close(t, key+" "+name, Interpolated(x, p, kind), want[name], 1e-12)
		}
	}
}

// Source: NIST/SEMATECH e-Handbook 7.2.6.2, 90th percentile (type 6); type 7
// computed with numpy.
func TestNIST(t *testing.T) {
	x := []float64{95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.0610, 95.1591, 95.1195, 95.1065, 95.0925, 95.1990, 95.1682}
	slices.Sort(x)
	oracle.Close(t, "type 6", Interpolated(x, 0.9, Type6), 95.19807, 1e-9)
	oracle.Close(t, "type 7", Interpolated(x, 0.9, Type7), 95.19568, 1e-9)
}

func TestQuantileOfNothing(t *testing.T) {
	for name, v := range map[string]float64{
		"type 1 of none": Type1(nil, 0.5), "type 7 of none": Interpolated(nil, 0.5, Type7), "p above 1": Type1([]float64{1}, 1.1),
		"p below 0": Interpolated([]float64{1}, -0.1, Type7), "no kind": Interpolated([]float64{1}, 0.5,
			5), "p NaN": Type1([]float64{1}, math.NaN()),
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s: got %g, want NaN", name, v)
		}
	}
	if got := Interpolated([]float64{1, math.Inf(1)}, 0.5, Type7); !math.IsInf(got, 1) {
		t.Errorf("between 1 and +Inf: got %g", got)
	}
	if got := Type1([]float64{3}, 0); got != 3 {
		t.Errorf("p = 0: got %g, want 3", got)
	}
}

// Property: type 1 is an observed value and commutes with monotone transforms; every
// type ascends in p and stays within the sample.
func TestQuantileProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		x := make([]float64, 1+random.IntN(40))
		for i := range x {
			x[i] = random.ExpFloat64()
		}
		sort.Float64s(x)
		logs := make([]float64, len(x))
		for i, v := range x {
			logs[i] = math.Log(v)
		}
		last := map[Kind]float64{}
		for i := range 101 {
			p := float64(i) / 100
			q := Type1(x, p)
			if !slices.Contains(x, q) || math.Log(q) != Type1(logs, p) {
				t.Fatalf("p %g of %v: %g is not observed, or the transform moves it", p, x, q)
			}
			for _, kind := range []Kind{Type4, Type6, Type7, Type8} {
				v := Interpolated(x, p, kind)
				if v < x[0] || v > x[len(x)-1] || v < last[kind] {
					t.Fatalf("type %d at %g of %v: %g", kind, p, x, v)
				}
				last[kind] = v
			}
		}
	}
}

// Source: equal-tail binomial ranks computed with scipy.stats.binom.
func TestRanks(t *testing.T) {
	type row struct {
		N        int
		Q        float64
		Lo, Hi   int
		Coverage float64
	}
	for _, want := range oracle.Load[[]row](t, "order_stat_ci_equal_tail_95") {
		got := Ranks(want.N, want.Q, 0.95)
		if got.Lo != want.Lo || got.Hi != want.Hi {
			t.Errorf("n %d p %g: got (%d, %d), want (%d, %d)", want.N, want.Q, got.Lo, got.Hi, want.Lo, want.Hi)
		}
		oracle.Close(t, "achieved", got.Achieved, want.Coverage, 1e-9)
	}
	// Source: benchmath, median of six values at 95 % is (min, max) with 0.96875.
	if got := Ranks(6, 0.5, 0.95); got.Lo != 1 || got.Hi != 6 || math.Abs(got.Achieved-0.96875) > 1e-12 {
		t.Errorf("median of six: got %+v", got)
	}
	if got := Ranks(0, 0.5, 0.95); got.Lo != 0 || got.Hi != 1 {
		t.Errorf("none: got %+v", got)
	}
}

// Source: closed form q^n <= alpha/2; the least n is also the first for which Ranks
// has both bounds.
func TestMinSamples(t *testing.T) {
	for p, want := range map[float64]int{0.5: 6, 0.9: 36, 0.95: 72, 0.99: 368, 0.999: 3688, 0.05: 72} {
		if got := MinSamples(p, 0.95); got != want {
			t.Errorf("P%g: got %d, want %d", 100*p, got, want)
		}
		for n, bounded := range map[int]bool{want - 1: false, want: true} {
			b := Ranks(n, p, 0.95)
			if (b.Lo >= 1 && b.Hi <= n) != bounded {
				t.Errorf("P%g of %d: bracket %+v", 100*p, n, b)
			}
		}
	}
}

// Source: hdrhistogram-go's published test, 0..999999 at three digits. Ours records
// seconds in µs with a larger range, so values agree within a bucket, 0.1 %.
func TestHistogram(t *testing.T) {
	type group struct{ Q map[string]float64 }
	h, a, b := NewHistogram(), NewHistogram(), NewHistogram()
	for i := range 1_000_000 {
		s := float64(i) / 1e6
		h.Record(s)
		[]*Histogram{a, b}[i%2].Record(s)
	}
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	for key, want := range oracle.Load[group](t, "hdr_go").Q {
		p, _ := strconv.ParseFloat(key, 64)
		oracle.Close(t, key, h.Quantile(p/100)*1e6/want, 1, 2e-3)
		if got := a.Quantile(p / 100); got != h.Quantile(p/100) {
			t.Errorf("merged %s: got %g, want %g exactly", key, got, h.Quantile(p/100))
		}
	}
	oracle.Close(t, "maximum", h.Quantile(1)*1e6/oracle.Load[hdrMaximum](t, "hdr_go").Max, 1, 2e-3)
	h.Record(math.Inf(1))
	h.Record(math.NaN())
	h.Record(-1)
	if h.Censored != 1 || h.Rejected != 2 || h.N() != 1_000_001 || !math.IsInf(h.Quantile(1), 1) {
		t.Errorf("got censored %d, rejected %d, n %d, max %g", h.Censored, h.Rejected, h.N(), h.Quantile(1))
	}
	if !math.IsNaN(NewHistogram().Quantile(0.5)) {
		t.Error("an empty histogram has a median")
	}
}

type hdrMaximum struct {
	Max float64 `json:"max_reported"`
}

// Source: hdrhistogram-go's published test, RecordCorrectedValue(1000, 100) has P75 800.
// What such a correction guesses is what intended starts record: arrivals every 100
// behind one that took 1000.
func TestCorrectionIsWhatIntendedStartsRecord(t *testing.T) {
	const published = "RecordCorrectedValue(1000,100): p75 = 800"
	if got := oracle.Load[struct{ Corrected string }](t, "hdr_go").Corrected; got != published {
		t.Fatalf("the oracle says %q", got)
	}
	var waited []float64
	for intended := 0.0; intended < 1000; intended += 100 {
		waited = append(waited, 1000-intended)
	}
	slices.Sort(waited)
	if got := Type1(waited, 0.75); got != 800 {
		t.Errorf("P75 %g, want 800", got)
	}
}

// Source: Gil Tene's example, 100 operations a second at 1 ms for 100 s, then a stall
// of 100 s. With intended start times no correction is needed: what waited was
// recorded.
func TestStall(t *testing.T) {
	var x []float64
	for range 10_000 {
		x = append(x, 0.001)
	}
	for i := range 10_000 {
		x = append(x, 100-float64(i)/100)
	}
	type group struct {
		N     int     `json:"corrected_n"`
		Mean  float64 `json:"corrected_mean_ms"`
		Naive float64 `json:"naive_mean_ms"`
	}
	want := oracle.Load[group](t, "coordinated_omission")
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	// A closed loop, which waits for each answer, records the stall once.
	naive := (1000.0*x[0]*10_000 + 100_000) / 10_001
	oracle.Close(t, "naive mean in ms", naive, want.Naive, 1e-8)
	if len(x) != want.N {
		t.Errorf("got %d samples, want %d", len(x), want.N)
	}
	oracle.Close(t, "mean in ms", mean*1000, want.Mean, 1e-3)
	slices.Sort(x)
	for p, want := range map[float64]float64{0.5: 0.001, 0.75: 50, 0.99: 98, 0.9999: 99.98} {
		oracle.Close(t, "quantile", Type1(x, p), want, 1e-9)
	}
}

func TestSpectrum(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, math.Inf(1), math.Inf(1)}
	points := Spectrum(x, 2)
	for i, p := range points {
		if math.IsInf(p.Seconds, 0) || p.Percentile > 80 || (i > 0 && p.Seconds < points[i-1].Seconds) {
			t.Errorf("point %d: %+v", i, p)
		}
	}
	if len(points) == 0 || Spectrum(nil, 5) != nil || Spectrum(x, 0) != nil {
		t.Error("a spectrum of nothing, or none of something")
	}
	if last := Spectrum([]float64{1, 2, 3}, 5); last[len(last)-1] != (SpectrumPoint{100, 3}) {
		t.Errorf("the last point is %+v, want the maximum", last[len(last)-1])
	}
}

func TestOfRefusesAndCensors(t *testing.T) {
	x := make([]float64, 71)
	if e := Of(x, 0.95, 0.95); !e.Refused || e.Need != 72 || !math.IsNaN(e.Value) {
		t.Errorf("71 values: %+v", e)
	}
	x = make([]float64, 100)
	for i := range x {
		x[i] = float64(i)
	}
	for i := range 6 {
		x[i*10] = math.Inf(1)
	}
	if e := Of(x, 0.95, 0.95); !e.Censored || !math.IsInf(e.Value, 1) || math.IsInf(e.Lo, 0) {
		t.Errorf("6 of 100 unserved: %+v", e)
	}
	if e := Of(x, 0.5, 0.95); e.Censored || math.IsInf(e.Value, 0) || math.IsInf(e.Hi, 0) {
		t.Errorf("median of them: %+v", e)
	}
	if e := Of([]float64{math.NaN()}, 0.5, 0.95); !e.Refused || e.N != 0 {
		t.Errorf("NaN: %+v", e)
	}
}
