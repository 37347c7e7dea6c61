package workload

import (
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// planted is a history with a known truth.
type planted struct {
	from, days int        // from: days since 1970
	level      float64    // documents a day at the beginning
	hours      []float64  // share of each hour
	week       [7]float64 // mean 1
	year       [12]float64
	growth     float64                                 // a year
	noise      float64                                 // standard deviation of the logarithm of a day
	weekly     float64                                 // of a week, so that days depend on each other
	drift      float64                                 // of the logarithm of growth, a year
	bursts     float64                                 // coefficient of variation of an interval's rate
	campaign   func(d date, random *rand.Rand) float64 // factor of a day; nil: 1
	later      func(y int) float64                     // growth of year y instead of growth; nil: growth
}

// office is a day with a lunch break and a peak before a cut-off at 15:00.
func office() []float64 {
	shape := []float64{0, 0, 0, 0, 0, 0, 1, 3, 7, 9, 10, 9, 6, 11, 16, 12, 7, 4, 2, 1, 1, 1, 0, 0}
	for h := range shape {
		shape[h] /= 100
	}
	return shape
}

// draw makes one history.
func (p planted) draw(seed uint64) *History {
	h := &History{}
	p.walk(seed, func(random *rand.Rand, d date, expected float64) { p.fill(h, random, d, expected) })
	return h
}

// hourly makes one history by the hour, as a journey that a forecast can be made of.
func (p planted) hourly(seed uint64) Journey {
	j := Journey{Name: Orders, Day: Curve{Value: p.hours}, History: Days{From: date(p.from).String()}}
	p.walk(seed, func(random *rand.Rand, _ date, expected float64) {
		total, busiest := 0, 0
		for _, share := range p.hours {
			if expected*share > 0 {
				n := int(distuv.Poisson{Lambda: expected * share, Src: random}.Rand())
				total, busiest = total+n, max(busiest, n)
			}
		}
		j.History.Counts, j.History.Busiest = append(j.History.Counts, total), append(j.History.Busiest, busiest)
	})
	return j
}

// walk draws the expected documents of each day.
func (p planted) walk(seed uint64, each func(random *rand.Rand, d date, expected float64)) {
	random := rand.New(rand.NewPCG(seed, 17))
	level, week, drifted := math.Log(p.level), 0.0, 0.0
	for i := range p.days {
		d := date(p.from + i)
		if i%7 == 0 {
			week = random.NormFloat64() * p.weekly
			drifted += random.NormFloat64() * p.drift / math.Sqrt(52)
		}
		expected := math.Exp(level+week+random.NormFloat64()*p.noise) * p.week[d.weekday()] * p.year[d.month()]
		if p.campaign != nil {
			expected *= p.campaign(d, random)
		}
		each(random, d, expected)
		growth := p.growth
		if p.later != nil {
			growth = p.later(i / yearDays)
		}
		level += (math.Log(growth) + drifted) / 365.25
	}
}

// fill draws the documents of a day.
func (p planted) fill(h *History, random *rand.Rand, d date, expected float64) {
	for hour, share := range p.hours {
		for k := range hourIntervals {
			mean := expected * share / float64(hourIntervals)
			if mean == 0 {
				continue
			}
			if p.bursts > 0 {
				alpha := 1 / (p.bursts * p.bursts)
				mean *= distuv.Gamma{Alpha: alpha, Beta: alpha, Src: random}.Rand()
			}
			n := int(distuv.Poisson{Lambda: mean, Src: random}.Rand())
			at := d.time().Add(time.Duration(hour)*time.Hour + time.Duration(k)*Interval)
			h.Add(at, n)
		}
	}
}
