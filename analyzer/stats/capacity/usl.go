package capacity

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/stat/distuv"
)

// USL is a fit of the universal scalability law,
//
//	X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1)),
//
// X throughput at N, the concurrency or the number of resources; alpha contention,
// beta coherency, gamma the throughput of one.
type USL struct {
	Alpha, Beta, Gamma float64
	SE                 [3]float64 // standard errors of alpha, beta, gamma; NaN: held at 0
	Sigma              float64    // residual standard error, unit of X
	DF                 int
	Bounded            bool // a coefficient was held at 0: it has no interval
}

// At is the throughput at n.
func (u USL) At(n float64) float64 {
	return u.Gamma * n / (1 + u.Alpha*(n-1) + u.Beta*n*(n-1))
}

// Peak is where the throughput is largest, N* = sqrt((1-alpha)/beta), and how large.
// False when the interval of beta touches 0, when it was held there, or when the peak
// lies beyond twice the largest n that was measured: there is no peak inside the
// data, and the law is no licence to extrapolate.
func (u USL) Peak(level, largest float64) (n, x float64, ok bool) {
	lo, _ := u.Interval(1, level)
	if u.Bounded || !(u.Beta > 0) || !(lo > 0) || u.Alpha >= 1 {
		return math.NaN(), math.NaN(), false
	}
	n = math.Sqrt((1 - u.Alpha) / u.Beta)
	if n > 2*largest {
		return math.NaN(), math.NaN(), false
	}
	return n, u.At(n), true
}

// Interval is Wald's for a coefficient (0 alpha, 1 beta, 2 gamma), with Student's t
// on n less the free coefficients as degrees of freedom. Infinite for a coefficient that
// is held at 0, and without degrees of freedom.
func (u USL) Interval(coefficient int, level float64) (lo, hi float64) {
	if u.DF < 1 || !(u.SE[coefficient] < math.Inf(1)) {
		return math.Inf(-1), math.Inf(1)
	}
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(u.DF)}.Quantile((1+level)/2) * u.SE[coefficient]
	value := [3]float64{u.Alpha, u.Beta, u.Gamma}[coefficient]
	return value - half, value + half
}

// FitUSL fits the law by least squares (Levenberg-Marquardt), coefficients held at 0
// or above, and checks the result against Nelder-Mead, which needs no derivative.
// At least four pairs at three different n, all positive; an error otherwise, and when
// the two methods disagree.
//
// Source: Gunther (2007). Never fit the linearised form N/X - 1: it weighs the errors
// wrongly and gives quite other coefficients.
func FitUSL(n, x []float64) (USL, error) {
	if err := usable(n, x); err != nil {
		return USL{}, err
	}
	start := [3]float64{0.05, 0.001, 0}
	for i := range n {
		start[2] = max(start[2], x[i]/n[i])
	}
	fit, rss, held := constrained(n, x, start)
	if check := nelderMead(n, x, fit); check < rss*(1-1e-6)-1e-12 {
		return USL{}, errors.New("fit usl: two methods of least squares disagree; the data do not determine the law")
	}
	u := USL{Alpha: fit[0], Beta: fit[1], Gamma: fit[2], DF: len(n) - 3 + len(held), Bounded: len(held) > 0}
	if u.DF > 0 {
		u.Sigma = math.Sqrt(rss / float64(u.DF))
	}
	u.errors(n, held)
	return u, nil
}

// constrained is the least-squares fit with alpha and beta at 0 or above, and which of
// the two (0, 1) are held at 0. Of the free fit and the three fits with one or both
// held, it is the best among those that keep the bounds; the one with both held always
// does.
func constrained(n, x []float64, start [3]float64) (fit [3]float64, rss float64, held []int) {
	rss = math.Inf(1)
	for _, candidate := range [][]int{{}, {1}, {0}, {0, 1}} {
		from := start
		for _, h := range candidate {
			from[h] = 0
		}
		p, squares := levenbergMarquardt(n, x, from, candidate...)
		if p[0] >= 0 && p[1] >= 0 && squares < rss*(1-1e-12) {
			fit, rss, held = p, squares, candidate
		}
	}
	return fit, rss, held
}

