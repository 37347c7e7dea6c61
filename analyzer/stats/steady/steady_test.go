package steady

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Source: worked by hand: 10, 9, ..., 1 then (1, -1) 45 times is cut after ten, value
// 0.72/18^2.
func TestMSER5(t *testing.T) {
	want := oracle.Load[struct {
		Cut   int     `json:"mser5_truncation"`
		Value float64 `json:"mser5_value"`
	}](t, "mser")
	var x []float64
	for i := 10; i > 0; i-- {
		x = append(x, float64(i))
	}
	for range 45 {
		x = append(x, 1, -1)
	}
	got := MSER5(x)
	if got.Cut != want.Cut || !got.Steady {
		t.Errorf("got %+v, want a cut of %d", got, want.Cut)
	}
	oracle.Close(t, "value", got.Value, want.Value, 1e-9)
	rising := make([]float64, 200)
	for i := range rising {
		rising[i] = float64(i)
	}
	if MSER5(rising).Steady {
		t.Error("a ramp is steady")
	}
	if got := MSER5(x[:40]); got.Steady || !math.IsNaN(got.Value) {
		t.Errorf("eight batches: %+v", got)
	}
}

// Source: the Nile's flow, one change after 28 years (1898), means 1097.75 and 849.9722
// (R: strucchange, changepoint); e-divisive by an independent computation.
func TestNile(t *testing.T) {
	x := oracle.Column(t, "nile.csv", 1)
	want := oracle.Load[struct {
		Change []int     `json:"mean_change_pelt"`
		Means  []float64 `json:"means"`
		Both   []int     `json:"meanvar_pelt_R"`
		CI     []int     `json:"strucchange_ci"`
		Q      float64   `json:"edivisive_Q"`
		T      int       `json:"edivisive_t"`
	}](t, "nile")
	for _, penalty := range []float64{2 * math.Log(100), 3 * math.Log(100)} {
		if got := PELT(x, penalty, 5); !slices.Equal(got, want.Change) {
			t.Errorf("penalty %.2f: got %v, want %v", penalty, got, want.Change)
		}
	}
	// A cost of mean and variance finds the same change and two that are none; the
	// interval of strucchange holds it.
	if at := want.Change[0]; !slices.Contains(want.Both, at) || at < want.CI[0] || at > want.CI[1] {
		t.Errorf("change at %d, others have it at %v, within %v", at, want.Both, want.CI)
	}
	mean := func(x []float64) float64 {
		m := 0.0
		for _, v := range x {
			m += v / float64(len(x))
		}
		return m
	}
	oracle.Close(t, "before", mean(x[:28]), want.Means[0], 1e-6)
	oracle.Close(t, "after", mean(x[28:]), want.Means[1], 1e-6)
	at, q := EDivisive(x, 5)
	if at != want.T {
		t.Errorf("e-divisive at %d, want %d", at, want.T)
	}
	oracle.Close(t, "Q", q, want.Q, 1e-9)
}

// Property: PELT is exact. Against all splits of short series, by dynamic programming
// without pruning.
func TestPELTIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		x := make([]float64, 10+random.IntN(30))
		level := 0.0
		for i := range x {
			if random.IntN(10) == 0 {
				level = 5 * random.NormFloat64()
			}
			x[i] = level + random.NormFloat64()
		}
		if got, want := total(x, PELT(x, 8, 2), 8), optimum(x, 8, 2); math.Abs(got-want) > 1e-6*math.Max(1, want) {
			t.Fatalf("%v: cost %g, optimum %g", x, got, want)
		}
	}
}

func segment(x []float64) float64 {
	sum, square := prefix(x)
	n := len(x)
	return square[n] - sum[n]*sum[n]/float64(n)
}

func total(x []float64, changes []int, penalty float64) float64 {
	cost, from := 0.0, 0
	for _, to := range append(slices.Clone(changes), len(x)) {
		cost += segment(x[from:to]) / noise(x)
		from = to
	}
	return cost + penalty*float64(len(changes))
}

func optimum(x []float64, penalty float64, least int) float64 {
	best := make([]float64, len(x)+1)
	best[0] = -penalty
	for to := 1; to <= len(x); to++ {
		best[to] = math.Inf(1)
		for from := 0; from <= to-least; from++ {
			best[to] = min(best[to], best[from]+segment(x[from:to])/noise(x)+penalty)
		}
	}
	return best[len(x)]
}

// False alarms: white noise has a change in few of all series.
func TestPELTFalseAlarms(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	alarms := 0
	for range 300 {
		x := make([]float64, 60)
		for i := range x {
			x[i] = random.NormFloat64()
		}
		if len(PELT(x, 0, 5)) > 0 {
			alarms++
		}
	}
	if alarms > 30 {
		t.Errorf("%d of 300", alarms)
	}
	if PELT([]float64{1, 1, 1, 1, 1, 1}, 0, 2) != nil || PELT(nil, 0, 2) != nil {
		t.Error("a change in nothing")
	}
}

// Closed form: a series growing by 1 % a step grows by 1.01^(n-1).
func TestTrend(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	x := make([]float64, 60)
	for i := range x {
		x[i] = math.Pow(1.01, float64(i))
	}
	d := Trend(x)
	oracle.Close(t, "growth", d.Growth, math.Pow(1.01, 59), 1e-9)
	if d.P > 1e-9 {
		t.Errorf("p %g", d.P)
	}
	alarms := 0
	for range 500 {
		for i := range x {
			x[i] = random.ExpFloat64()
		}
		if Trend(x).P < 0.05 {
			alarms++
		}
	}
	if got := float64(alarms) / 500; got > 0.05+3*math.Sqrt(0.05*0.95/500) {
		t.Errorf("%.3f false alarms at 0.05", got)
	}
	if d := Trend([]float64{1, 2, math.NaN(), -1}); d.P != 1 || !math.IsNaN(d.Growth) {
		t.Errorf("too few: %+v", d)
	}
	if d := Trend(make([]float64, 20)); d.P != 1 {
		t.Errorf("zeros: %+v", d)
	}
}
