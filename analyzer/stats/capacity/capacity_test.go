package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

type uslOracle struct {
	Alpha, Beta, Gamma, Sigma float64
	SE                        []float64
	DF                        int
	CI                        [][]float64 `json:"ci95"`
	NStar                     float64     `json:"n_star"`
	XMax                      float64     `json:"x_max"`
}

// Source: SPEC SDM91 and the raytracer data of Gunther (2007), fitted by the R package
// usl (nls) and again with scipy; intervals are Wald's with t on n-3 degrees of freedom,
// computed with scipy, as the package's own use the wrong quantile.
func TestUSL(t *testing.T) {
	data := map[string][2][]float64{
		"specsdm91":        {{1, 18, 36, 72, 108, 144, 216}, {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2}},
		"raytracer_first6": {{1, 4, 8, 12, 16, 20}, {20, 78, 130, 170, 190, 200}},
	}
	all := oracle.Load[map[string]uslOracle](t, "usl")
	for name, d := range data {
		want := all[name]
		got, err := FitUSL(d[0], d[1])
		if err != nil {
			t.Fatal(err)
		}
		oracle.Close(t, name+" alpha", got.Alpha/want.Alpha, 1, 1e-5)
		oracle.Close(t, name+" beta", got.Beta/want.Beta, 1, 1e-5)
		oracle.Close(t, name+" gamma", got.Gamma/want.Gamma, 1, 1e-6)
		oracle.Close(t, name+" sigma", got.Sigma/want.Sigma, 1, 1e-6)
		if got.DF != want.DF || got.Bounded {
			t.Errorf("%s: df %d, bounded %v", name, got.DF, got.Bounded)
		}
		for i, se := range want.SE {
			oracle.Close(t, name+" se", got.SE[i]/se, 1, 1e-4)
			lo, hi := got.Interval(i, 0.95)
			width := want.CI[i][1] - want.CI[i][0]
			oracle.Close(t, name+" lo", (lo-want.CI[i][0])/width, 0, 1e-3)
			oracle.Close(t, name+" hi", (hi-want.CI[i][1])/width, 0, 1e-3)
		}
		n, x, ok := got.Peak(0.95, slices.Max(d[0]))
		if !ok {
			t.Fatalf("%s has no peak", name)
		}
		oracle.Close(t, name+" N*", n/want.NStar, 1, 1e-5)
		oracle.Close(t, name+" X*", x/want.XMax, 1, 1e-5)
	}
}

// Source: the linearised fit of the raytracer's eleven points as older texts have it,
// y = N/C - 1 over u = N - 1 through the origin: quite other coefficients, which is why
// it is not offered.
func TestLinearisedUSLIsAnother(t *testing.T) {
	n, x := raytracer()
	want := oracle.Load[map[string]struct {
		Alpha float64 `json:"sigma(alpha)"`
		Beta  float64 `json:"kappa(beta)"`
	}](t, "usl")["raytracer_all_quadratic_transform"]
	// Sums over the points of u^2, u^3, u^4, u y and u^2 y.
	var u2, u3, u4, uy, u2y float64
	for i := range n {
		u, y := n[i]-1, n[i]/(x[i]/x[0])-1
		u2, u3, u4 = u2+u*u, u3+u*u*u, u4+u*u*u*u
		uy, u2y = uy+u*y, u2y+u*u*y
	}
	beta := (u2y*u2 - uy*u3) / (u4*u2 - u3*u3)
	alpha := (uy-beta*u3)/u2 - beta // y = (alpha+beta) u + beta u^2
	oracle.Close(t, "beta", beta, want.Beta, 1e-6)
	oracle.Close(t, "alpha", alpha, want.Alpha, 1e-6)
	if fit, err := FitUSL(n, x); err != nil || math.Abs(fit.Alpha-alpha) < 0.1*fit.Alpha {
		t.Errorf("the law has alpha %g, linearised %g: %v", fit.Alpha, alpha, err)
	}
}

// raytracer is the data of Gunther (2007), processors and rays a second.
func raytracer() (n, x []float64) {
	return []float64{1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64}, []float64{20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310}
}

// Source: the raytracer's eleven points, where beta reaches its bound (R package usl);
// and the package's own test of exact coefficients.
func TestUSLBoundAndExact(t *testing.T) {
	n, x := raytracer()
	want := oracle.Load[map[string]uslOracle](t, "usl")["raytracer_all_bounded"]
	got, err := FitUSL(n, x)
	if err != nil {
		t.Fatal(err)
	}
	oracle.Close(t, "alpha", got.Alpha/want.Alpha, 1, 1e-5)
	oracle.Close(t, "gamma", got.Gamma/want.Gamma, 1, 1e-6)
	if got.Beta != 0 || !got.Bounded {
		t.Errorf("beta %g, bounded %v", got.Beta, got.Bounded)
	}
	if _, _, ok := got.Peak(0.95, 64); ok {
		t.Error("a peak without coherency")
	}
	exact, err := FitUSL([]float64{1, 2, 4, 6, 8, 10}, []float64{1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557})
	if err != nil {
		t.Fatal(err)
	}
	oracle.Close(t, "alpha", exact.Alpha, 0.02, 1e-4)
	oracle.Close(t, "beta", exact.Beta, 0.02, 1e-4)
	oracle.Close(t, "gamma", exact.Gamma, 1, 1e-3)
	for _, bad := range [][2][]float64{{{1, 2, 3}, {1, 2, 3}}, {{1, 1, 1, 2}, {1, 1, 1, 2}}, {{1, 2, 3, -4}, {1, 2, 3, 4}}} {
		if _, err := FitUSL(bad[0], bad[1]); err == nil {
			t.Errorf("%v was fitted", bad)
		}
	}
}

