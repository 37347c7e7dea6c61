package attribution

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Source: Box & Jenkins' gas furnace, series J; mean, standard deviation and AR(3) as
// printed by SAS and in the book (1.97 -1.37 .34), cross-correlations by numpy.
func TestGasFurnace(t *testing.T) {
	type group struct {
		N     int
		Mean  float64            `json:"x_mean"`
		SD    float64            `json:"x_sd_pop"`
		AR    []float64          `json:"ar3_yule_walker"`
		Sigma float64            `json:"sigma2"`
		CCF   map[string]float64 `json:"ccf_prewhitened"`
		Raw   map[string]float64 `json:"ccf_raw"`
		Band  float64            `json:"band95"`
	}
	want := oracle.Load[group](t, "gas_furnace")
	x, y := oracle.Column(t, "gasfurnace.csv", 0), oracle.Column(t, "gasfurnace.csv", 1)
	if len(x) != want.N {
		t.Fatalf("%d pairs", len(x))
	}
	oracle.Close(t, "mean", stat.Mean(x, nil), want.Mean, 1e-6)
	oracle.Close(t, "sd", math.Sqrt(autocovariance(x, 0)[0]), want.SD, 1e-6)
	fx, fy, model := Prewhiten(x, y, 3)
	for i, phi := range want.AR {
		oracle.Close(t, "phi", model.Phi[i], phi, 1e-7)
	}
	n := float64(len(x))
	oracle.Close(t, "sigma2", model.Sigma2*(n-4)/n, want.Sigma, 1e-6)
	check(t, "prewhitened", CCF(fx, fy, 12), 12, want.CCF)
	check(t, "raw", CCF(x, y, 12), 12, want.Raw)
	oracle.Close(t, "band", Band(len(fx), 1, 0.95), want.Band, 1e-3)
}

func check(t *testing.T, what string, got []float64, k int, want map[string]float64) {
	t.Helper()
	for key, r := range want {
		lag, err := strconv.Atoi(key)
		if err != nil {
			t.Fatal(err)
		}
		oracle.Close(t, what+" at "+key, got[k+lag], r, 6e-4)
	}
}

// Source: Box & Jenkins' series M (R's BJsales), by numpy: the levels correlate most at
// lag 0, which is spurious; differences and prewhitening show the lead of three.
func TestBJSales(t *testing.T) {
	type group struct {
		Diff map[string]float64 `json:"diff_ccf"`
		Phi  float64            `json:"prewhite_ar1_phi"`
		CCF  map[string]float64 `json:"prewhite_ccf"`
		Band float64            `json:"band95"`
		Raw  int                `json:"raw_levels_argmax_lag"`
	}
	want := oracle.Load[group](t, "bjsales")
	lead, sales := oracle.Column(t, "bjsales.csv", 0), oracle.Column(t, "bjsales.csv", 1)
	if got := peak(CCF(lead, sales, 10)) - 10; got != want.Raw {
		t.Errorf("raw peak at %d, want %d", got, want.Raw)
	}
	dx, dy := Difference(lead), Difference(sales)
	check(t, "differences", CCF(dx, dy, 10), 10, want.Diff)
	fx, fy, model := Prewhiten(dx, dy, 1)
	oracle.Close(t, "phi", model.Phi[0], want.Phi, 1e-7)
	check(t, "prewhitened", CCF(fx, fy, 10), 10, want.CCF)
	oracle.Close(t, "band", Band(len(fx), 1, 0.95), want.Band, 1e-3)
}

// Closed form: for an AR(1), G/g = 2 phi/(1-phi^2); and the estimator finds about that
// from data.
func TestBlockLength(t *testing.T) {
	for _, want := range oracle.Load[[]map[string]float64](t, "pw_block_ar1") {
		phi := want["phi"]
		got := blocksOf(2*phi/(1-phi*phi), int(want["n"]))
		oracle.Close(t, "stationary", got.Stationary, want["stationary"], 1e-9)
		oracle.Close(t, "circular", got.Circular, want["circular"], 1e-9)
	}
	random := rand.New(rand.NewPCG(1, 1))
	mean := 0.0
	for range 40 {
		x := make([]float64, 10_000)
		for i := 1; i < len(x); i++ {
			x[i] = 0.5*x[i-1] + random.NormFloat64()
		}
		mean += BlockLength(x).Stationary / 40
	}
	if mean < 0.75*26.1 || mean > 1.35*26.1 {
		t.Errorf("estimated %.1f, want about 26.1", mean)
	}
	if b := BlockLength(make([]float64, 100)); b.Stationary != 1 {
		t.Errorf("constant: %+v", b)
	}
}

