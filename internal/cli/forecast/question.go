package forecast

import (
	"math"
	"sort"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/power"
)

// Question is one primary question and the experiment that answers it.
type Question struct {
	ID     string
	Scope  finding.Scope
	Text   string
	Why    string       // why nothing can be predicted
	Limit  float64      // ratio, or odds
	Odds   bool         // the effect is a ratio of odds
	P      float64      // percentile compared
	Count  float64      // arrivals expected, in each condition of a trial
	Design power.Design // within: of one trial
}

// Detect is the smallest true value above the limit that is found with the chance, and the
// largest below it.
func (q Question) Detect(chance float64) (below, above float64) {
	above = q.Design.Detect(q.Limit, chance)
	return q.Limit * q.Limit / above, above
}

// Course is how an experiment goes whose true value is a ratio, or odds.
func (q Question) Course(truth float64) power.Course { return q.Design.Course(truth, q.Limit) }

// MostReplicates and mostLonger bound what a change is looked for in.
const (
	MostReplicates = 100
	mostLonger     = 200
)

// Replicates is the least atMost that finds a true value with the chance, or 0.
func (q Question) Replicates(truth, chance float64) int {
	n := sort.Search(MostReplicates, func(i int) bool {
		d := q.Design
		d.AtMost = i + 1
		d.AtLeast = min(d.AtLeast, d.AtMost)
		return d.Course(truth, q.Limit).Right >= chance
	})
	if n == MostReplicates {
		return 0
	}
	return n + 1
}

// Longer is the smallest factor on the arrivals of a trial, by a higher rate or longer
// windows, that finds a true value with the chance. 0: none does, since trials vary.
func (q Question) Longer(truth, chance float64) float64 {
	const step = 1.1
	steps := int(math.Log(mostLonger) / math.Log(step))
	i := sort.Search(steps, func(i int) bool {
		d := q.Design
		d.Within /= math.Pow(step, float64(i))
		return d.Course(truth, q.Limit).Right >= chance
	})
	if i == steps {
		return 0
	}
	return math.Pow(step, float64(i))
}

// Takes is how long so many replicates take.
func (f Forecast) Takes(replicates float64) time.Duration {
	return time.Duration(replicates * float64(f.Replicate)).Round(time.Second)
}
