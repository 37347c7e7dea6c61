package power

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/sequential"
)

// Design is an experiment whose replicates each give one effect.
type Design struct {
	Within  float64         // variance of an effect within its trial
	Prior   moderated.Prior // what trials are taken to vary by, and do
	AtMost  int             // replicates; below 1: 1
	AtLeast int             // replicates before the first look; below 1: 1
	Alpha   float64         // chance of a false claim over all looks; 0: 0.05
	Fixed   bool            // looked at once, after AtMost replicates, not after each
}

func (d Design) alpha() float64 {
	if d.Alpha > 0 {
		return d.Alpha
	}
	return 0.05
}

// Level is the level of the interval at each look.
func (d Design) Level() float64 {
	if d.Fixed {
		return 1 - d.alpha()
	}
	return sequential.Level(max(d.AtMost-max(d.AtLeast, 1)+1, 1), d.alpha())
}

// sigma is the standard deviation of an effect.
func (d Design) sigma() float64 { return math.Sqrt(d.Within + d.Prior.Tau*d.Prior.Tau) }

// critical is t(d0 + n - 1) at a level, by n from 1 on; entry 0 is unused.
func (d Design) critical(level float64) []float64 {
	t := make([]float64, max(d.AtMost, 1)+1)
	for n := 1; n < len(t); n++ {
		t[n] = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: d.Prior.DF + float64(n) - 1}.Quantile((1 + level) / 2)
	}
	return t
}

// Power is the chance that n replicates, looked at once at the level, decide rightly that
// a true ratio is on its side of the limit. With sigma^2 = within + tau^2, delta =
// |ln(ratio/limit)| sqrt(n) / sigma and X a chi-square variable with n-1 degrees of freedom
// it is the mean over X of
//
//	Phi(delta - t sqrt((d0 + X) / (d0 + n - 1))).
//
// Without a prior (d0 = 0) this is the upper tail of a noncentral t.
func (d Design) Power(ratio, limit, level float64, n int) float64 {
	if n < 1 || d.Prior.DF+float64(n)-1 <= 0 {
		return 0
	}
	df := d.Prior.DF + float64(n) - 1
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile((1 + level) / 2)
	delta := math.Abs(math.Log(ratio/limit)) * math.Sqrt(float64(n)) / d.sigma()
	decides := func(x float64) float64 { return distuv.UnitNormal.CDF(delta - t*math.Sqrt((d.Prior.DF+x)/df)) }
	if n == 1 {
		return decides(0)
	}
	// Over y = sqrt(x): the density of y has no pole at 0.
	chi := distuv.ChiSquared{K: float64(n - 1)}
	end := math.Sqrt(float64(n-1)) + 9
	return quad.Fixed(func(y float64) float64 { return 2 * y * chi.Prob(y*y) * decides(y*y) }, 0, end, 200, quad.Legendre{}, 0)
}

// Replicates is the least number of replicates, looked at once at the level, that decide
// with the power. At most most; 0: not even these do.
func (d Design) Replicates(ratio, limit, power float64, most int) int {
	level := d.Level()
	for n := 1; n <= most; n++ {
		if d.Power(ratio, limit, level, n) >= power {
			return n
		}
	}
	return 0
}

// Least is the least ratio above 1 that AtMost replicates, looked at once at the level of the
// design, distinguish from 1 with the power.
func (d Design) Least(power float64) float64 {
	level, n := d.Level(), max(d.AtMost, 1)
	lo, hi := 0.0, 1.0
	for d.Power(math.Exp(hi), 1, level, n) < power && hi < 64 {
		hi *= 2
	}
	for range 30 {
		if mid := (lo + hi) / 2; d.Power(math.Exp(mid), 1, level, n) < power {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(hi)
}
