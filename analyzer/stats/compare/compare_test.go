package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Source: Hollander & Wolfe's permeability data, in R's wilcox.test example.
func TestMannWhitneyPermeability(t *testing.T) {
	want := oracle.Load[struct {
		X, Y     []float64
		W        float64
		Greater  float64   `json:"p_greater"`
		Two      float64   `json:"p_two"`
		HL       float64   `json:"hl"`
		CI       []float64 `json:"hl_ci"`
		Achieved float64
		A12      float64
		Cliff    float64
	}](t, "mwu_permeability")
	got := MannWhitney(want.X, want.Y)
	oracle.Close(t, "U", got.Statistic, want.W, 0)
	oracle.Close(t, "greater", got.Greater, want.Greater, 1e-9)
	oracle.Close(t, "two", got.Two, want.Two, 1e-9)
	shift := UnpairedShift(want.X, want.Y, 0.95)
	oracle.Close(t, "shift", shift.Value, want.HL, 1e-12)
	oracle.Close(t, "lo", shift.Lo, want.CI[0], 1e-12)
	oracle.Close(t, "hi", shift.Hi, want.CI[1], 1e-12)
	oracle.Close(t, "achieved", shift.Achieved, want.Achieved, 1e-5)
	oracle.Close(t, "A12", A12(want.Y, want.X), want.A12, 1e-12)
	oracle.Close(t, "Cliff", Cliff(want.Y, want.X), want.Cliff, 1e-12)
}

// Source: closed form 2/C(2n, n), the least two-sided p (benchmath's uTestMinP);
// and the exact permutation p of {2,1,3,5} against five ones, 6/126 = 0.047619,
// where go-moremath's own test expects 0.
func TestMannWhitneyExact(t *testing.T) {
	for n, want := range map[int]float64{3: 0.1, 4: 0.028571428571, 5: 0.007936507937, 6: 0.002164502165} {
		x, y := make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], y[i] = float64(i), float64(n+i)
		}
		oracle.Close(t, "least p", MannWhitney(x, y).Two, want, 1e-9)
	}
	got := MannWhitney([]float64{2, 1, 3, 5}, []float64{1, 1, 1, 1, 1})
	oracle.Close(t, "with ties, one-sided", got.Greater, 6.0/126, 1e-9)
	if p := MannWhitney(nil, []float64{1}); p.Two != 1 {
		t.Errorf("an empty sample: %+v", p)
	}
}

// Property: swapping sides mirrors the test; the exact and the approximate p agree
// where both exist.
func TestMannWhitneyProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		x, y := make([]float64, 3+random.IntN(20)), make([]float64, 3+random.IntN(20))
		for i := range x {
			x[i] = float64(random.IntN(12))
		}
		for i := range y {
			y[i] = float64(random.IntN(12)) + 1
		}
		a, b := MannWhitney(x, y), MannWhitney(y, x)
		oracle.Close(t, "mirrored", a.Greater, b.Less, 1e-9)
		oracle.Close(t, "U", a.Statistic+b.Statistic, float64(len(x)*len(y)), 1e-9)
		if len(x) > 12 && len(y) > 12 {
			_, less := whitneyNormal(MidRanks(append(slices.Clone(x), y...)), len(x), len(y), a.Statistic)
			oracle.Close(t, "normal", less, a.Less, 0.02)
		}
	}
}

// Source: Hollander & Wolfe's depression data, in R's wilcox.test example.
func TestSignedRankDepression(t *testing.T) {
	want := oracle.Load[struct {
		X, Y    []float64
		V       float64
		Greater float64 `json:"p_greater"`
		HL      float64
	}](t, "signed_rank_depression")
	d := make([]float64, len(want.X))
	for i := range d {
		d[i] = want.X[i] - want.Y[i]
	}
	got := SignedRank(d)
	oracle.Close(t, "V", got.Statistic, want.V, 0)
	oracle.Close(t, "greater", got.Greater, want.Greater, 1e-12)
	oracle.Close(t, "shift", SignedRankShift(d, 0.95).Value, want.HL, 1e-9)
	if p, ok := SignFlip([]float64{1, 2, 3, 4, 5, 6}); !ok || p != 0.03125 {
		t.Errorf("six pairs of one sign: p %g, want 0.03125", p)
	}
	if e := SignedRankShift([]float64{1, 2, 3, 4, 5}, 0.95); !math.IsInf(e.Lo, -1) {
		t.Errorf("five pairs cannot have a 95 %% interval: %+v", e)
	}
	if e := SignedRankShift([]float64{1, 2, 3, 4, 5, 6}, 0.95); e.Lo != 1 || e.Hi != 6 || e.Achieved != 0.96875 {
		t.Errorf("six pairs: %+v, want [1, 6] at 0.96875", e)
	}
}

