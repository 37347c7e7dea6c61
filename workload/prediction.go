package workload

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// prediction is the distribution of the logarithm of a count: Student's t.
type prediction struct {
	centre, variance, freedom float64
}

// estimate is the interval of a count.
func (p prediction) estimate() Estimate {
	reach := student(p.freedom, (1+ForecastConfidence)/2) * math.Sqrt(p.variance)
	return Estimate{Value: math.Exp(p.centre), Low: math.Exp(p.centre - reach), High: math.Exp(p.centre + reach)}
}

// times multiplies by a factor, whose interval has the confidence of a forecast.
func (p prediction) times(factor Estimate) prediction {
	p.centre += math.Log(factor.Value)
	p.variance += logVariance(factor)
	return p
}

// logVariance is the variance of the logarithm of an estimate with an interval of 90 %.
func logVariance(e Estimate) float64 {
	const reach = 1.6449 // of a normal distribution
	d := math.Log(e.High/e.Low) / (2 * reach)
	return d * d
}

// predict expects a count of the peak from those of the earlier peaks, each multiplied by the
// growth since then. With k peaks whose logarithms spread by s around their mean, the variance
// of the next logarithm is
//
//	s²·(1 + 1/k) + growth + drift + 1/N
//
// growth is the variance of the growth that was measured, drift that of a change of growth until
// the peak, and 1/N that of a Poisson count. The second result is the growth of a year.
func (o outlook) predict(counts []int, peaks []date) (prediction, Estimate, error) {
	var logs []float64
	var years float64
	for _, d := range peaks {
		grown, ok := o.grown(d)
		if !ok {
			continue
		}
		logs = append(logs, math.Log(float64(o.at(counts, d)))+grown)
		years += float64(o.years(d))
	}
	if len(logs) == 0 {
		return prediction{}, Estimate{}, errors.New("growth cannot be measured: the history has no weeks a year apart; " +
			"give the growth")
	}
	k := float64(len(logs))
	mean := stat.Mean(logs, nil)
	squares := 0.0
	for _, l := range logs {
		squares += (l - mean) * (l - mean)
	}
	p := prediction{centre: mean, freedom: priorFreedom + k - 1}
	spread := (priorFreedom*priorPeak*priorPeak + squares) / p.freedom
	growth, yearly := o.growthVariance(years / k)
	p.variance = spread*(1+1/k) + growth + o.drift() + 1/math.Exp(mean)
	return p, yearly, nil
}

// growthVariance is the variance of the logarithm of the growth over the mean age of the peaks,
// and the growth of one year with its interval.
func (o outlook) growthVariance(age float64) (variance float64, yearly Estimate) {
	if o.growth != nil {
		return age * age * logVariance(*o.growth), *o.growth
	}
	last := o.last
	log, ok := o.trend(last, 1)
	if !ok && o.measured != nil {
		return age * age * logVariance(*o.measured), *o.measured // of 95 %, which is a little too wide
	}
	var weeks []float64
	for w := range levelWeeks {
		end := last.plus(-7 * w)
		var now, then int
		for k := range 7 {
			now += o.at(o.counts, end.plus(-k))
			then += o.at(o.counts, end.plus(-k-yearDays))
		}
		if now > 0 && then > 0 {
			weeks = append(weeks, math.Log(float64(now)/float64(then)))
		}
	}
	if len(weeks) > 1 {
		variance = stat.Variance(weeks, nil) / float64(len(weeks))
	}
	p := prediction{centre: log, variance: variance, freedom: float64(max(1, len(weeks)-1))}
	return variance, p.estimate()
}

// drift is the variance of a change of growth until the peak, in proportion to the time. The
// history's own changes of growth from one year to the next replace the assumption.
func (o outlook) drift() float64 {
	squares, n := 0.0, 0.0
	for last := o.last; ; last = last.plus(-yearDays) {
		now, ok1 := o.trend(last, 1)
		before, ok2 := o.trend(last.plus(-yearDays), 1)
		if !ok1 || !ok2 {
			break
		}
		squares += (now - before) * (now - before)
		n++
	}
	yearly := (priorFreedom*priorDrift*priorDrift + squares) / (priorFreedom + n)
	return yearly * float64(o.peak-o.last) / yearDays
}

// withoutPeak expects the peak from the same weekday of the last weeks, times a factor that the
// user gives.
func (j Journey) withoutPeak(o outlook, p Peak) (Expected, error) {
	if p.Factor == nil {
		return Expected{}, fmt.Errorf("the history from %s to %s has no earlier peak for %s; "+
			"give its factor over an ordinary day, or the dates of earlier peaks", o.from, o.last, o.peak)
	}
	e := Expected{Journey: j.Name, Hours: j.Day.Value, Factor: *p.Factor, Growth: Estimate{Value: 1, Low: 1, High: 1}}
	ahead := float64(o.peak-o.last) / 365.25
	e.Source = fmt.Sprintf("mean of the same weekday in the %d weeks to %s, times the given factor %.3g", levelWeeks, o.last,
		p.Factor.Value)
	predict := func(counts []int) (prediction, error) {
		sum := 0
		for d := o.last; d > o.last.plus(-usualDays); d-- {
			if d.weekday() == o.peak.weekday() {
				sum += o.at(counts, d)
			}
		}
		if sum == 0 {
			return prediction{}, fmt.Errorf("the %d weeks to %s have no documents on the weekday of %s", levelWeeks, o.last,
				o.peak)
		}
		c := prediction{centre: math.Log(float64(sum) / levelWeeks), variance: priorLevel*priorLevel + o.drift(),
			freedom: priorFreedom}
		if p.Growth != nil {
			c.centre += ahead * math.Log(p.Growth.Value)
			c.variance += ahead * ahead * logVariance(*p.Growth)
		}
		c = c.times(*p.Factor)
		c.variance += 1 / math.Exp(c.centre)
		return c, nil
	}
	if p.Growth != nil {
		e.Growth = *p.Growth
		e.Source += fmt.Sprintf(" and the given growth %.3g a year", p.Growth.Value)
	}
	hour, err := predict(o.busiest)
	if err != nil {
		return Expected{}, err
	}
	day, err := predict(o.counts)
	if err != nil {
		return Expected{}, err
	}
	e.set(hour, day)
	return e, nil
}
