package queueing

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/internal/oracle"
	"example.org/odooharness/analyzer/stats/quantile"
)

// Source: Erlang's formulas computed by direct summation in Python; the rows c = 55 and
// c = 14 are the published call-centre examples (E_C .2387 and Pw 17.41 %).
func TestErlang(t *testing.T) {
	for _, want := range oracle.Load[[]map[string]float64](t, "erlang") {
		c, a := int(want["c"]), want["a"]
		oracle.Close(t, "B", ErlangB(c, a), want["B"], 1e-12)
		oracle.Close(t, "C", ErlangC(c, a), want["C"], 1e-12)
		oracle.Close(t, "Wq", MMC{C: c, Lambda: a * 2, Mu: 2}.Wait()*2, want["Wq_mu"], 1e-10)
	}
	// 10 erlangs, 14 agents, 180 s: 88.84 % within 20 s, mean 7.84 s.
	q := MMC{C: 14, Lambda: 10.0 / 180, Mu: 1.0 / 180}
	oracle.Close(t, "service level", 1-q.Waits(20), 0.8884, 1e-4)
	oracle.Close(t, "speed of answer", q.Wait(), 7.84, 1e-3)
}

// Source: response quantiles by root finding with scipy; for one server they are
// -ln(1-p)/(mu-lambda).
func TestResponseQuantiles(t *testing.T) {
	for _, row := range []struct {
		c    int
		a    float64
		want []float64
	}{
		{1, 0.8, []float64{3.4657, 11.5129, 14.9787, 23.0259}},
		{10, 8, []float64{0.9121, 2.6243, 3.3283, 4.9461}},
		{10, 9, []float64{1.3291, 3.5109, 4.3609, 6.2499}},
	} {
		for i, p := range []float64{0.5, 0.9, 0.95, 0.99} {
			oracle.Close(t, "quantile", MMC{C: row.c, Lambda: row.a, Mu: 1}.Quantile(p), row.want[i], 5e-5)
		}
	}
	for c, want := range map[int]float64{1: 0.400854, 2: 1.317773, 4: 3.260724, 8: 7.218540} {
		oracle.Close(t, "largest load", LargestLoad(c, 1, 0.95, 5), want, 1e-6)
	}
}

// Source: root of the fixed-point equation with scipy.
func TestDM1(t *testing.T) {
	for _, want := range oracle.Load[[]map[string]float64](t, "dm1") {
		got := NewDM1(want["rho"], 1)
		oracle.Close(t, "sigma", got.Sigma, want["sigma"], 1e-9)
		oracle.Close(t, "wait", got.Wait, want["Wq_mu"], 1e-8)
		oracle.Close(t, "P95", got.P95, want["p95_sojourn_mu"], 1e-8)
		oracle.Close(t, "M/M/1 P95", MMC{C: 1, Lambda: want["rho"], Mu: 1}.Quantile(0.95), want["mm1_p95"], 1e-9)
	}
	// M/D/1 at rho 0.8 waits 2.0 exactly, as Allen-Cunneen gives.
	oracle.Close(t, "M/D/1", AllenCunneen(MMC{C: 1, Lambda: 0.8, Mu: 1}, 1, 0), 2, 1e-12)
}

// Source: exact MVA in Python over the parameters of Lazowska et al.; the small network
// is a published course example (X(2) = 2/3, R(2) = 2).
func TestMVA(t *testing.T) {
	all := oracle.Load[map[string][]struct {
		N    int
		X, R float64
		Q    []float64
	}](t, "mva")
	for name, net := range map[string]struct {
		demands []float64
		z       float64
	}{"D=[.605,2.1,1.35],Z=15": {[]float64{0.605, 2.1, 1.35}, 15}, "D=[.5,1],Z=1,N=2": {[]float64{0.5, 1}, 1}} {
		got := MVA(net.demands, net.z, 50)
		for _, want := range all[name] {
			g := got[want.N-1]
			oracle.Close(t, "X", g.Throughput, want.X, 1e-12)
			oracle.Close(t, "R", g.Response, want.R, 1e-12)
			for k := range want.Q {
				oracle.Close(t, "Q", g.Queue[k], want.Q[k], 1e-12)
			}
		}
		most, users := Bounds(net.demands, net.z)
		for _, g := range got {
			if g.Throughput > most+1e-12 || g.Throughput > float64(g.N)/users*most+1e-12 {
				t.Errorf("%s: X(%d) = %g above its bounds", name, g.N, g.Throughput)
			}
		}
	}
	if MVA(nil, 1, 5) != nil || MVA([]float64{-1}, 1, 5) != nil || MVA([]float64{1}, 1, 0) != nil {
		t.Error("a network out of nothing")
	}
}