// Source: lawstat's documentation of brunner.munzel.test.
func TestBrunnerMunzel(t *testing.T) {
	want := oracle.Load[struct {
		X, Y             []float64
		Stat, DF, P, Est float64
		CI               []float64
	}](t, "brunner_munzel")
	got := BrunnerMunzel(want.X, want.Y, 0.95)
	for name, pair := range map[string][2]float64{
		"statistic": {got.Statistic, want.Stat}, "df": {got.DF, want.DF}, "p": {got.P, want.P}, "estimate": {got.Value, want.Est},
		"lo": {got.Lo, want.CI[0]}, "hi": {got.Hi, want.CI[1]},
	} {
		oracle.Close(t, name, pair[0], pair[1], 1e-8)
	}
	if r := BrunnerMunzel([]float64{1}, []float64{2}, 0.95); !math.IsNaN(r.P) {
		t.Errorf("one value a side: %+v", r)
	}
	if r := BrunnerMunzel([]float64{1, 1}, []float64{1, 1}, 0.95); r.P != 1 || r.Value != 0.5 {
		t.Errorf("all equal: %+v", r)
	}
}

// Source: exact count, 2 of C(8,4) = 70 labelings.
func TestPermutation(t *testing.T) {
	p, ok := Permutation([]float64{2, 1, 3, 5}, []float64{12, 11, 13, 15})
	if !ok {
		t.Fatal("refused")
	}
	oracle.Close(t, "p", p, 2.0/70, 1e-12)
	if _, ok := Permutation(make([]float64, 30), make([]float64, 30)); ok {
		t.Error("sixty runs were enumerated")
	}
}

// Source: Benjamini & Hochberg (1995), table of 15 p-values.
func TestAdjustments(t *testing.T) {
	want := oracle.Load[struct {
		P      []float64
		Reject map[string]int `json:"reject_05"`
	}](t, "p_adjust")
	count := func(p []float64) int {
		n := 0
		for _, v := range p {
			if v <= 0.05 {
				n++
			}
		}
		return n
	}
	bonferroni := slices.Clone(want.P)
	for i := range bonferroni {
		bonferroni[i] *= float64(len(bonferroni))
	}
	for name, got := range map[string]int{"bonferroni": count(bonferroni), "holm": count(Holm(want.P)),
		"bh": count(BenjaminiHochberg(want.P))} {
		if got != want.Reject[name] {
			t.Errorf("%s: got %d, want %d", name, got, want.Reject[name])
		}
	}
	if got := Holm([]float64{math.NaN(), 0.02, 0.03}); !math.IsNaN(got[0]) || got[1] != 0.04 || got[2] != 0.04 {
		t.Errorf("with NaN: %v", got)
	}
}

func TestMidRanks(t *testing.T) {
	if got := MidRanks([]float64{3, 1, 3, 2}); !slices.Equal(got, []float64{3.5, 1, 3.5, 2}) {
		t.Errorf("got %v", got)
	}
	got := MidRanks([]float64{math.NaN(), 2, math.Inf(1), 2, math.NaN(), math.Inf(1)})
	if !math.IsNaN(got[0]) || !math.IsNaN(got[4]) || got[1] != 1.5 || got[3] != 1.5 || got[2] != 3.5 || got[5] != 3.5 {
		t.Errorf("with NaN and two unserved: %v", got)
	}
}