// Source: worked example of pool-adjacent-violators.
// Source: the two-parameter fit of the raytracer's data (beta 0) by Gauss-Newton in
// Python, standard errors from its own J'J.
func TestUSLStandardErrorsOfABoundedFit(t *testing.T) {
	n, x := raytracer()
	fit, err := FitUSL(n, x)
	if err != nil {
		t.Fatal(err)
	}
	if fit.DF != 9 {
		t.Errorf("%d degrees of freedom, want 9", fit.DF)
	}
	oracle.Close(t, "sigma", fit.Sigma, 8.801753611569, 1e-5)
	oracle.Close(t, "standard error of alpha", fit.SE[0], 0.005257978841, 1e-5)
	oracle.Close(t, "standard error of gamma", fit.SE[2], 1.257778678969, 1e-5)
	if lo, hi := fit.Interval(1, 0.95); !math.IsNaN(fit.SE[1]) || !math.IsInf(lo, -1) || !math.IsInf(hi, 1) {
		t.Errorf("beta is held and has the interval [%g, %g]", lo, hi)
	}
}

// Property: coefficients are never negative and no fit of the four possible ones that
// keeps the bounds is better, on linear ladders with noise, where both tend below 0.
func TestUSLKeepsItsBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 12))
	bothHeld, refused := 0, 0
	for range 300 {
		var n, x []float64
		for level := 1.0; level <= 8; level++ {
			n, x = append(n, level), append(x, 10*level*math.Exp(0.03*random.NormFloat64()))
		}
		fit, err := FitUSL(n, x)
		if err != nil {
			refused++ // the data do not determine the law
			continue
		}
		if fit.Alpha < 0 || fit.Beta < 0 || !(fit.Gamma > 0) {
			t.Fatalf("fit %+v of %v", fit, x)
		}
		// Closed form with both held: X = gamma N, gamma = sum(N X)/sum(N^2).
		var nx, nn float64
		for i := range n {
			nx, nn = nx+n[i]*x[i], nn+n[i]*n[i]
		}
		if fit.Alpha == 0 && fit.Beta == 0 {
			bothHeld++
			oracle.Close(t, "gamma", fit.Gamma, nx/nn, 1e-9)
			oracle.Close(t, "standard error of gamma", fit.SE[2], fit.Sigma/math.Sqrt(nn), 1e-9)
		}
		if rss := squares(n, x, [3]float64{fit.Alpha, fit.Beta, fit.Gamma}); rss > squares(n, x, [3]float64{0, 0, nx / nn})*(1+1e-9) {
			t.Fatalf("a straight line is better than %+v", fit)
		}
	}
	if bothHeld < 30 || refused > 3 {
		t.Errorf("%d of 300 linear ladders are fitted by a straight line, %d by nothing", bothHeld, refused)
	}
}

func TestPAVA(t *testing.T) {
	if got := PAVA([]float64{1, 3, 2, 4, 3.5, 5}, nil); !slices.Equal(got, []float64{1, 2.5, 2.5, 3.75, 3.75, 5}) {
		t.Errorf("got %v", got)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		y, w := make([]float64, 1+random.IntN(20)), []float64(nil)
		sum, weighted := 0.0, 0.0
		for i := range y {
			y[i] = random.NormFloat64()
			w = append(w, random.Float64()+0.1)
			sum += y[i] * w[i]
		}
		got := PAVA(y, w)
		for i := range got {
			weighted += got[i] * w[i]
		}
		if !slices.IsSorted(got) || math.Abs(sum-weighted) > 1e-9 {
			t.Fatalf("%v -> %v: not ascending, or the mean moved", y, got)
		}
	}
	if len(PAVA(nil, nil)) != 0 {
		t.Error("something out of nothing")
	}
}

// Source: kneed's tests: figure 2 of Satopaa et al. and two more shapes.
func TestKnee(t *testing.T) {
	var x, y []float64
	for i := range 10 {
		x = append(x, float64(i)/9)
		y = append(y, -1/(float64(i)/9+0.1)+5)
	}
	oracle.Close(t, "figure 2", Knee(x, y, ConcaveIncreasing), 0.22, 0.05)
	ten := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := Knee(ten, []float64{0, 60, 80, 85, 90, 95, 96, 97, 98, 99}, ConcaveIncreasing); got != 2 {
		t.Errorf("concave: got %g, want 2", got)
	}
	if got := Knee(ten, []float64{1, 2, 3, 4, 5, 10, 15, 20, 40, 100}, ConvexIncreasing); got != 7 {
		t.Errorf("convex: got %g, want 7", got)
	}
	if !math.IsNaN(Knee(ten[:2], ten[:2], ConcaveIncreasing)) || !math.IsNaN(Knee(ten, make([]float64, 10), ConcaveIncreasing)) {
		t.Error("a knee in a line")
	}
}

func TestHeadroomAndDoubling(t *testing.T) {
	oracle.Close(t, "headroom", Headroom(130, 100), 0.3, 1e-12)
	oracle.Close(t, "doubling", DoublingLoad([]float64{1, 2, 3}, []float64{1, 1.5, 3}), 2+1.0/3, 1e-12)
	if !math.IsNaN(Headroom(1, 0)) || !math.IsNaN(DoublingLoad([]float64{1, 2}, []float64{1, 1})) {
		t.Error("a figure out of nothing")
	}
}