// Negative control: independent random walks. Their raw correlation leaves its band in
// nearly all pairs (98.6 % by numpy); differenced, prewhitened and held for all lags, in
// about 3 %.
func TestRandomWalksAreNotLinked(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	const pairs, n, k = 200, 300, 20
	raw, filtered := 0, 0
	walk := func() []float64 {
		x := make([]float64, n)
		for i := 1; i < n; i++ {
			x[i] = x[i-1] + random.NormFloat64()
		}
		return x
	}
	beyond := func(c []float64, band float64) int {
		if math.Abs(c[peak(c)]) > band {
			return 1
		}
		return 0
	}
	for range pairs {
		x, y := walk(), walk()
		raw += beyond(CCF(x, y, k), Band(n, 1, 0.95))
		fx, fy, _ := Prewhiten(Difference(x), Difference(y), 3)
		filtered += beyond(CCF(fx, fy, k), Band(len(fx), 2*k+1, 0.95))
	}
	if got := float64(raw) / pairs; got < 0.95 {
		t.Errorf("raw: %.3f, want about 0.986", got)
	}
	if got := float64(filtered) / pairs; got > 0.05+3*math.Sqrt(0.05*0.95/pairs) {
		t.Errorf("filtered: %.3f, want about 0.032", got)
	}
}

// A planted lead of six bins behind a common load is found; without it nothing is.
func TestLead(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	const n = 400
	alarms := 0
	for trial := range 40 {
		load, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			load[i] = 10 + 5*math.Sin(float64(i)/40) + random.NormFloat64()
			x[i] = 2*load[i] + 2*random.NormFloat64()
			if i > 0 {
				x[i] += 0.6 * (x[i-1] - 2*load[i-1])
			}
			y[i] = 3*load[i] + random.NormFloat64()
		}
		none, err := Lead(x, y, load, 15, 0.95, 0, random)
		if err != nil {
			t.Fatal(err)
		}
		if none.Found {
			alarms++
		}
		for i := 6; i < n; i++ {
			y[i] += 0.8 * (x[i-6] - 2*load[i-6])
		}
		got, err := Lead(x, y, load, 15, 0.95, 200, random)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Found || got.Lag != 6 || got.Lo > 6 || got.Hi < 6 || got.Hi-got.Lo > 4 {
			t.Errorf("trial %d: %+v", trial, got)
		}
		if want := "queue moved 12 s [12, 12] before pickings"; got.Lo == 6 && got.Hi == 6 && got.Words("queue", "pickings",
			2) != want {
			t.Errorf("got %q", got.Words("queue", "pickings", 2))
		}
	}
	if alarms > 6 {
		t.Errorf("%d of 40 unlinked pairs were linked", alarms)
	}
	if _, err := Lead(nil, nil, nil, 3, 0.95, 0, random); err == nil {
		t.Error("a lead of nothing")
	}
	if _, err := Lead(make([]float64, 100), make([]float64, 100), make([]float64, 100), 3, 0.95, 0, random); err == nil {
		t.Error("a lead of constants")
	}
}

// Among 20 windows at equal load, one with a planted effect ranks first: p = 1/20.
func TestMatched(t *testing.T) {
	const n, length = 200, 10
	outcome, load, allowed := make([]float64, n), make([]float64, n), make([]bool, n)
	for i := range n {
		outcome[i], load[i], allowed[i] = float64(i%10), 5, true
	}
	for i := 100; i < 110; i++ {
		outcome[i] += 3
		allowed[i] = false
	}
	got := Matched(outcome, load, allowed, 100, length, 0.1)
	oracle.Close(t, "effect", got.Effect, 3, 1e-12)
	oracle.Close(t, "p", got.P, 1.0/20, 1e-12)
	for i := range load {
		if i < 100 || i >= 110 {
			load[i] = 50
		}
	}
	if got := Matched(outcome, load, allowed, 100, length, 0.1); got.Windows != 0 || !math.IsNaN(got.Effect) {
		t.Errorf("controls at ten times the load: %+v", got)
	}
}

// Two trials of nine matched windows each: an own window above all others in both has
// p = 1/100, an own window in their middle has none.
func TestTogether(t *testing.T) {
	one := func(own float64) Contrast {
		c := Contrast{Own: own, Windows: 9, Least: 0.1}
		centre := 0.0
		for i := range 9 {
			c.Controls = append(c.Controls, float64(i))
			centre += float64(i) / 9
		}
		c.Effect = own - centre
		return c
	}
	random := rand.New(rand.NewPCG(1, 5))
	got := Together([]Contrast{one(50), one(40)}, 20_000, random)
	oracle.Close(t, "effect", got.Effect, 41, 1e-12)
	oracle.Close(t, "least", got.Least, 0.01, 1e-12)
	oracle.Close(t, "p", got.P, 0.01, 3*math.Sqrt(0.01/20_000))
	if got := Together([]Contrast{one(4), one(4.1)}, 2000, random); got.P < 0.5 {
		t.Errorf("no effect: %+v", got)
	}
	if got := Together([]Contrast{{}}, 100, random); got.Windows != 0 || !math.IsNaN(got.P) || got.Least != 1 {
		t.Errorf("nothing: %+v", got)
	}
}