// Rank statistics leave NaN out and end; exact tests refuse what cannot be ordered.
func TestRankStatisticsOfNaN(t *testing.T) {
	x, y := []float64{1, math.NaN(), 3}, []float64{math.NaN(), 5, 6}
	if got, want := MannWhitney(x, y), MannWhitney([]float64{1, 3}, []float64{5, 6}); got != want {
		t.Errorf("Mann-Whitney: %+v, of the numbers %+v", got, want)
	}
	if got := UnpairedShift(x, y, 0.95).Value; got != -3.5 {
		t.Errorf("Hodges-Lehmann: %g, of the numbers -3.5", got)
	}
	if got := SignedRankShift(x, 0.95).Value; got != 2 {
		t.Errorf("centre: %g, of the numbers 2", got)
	}
	got, want := BrunnerMunzel([]float64{1, 4, 2, math.NaN()}, []float64{3, math.NaN(), 6, 2}, 0.95),
		BrunnerMunzel([]float64{1, 4, 2}, []float64{3, 6, 2}, 0.95)
	if got != want {
		t.Errorf("Brunner-Munzel: %+v, of the numbers %+v", got, want)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if p, ok := Permutation([]float64{1, 2, 3, bad}, []float64{4, 5, 6, 7}); ok {
			t.Errorf("permutation of %g: p %g", bad, p)
		}
		if p, ok := SignFlip([]float64{1, 2, 3, 4, 5, 6, bad}); ok {
			t.Errorf("sign flips of %g: p %g", bad, p)
		}
	}
}

// Closed form: log-ratios 0.1, 0.2, 0.3 have mean 0.2, sd 0.1 and t(2, 0.975) = 4.302653.
func TestPairedByT(t *testing.T) {
	a := []float64{1, 1, 1}
	b := []float64{math.Exp(0.1), math.Exp(0.2), math.Exp(0.3)}
	r := Paired(a, b, 0.95)
	half := 4.302652729911275 * 0.1 / math.Sqrt(3)
	oracle.Close(t, "value", math.Log(r.Value), 0.2, 1e-12)
	oracle.Close(t, "lo", math.Log(r.Lo), 0.2-half, 1e-9)
	oracle.Close(t, "hi", math.Log(r.Hi), 0.2+half, 1e-9)
	if !r.Decides {
		t.Errorf("three pairs: %+v", r)
	}
	for _, n := range []int{0, 1, 2} {
		if r := Paired(a[:n], b[:n], 0.95); r.Decides || r.Why == "" {
			t.Errorf("%d pairs decide: %+v", n, r)
		}
	}
	if r := Paired([]float64{1, 1, 1, 1}, []float64{2, 2, 2, math.Inf(1)}, 0.95); r.Decides {
		t.Errorf("a pair without a figure must keep the rest from deciding: %+v", r)
	}
	if r := Paired([]float64{1, 1, 1}, []float64{2, 2, 2}, 0.95); r.Value < 1.999 || r.P != 0 || r.Lo != r.Hi {
		t.Errorf("no spread: %+v", r)
	}
}

// Property: the ratio turns over when the sides are swapped, and does not depend on
// the unit.
func TestPairedProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for range 100 {
		n := 3 + random.IntN(8)
		a, b, ms := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			a[i], b[i] = math.Exp(random.NormFloat64()), math.Exp(random.NormFloat64())
			ms[i] = 1000 * a[i]
		}
		ab, ba := Paired(a, b, 0.95), Paired(b, a, 0.95)
		oracle.Close(t, "turned", ab.Value*ba.Value, 1, 1e-9)
		oracle.Close(t, "bounds", ab.Lo*ba.Hi, 1, 1e-9)
		scaled := Paired(ms, b, 0.95)
		oracle.Close(t, "unit", scaled.Value*1000, ab.Value, 1e-9)
	}
}

// Closed form: equal relative half-widths w combine to w*sqrt(2).
func TestMover(t *testing.T) {
	a := Bounded{Value: 2, Lo: 2 * math.Exp(-0.1), Hi: 2 * math.Exp(0.1)}
	b := Bounded{Value: 6, Lo: 6 * math.Exp(-0.1), Hi: 6 * math.Exp(0.1)}
	r := Mover(a, b)
	oracle.Close(t, "value", r.Value, 3, 1e-12)
	oracle.Close(t, "lo", math.Log(r.Lo/3), -0.1*math.Sqrt2, 1e-9)
	oracle.Close(t, "hi", math.Log(r.Hi/3), 0.1*math.Sqrt2, 1e-9)
	if r := Mover(Bounded{Value: 1, Lo: 0, Hi: math.Inf(1)}, b); r.Lo != 0 || !math.IsInf(r.Hi, 1) || r.Value != 6 {
		t.Errorf("without bounds: %+v", r)
	}
	if r := Mover(Bounded{Value: math.NaN()}, b); !math.IsNaN(r.Value) {
		t.Errorf("without a value: %+v", r)
	}
}