func usable(n, x []float64) error {
	levels := map[float64]bool{}
	for i := range min(len(n), len(x)) {
		if !(n[i] > 0) || !(x[i] > 0) || math.IsInf(n[i], 1) || math.IsInf(x[i], 1) {
			return errors.New("fit usl: loads and throughputs must be positive")
		}
		levels[n[i]] = true
	}
	if len(n) != len(x) || len(n) < 4 || len(levels) < 3 {
		return errors.New("fit usl: it needs at least four pairs at three different loads")
	}
	return nil
}

// row is the model and its derivatives at n.
func row(p [3]float64, n float64) (y float64, d [3]float64) {
	den := 1 + p[0]*(n-1) + p[1]*n*(n-1)
	y = p[2] * n / den
	return y, [3]float64{-y * (n - 1) / den, -y * n * (n - 1) / den, n / den}
}

func squares(n, x []float64, p [3]float64) float64 {
	rss := 0.0
	for i := range n {
		y, _ := row(p, n[i])
		rss += (x[i] - y) * (x[i] - y)
	}
	return rss
}

// levenbergMarquardt minimises the squares from a start; held coefficients stay.
func levenbergMarquardt(n, x []float64, p [3]float64, held ...int) ([3]float64, float64) {
	damping, rss := 1e-3, squares(n, x, p)
	for range 1000 {
		var jtj [3][3]float64
		var jtr [3]float64
		for i := range n {
			y, d := row(p, n[i])
			for a := range 3 {
				jtr[a] += d[a] * (x[i] - y)
				for b := range 3 {
					jtj[a][b] += d[a] * d[b]
				}
			}
		}
		for _, h := range held {
			jtj[h], jtr[h] = [3]float64{}, 0
			for a := range 3 {
				jtj[a][h] = 0
			}
			jtj[h][h] = 1
		}
		a := mat.NewDense(3, 3, nil)
		for i := range 3 {
			for k := range 3 {
				a.Set(i, k, jtj[i][k])
			}
			a.Set(i, i, jtj[i][i]*(1+damping))
		}
		var step mat.VecDense
		if err := step.SolveVec(a, mat.NewVecDense(3, jtr[:])); err != nil {
			damping *= 10
			continue
		}
		next := [3]float64{p[0] + step.AtVec(0), p[1] + step.AtVec(1), p[2] + step.AtVec(2)}
		trial := squares(n, x, next)
		if !(trial < rss) {
			if damping *= 10; damping > 1e12 {
				break
			}
			continue
		}
		done := rss-trial < 1e-15*rss
		p, rss, damping = next, trial, max(damping/10, 1e-12)
		if done {
			break
		}
	}
	return p, rss
}

// nelderMead is the least squares that a search without derivatives finds from a fit,
// coefficients not below 0.
func nelderMead(n, x []float64, fit [3]float64) float64 {
	problem := optimize.Problem{Func: func(p []float64) float64 {
		if p[0] < 0 || p[1] < 0 {
			return math.Inf(1)
		}
		return squares(n, x, [3]float64{p[0], p[1], p[2]})
	}}
	scale := []float64{max(fit[0], 1e-3), max(fit[1], 1e-5), fit[2]}
	wide := optimize.Problem{Func: func(u []float64) float64 {
		return problem.Func([]float64{u[0] * scale[0], u[1] * scale[1], u[2] * scale[2]})
	}}
	result, err := optimize.Minimize(wide, []float64{1.1, 1.1, 1.05}, &optimize.Settings{FuncEvaluations: 5000},
		&optimize.NelderMead{})
	if err != nil || result == nil {
		return math.Inf(1)
	}
	return result.F
}

// errors fills the standard errors from the inverse of J'J over the free coefficients.
// One held at 0 has none: NaN. Without a residual degree of freedom they are infinite.
func (u *USL) errors(n []float64, held []int) {
	var free []int
	for i := range 3 {
		u.SE[i] = math.NaN()
		if !slices.Contains(held, i) {
			free = append(free, i)
		}
	}
	jtj := mat.NewDense(len(free), len(free), nil)
	p := [3]float64{u.Alpha, u.Beta, u.Gamma}
	for i := range n {
		_, d := row(p, n[i])
		for a, from := range free {
			for b, to := range free {
				jtj.Set(a, b, jtj.At(a, b)+d[from]*d[to])
			}
		}
	}
	var inverse mat.Dense
	err := inverse.Inverse(jtj)
	for a, i := range free {
		u.SE[i] = math.Inf(1)
		if err == nil && u.DF > 0 {
			u.SE[i] = u.Sigma * math.Sqrt(inverse.At(a, a))
		}
	}
}