func TestErlangOutOfRange(t *testing.T) {
	if !math.IsNaN(ErlangB(-1, 1)) || ErlangC(2, 2) != 1 || !math.IsInf(MMC{C: 1, Lambda: 1, Mu: 1}.Wait(), 1) ||
		!math.IsInf(MMC{C: 1, Lambda: 2, Mu: 1}.Quantile(0.5), 1) || !math.IsNaN(MMC{C: 1, Lambda: 0.5, Mu: 1}.Quantile(1)) {
		t.Error("overload or nonsense has a finite figure")
	}
}

// The simulation holds against Erlang C: over 20 replications of M/M/10 at 8 erlangs
// the t interval of the mean wait and of the share that waits hold 0.20459 and 0.40918.
func TestSimulationAgainstErlang(t *testing.T) {
	var waits, share []float64
	for seed := range uint64(20) {
		o := Simulate(Model{Arrivals: Exponential(1.0 / 8), Workers: 10, Compute: Exponential(1)}, 20_000, 2_000, seed)
		n := 0
		for _, w := range o.Waits {
			if w > 0 {
				n++
			}
		}
		waits = append(waits, stat.Mean(o.Waits, nil))
		share = append(share, float64(n)/float64(len(o.Waits)))
		if math.Abs(o.Busy-0.8) > 0.05 {
			t.Errorf("seed %d: busy %.3f, want 0.8", seed, o.Busy)
		}
	}
	holds(t, "wait", waits, 0.20459007539822177)
	holds(t, "share that waits", share, 0.40918015079644354)
}

// A worker that queries a database of its own speed is a longer service; retries that
// sleep in the worker lengthen it further: M/G/1 by Pollaczek-Khinchine, with service
// the sum of two exponentials of mean 0.25 (cv2 = 1/2), wait rho (1+cv2) s / (2 (1-rho)).
func TestSimulationWithDatabase(t *testing.T) {
	var waits []float64
	for seed := range uint64(20) {
		o := Simulate(Model{Arrivals: Exponential(1), Workers: 1, Compute: Exponential(0.25), Database: 1,
			Query: Exponential(0.25)}, 20_000, 2_000, seed)
		waits = append(waits, stat.Mean(o.Waits, nil))
	}
	holds(t, "wait", waits, 0.5*1.5*0.5/(2*0.5))
	// Each failure, one in five, sleeps a second and does it again, at most once.
	o := Simulate(Model{Arrivals: Even(10), Workers: 1, Compute: Even(1), Retry: 0.2, Retries: 1,
		Sleep: func(int) float64 { return 1 }}, 20_000, 0, 1)
	oracle.Close(t, "mean with retries", stat.Mean(o.Responses, nil), 1+0.2*2, 0.02)
	oracle.Close(t, "gave up", float64(o.Failed)/20_000, 0.04, 0.01)
	if got := Simulate(Model{}, 10, 0, 1); got.Responses != nil {
		t.Error("a simulation of nothing")
	}
}

func holds(t *testing.T, what string, x []float64, want float64) {
	t.Helper()
	mean, sd := stat.MeanStdDev(x, nil)
	// 99.9 % with 19 degrees of freedom: t = 3.883.
	if half := 3.883 * sd / math.Sqrt(float64(len(x))); math.Abs(mean-want) > half {
		t.Errorf("%s: got %.4f +- %.4f, want %.4f", what, mean, half, want)
	}
}

// Calibrated at one load, the model predicts the P95 of another that was held out.
func TestPredictionOfHeldOutLoad(t *testing.T) {
	service := Lognormal(0.1, 0.8)
	random := rand.New(rand.NewPCG(5, 5))
	var times []float64
	for range 3000 {
		times = append(times, service(random))
	}
	m, err := Calibrate(Measured{Rate: 10, Service: times, Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	var held []float64
	for seed := range uint64(10) {
		o := Simulate(Model{Arrivals: Exponential(1.0 / 34), Workers: 4, Compute: service}, 30_000, 3_000, 100+seed)
		slices.Sort(o.Responses)
		held = append(held, quantile.Type1(o.Responses, 0.95))
	}
	got := Predict(m.At(34, 4), 0.95, 30_000, 10, random)
	if want := stat.Mean(held, nil); math.Abs(got.Value/want-1) > 0.15 || got.Lo > got.Value || got.Hi < got.Value {
		t.Errorf("got %+v, held out %g", got, want)
	}
	if _, err := Calibrate(Measured{Rate: 1, Workers: 1}); err == nil {
		t.Error("calibrated on nothing")
	}
}