func TestEquivalence(t *testing.T) {
	r := Ratio{Value: 1.02, Lo: 0.95, Hi: 1.08, Decides: true}
	if !Equivalent(r, 1.1) || !NonInferior(r, 1.1) || Equivalent(r, 1.05) || NonInferior(r, 1.05) {
		t.Errorf("%+v", r)
	}
	r.Decides = false
	if Equivalent(r, 1.1) || NonInferior(r, 1.1) {
		t.Error("too few runs show equivalence")
	}
	if NonInferior(Ratio{Lo: 0, Hi: math.Inf(1), Decides: true}, 1.1) {
		t.Error("no bound shows non-inferiority")
	}
}

// Closed form: t(9, .975) = 2.262157, t(9, .8) = 0.883404, s = 0.1, n = 10.
func TestDetectable(t *testing.T) {
	d := []float64{1, -1, 1, -1, 1, -1, 1, -1, 1, -1}
	s := math.Sqrt(10.0 / 9)
	for i := range d {
		d[i] *= 0.1 / s
	}
	oracle.Close(t, "ratio", math.Log(Detectable(d, 0.95, 0.8)), (2.2621571628+0.8834038597)*0.1/math.Sqrt(10), 1e-6)
	if !math.IsNaN(Detectable(d[:1], 0.95, 0.8)) {
		t.Error("one pair detects something")
	}
}

// A shift by a constant is that constant at every quantile; a pure change of spread
// crosses.
func TestShiftCurve(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	sample := func(f func(float64) float64) [][]float64 {
		runs := make([][]float64, 8)
		for i := range runs {
			for range 400 {
				runs[i] = append(runs[i], f(random.NormFloat64()))
			}
		}
		return runs
	}
	ps := []float64{0.1, 0.25, 0.5, 0.75, 0.9}
	a := sample(func(z float64) float64 { return 10 + z })
	curve := ShiftCurve(a, sample(func(z float64) float64 { return 12 + z }), ps, 0.95, 400, random)
	for _, s := range curve {
		if s.Lo > 2 || s.Hi < 2 {
			t.Errorf("P%g: [%g, %g] misses 2", 100*s.P, s.Lo, s.Hi)
		}
	}
	if side, _ := Dominance(curve); side != "A" {
		t.Errorf("got %q, want A", side)
	}
	curve = ShiftCurve(a, sample(func(z float64) float64 { return 10 + 3*z }), ps, 0.95, 400, random)
	if side, at := Dominance(curve); side != "crossing" || !(at >= 0.25 && at <= 0.75) {
		t.Errorf("got %q at %g, want a crossing near the median", side, at)
	}
	if ShiftCurve(a[:1], a, ps, 0.95, 400, random) != nil {
		t.Error("one run has a band")
	}
}

// Simulation, A/A: bands over six quantiles cover no difference at all of them together
// in 93 of 100 comparisons at least, from two runs a side on.
func TestShiftCurveCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 11))
	side := func(runs int) [][]float64 {
		all := make([][]float64, runs)
		for i := range all {
			factor := math.Exp(0.05 * random.NormFloat64())
			for range 100 {
				all[i] = append(all[i], factor*math.Exp(0.55*random.NormFloat64()))
			}
		}
		return all
	}
	const rounds = 200
	for _, runs := range []int{2, 3, 6} {
		covered := 0
		for range rounds {
			outside := slices.ContainsFunc(ShiftCurve(side(runs), side(runs), []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95}, 0.95, 100, random),
				func(s Shift) bool { return s.Lo > 0 || s.Hi < 0 })
			if !outside {
				covered++
			}
		}
		if got := float64(covered) / rounds; got < 0.93-3*math.Sqrt(0.93*0.07/rounds) {
			t.Errorf("%d runs a side: covers %.3f", runs, got)
		} else {
			t.Logf("%d runs a side: covers %.3f", runs, got)
		}
	}
}

func TestEffectWords(t *testing.T) {
	for a12, want := range map[float64]string{0.5: "negligible", 0.6: "small", 0.35: "medium", 0.1: "large"} {
		if got := EffectWords(a12); got != want {
			t.Errorf("%g: got %q, want %q", a12, got, want)
		}
	}
}
