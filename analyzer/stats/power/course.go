package power

import (
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/moderated"
)

// Course is how an experiment goes that is looked at after each replicate and stopped
// when it decides.
type Course struct {
	Right float64   // chance of the right decision
	Wrong float64   // chance of the wrong one
	Mean  float64   // mean number of replicates
	After []float64 // chance that it is decided after 1, 2, ... replicates
}

// rounds of simulation: the error of a probability is at most 0.008.
const rounds = 4000

// draws are standard normal effects, the same for every question to one design, so that
// power rises with the effect without noise.
type draws [][]float64

func (d Design) draws() draws {
	random := rand.New(rand.NewPCG(20_040_312, 3)) // figures have to be the same each time
	z := make(draws, rounds)
	for i := range z {
		z[i] = make([]float64, max(d.AtMost, 1))
		for k := range z[i] {
			z[i][k] = random.NormFloat64()
		}
	}
	return z
}

// Course simulates experiments with a true ratio against a limit: 4,000 of them, seeded,
// so that a chance is known to 0.01. Trials vary as the prior assumes.
func (d Design) Course(ratio, limit float64) Course {
	return d.course(d.draws(), d.critical(d.Level()), math.Log(ratio/limit))
}

func (d Design) course(z draws, t []float64, effect float64) Course {
	most := len(t) - 1
	c := Course{After: make([]float64, most)}
	for _, effects := range z {
		n, side := d.decided(effects, t, effect)
		c.Mean += float64(n) / rounds
		if side == 0 {
			continue
		}
		if (side > 0) == (effect > 0) && effect != 0 {
			c.Right += 1.0 / rounds
		} else {
			c.Wrong += 1.0 / rounds
		}
		for k := n - 1; k < most; k++ {
			c.After[k] += 1.0 / rounds
		}
	}
	return c
}

// decided is after how many replicates an experiment decides, and for which side; all of
// them and 0 when it does not.
func (d Design) decided(z, t []float64, effect float64) (n, side int) {
	v0 := d.sigma() * d.sigma()
	var mean, squares float64
	for k, x := range z {
		n := float64(k + 1)
		value := effect + d.sigma()*x
		step := value - mean
		mean += step / n
		squares += step * (value - mean)
		if k+1 < len(z) && (d.Fixed || k+1 < d.AtLeast) {
			continue
		}
		df := d.Prior.DF + n - 1
		if df <= 0 {
			continue
		}
		half := t[k+1] * math.Sqrt((d.Prior.DF*v0+squares)/df/n)
		switch {
		case mean > half:
			return k + 1, 1
		case mean < -half:
			return k + 1, -1
		}
	}
	return len(z), 0
}

// Detect is the smallest ratio above the limit that is decided with the power, e.g. 1.4
// for limit 1: the reciprocal distance holds below the limit. It is found to 0.1 % of
// its logarithm or better, on simulated courses ([Design.Course]).
func (d Design) Detect(limit, power float64) float64 {
	z, t := d.draws(), d.critical(d.Level())
	const steps = 1 << 12
	largest := 40 * d.sigma() // decided with any power below 1
	i := sort.Search(steps, func(i int) bool { return d.course(z, t, largest*float64(i)/steps).Right >= power })
	return limit * math.Exp(largest*float64(i)/steps)
}

// Conditional is the chance that at most more replicates decide an estimate against the
// limit at the level. With a margin above 1 an interval that lies within limit/margin to
// limit*margin decides, too: there is no difference that matters. The true effect is drawn
// from Student's t around the estimate, the variance from around the pooled one. So the
// chance is neither that of the hoped-for effect nor that of none. 4,000 seeded rounds.
//
// Below 0.05 or so it is time to stop: what is left cannot decide.
func Conditional(e moderated.Estimate, limit, margin, level float64, more int) float64 {
	if !e.Known() || e.Compare(limit, level) != moderated.Undecided || math.IsInf(e.Log, 0) {
		return math.NaN()
	}
	random := rand.New(rand.NewPCG(20_040_312, 4)) // figures have to be the same each time
	t := make([]float64, more+1)
	for k := 1; k <= more; k++ {
		t[k] = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.DF + float64(k)}.Quantile((1 + level) / 2)
	}
	chi := distuv.ChiSquared{K: e.DF, Src: random}
	n := float64(e.N)
	pooled := e.SE * e.SE * n
	same := math.Log(max(margin, 1))
	hits := 0
	for range rounds {
		sigma := math.Sqrt(pooled * e.DF / chi.Rand())
		truth := e.Log + sigma/math.Sqrt(n)*random.NormFloat64()
		mean, squares := e.Log, pooled*e.DF
		for k := 1; k <= more; k++ {
			at := n + float64(k)
			value := truth + sigma*random.NormFloat64()
			step := value - mean
			mean += step / at
			squares += step * (value - mean)
			half := t[k] * math.Sqrt(squares/(e.DF+float64(k))/at)
			if distance := math.Abs(mean - math.Log(limit)); distance > half || distance+half < same {
				hits++
				break
			}
		}
	}
	return float64(hits) / rounds
}
