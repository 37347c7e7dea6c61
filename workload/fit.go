package workload

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	levelWeeks  = 8   // the level of today is the mean of as many weeks
	yearDays    = 364 // 52 weeks: the same weekday a year before
	growthWeeks = 8   // weeks of this year and of the year before that growth needs
	growthBlock = 4   // weeks whose documents may depend on each other
	leastDays   = 21  // two whole weeks, whatever the first weekday is
)

// Fit estimates the load of a journey from its history. mix is its share of the tenant's
// documents. An error names what the history lacks.
func Fit(name string, h *History, zone *time.Location, mix float64) (Journey, []Missing, error) {
	c := h.calendar(zone)
	if active := c.active(); len(c.days) < leastDays || active < 2 {
		return Journey{}, nil, fmt.Errorf("%s: the history has %d whole days, %d of them with documents; want at least %d and 2",
			name, len(c.days), active, leastDays)
	}
	j := Journey{Name: name, Documents: h.Documents(), Mix: mix, PerDay: c.level(), Day: c.dayShape(), Week: c.weekShape(),
		Growth: c.growth(), Lines: h.lineCounts(), PeakDay: c.peakDay(), PeakHour: c.peakHour(), History: c.history()}
	j.Burstiness, j.Bursts = c.burstiness()
	var missing []Missing
	if j.Growth == nil {
		missing = append(missing, Missing{What: fmt.Sprintf("%s: %d weeks of history, growth needs %d", name, len(c.days)/7,
			yearDays/7+growthWeeks), Effect: "no growth: give it to the forecast"})
	}
	if len(c.days) < yearDays {
		missing = append(missing, Missing{What: fmt.Sprintf("%s: %d days of history, a year has %d", name, len(c.days), yearDays),
			Effect: "no shape of the year and no earlier peak: give the peak's factor to the forecast"})
	} else {
		year := c.yearShape(j.Week.Value, j.Growth)
		j.Year = &year
	}
	return j, missing, nil
}

// active is the number of days with documents.
func (c calendar) active() int {
	active := 0
	for i := range c.days {
		if c.days[i].total() > 0 {
			active++
		}
	}
	return active
}

// dayShape is the share of each hour. Days are the clusters, so a day that is busier, or has
// another shape, widens the intervals.
func (c calendar) dayShape() Curve {
	var curve Curve
	for h := range dayHours {
		var r ratio
		for i := range c.days {
			if n := c.days[i].total(); n > 0 {
				r.add(float64(c.days[i].hour(h)), float64(n))
			}
		}
		curve.add(r.estimate(1))
	}
	return curve
}

// weekShape is the factor of each weekday. Whole weeks are the clusters, so season and growth
// cancel.
func (c calendar) weekShape() Curve {
	shape := make([]ratio, 7)
	for i := (7 - c.from.weekday()) % 7; i+7 <= len(c.days); i += 7 {
		total := 0.0
		for k := range 7 {
			total += float64(c.days[i+k].total())
		}
		for k := range 7 {
			shape[k].add(float64(c.days[i+k].total()), total)
		}
	}
	var curve Curve
	for k := range shape {
		curve.add(shape[k].estimate(7))
	}
	return curve
}

// level is the documents a day in the last weeks, with weeks as clusters.
func (c calendar) level() Estimate {
	var r ratio
	for end := len(c.days); end >= 7 && len(r.x) < levelWeeks; end -= 7 {
		r.add(float64(c.sum(end-7, end)), 7)
	}
	return r.estimate(1)
}

// sum is the documents of the days from i to before j.
func (c calendar) sum(i, j int) int {
	sum := 0
	for k := i; k < j; k++ {
		sum += c.days[k].total()
	}
	return sum
}

// growth is the documents of all weeks over those of the same weeks a year before, for a year
// of 365.25 days; nil if there are too few weeks. Blocks of weeks are the clusters.
func (c calendar) growth() *Estimate {
	weeks := (len(c.days) - yearDays) / 7
	if weeks < growthWeeks {
		return nil
	}
	var r ratio
	for end := len(c.days); end-7*growthBlock-yearDays >= 0; end -= 7 * growthBlock {
		from := end - 7*growthBlock
		r.add(float64(c.sum(from, end)), float64(c.sum(from-yearDays, end-yearDays)))
	}
	if r.value() <= 0 {
		return nil
	}
	e := r.estimate(1)
	a := 365.25 / yearDays
	return &Estimate{Value: math.Pow(e.Value, a), Low: math.Pow(e.Low, a), High: math.Pow(e.High, a)}
}

// yearShape is the factor of each month, without the shape of the week and without growth.
// Weeks are the clusters of a month.
func (c calendar) yearShape(week []float64, growth *Estimate) Curve {
	rate := 0.0 // of growth, in logarithms a day
	if growth != nil {
		rate = math.Log(growth.Value) / 365.25
	}
	months := make([]ratio, 12)
	for i := 0; i < len(c.days); {
		d := c.from.plus(i)
		var y, x float64
		for ; i < len(c.days) && c.from.plus(i).week() == d.week() && c.from.plus(i).month() == d.month(); i++ {
			y += float64(c.days[i].total()) * math.Exp(-rate*float64(i))
			x += week[c.from.plus(i).weekday()]
		}
		months[d.month()].add(y, x)
	}
	mean := 0.0
	for m := range months {
		mean += months[m].value() / 12
	}
	var curve Curve
	for m := range months {
		curve.add(months[m].estimate(1 / mean))
	}
	return curve
}

// burstiness is the index of dispersion of the counts of intervals, the variance over the
// mean. The variance comes from differences of neighbours within an hour (von Neumann, 1941),
// so that the shape of the day does not count as bursts. Days are the clusters.
//
// A rate that varies between intervals with the coefficient of variation v has the index
// 1 + v²·Σμ²/Σμ, where μ are the means. The second result is that v.
func (c calendar) burstiness() (index Estimate, variation float64) {
	var r, power ratio
	for i := range c.days {
		var variance, mean, squares float64
		for h := range dayHours {
			n := c.days[i].counts[h*hourIntervals : (h+1)*hourIntervals]
			for k := 1; k < len(n); k++ {
				difference := float64(n[k] - n[k-1])
				variance += difference * difference / 2
				mean += float64(n[k]+n[k-1]) / 2
			}
			m := float64(c.days[i].hour(h)) / float64(hourIntervals)
			squares += m * m * float64(len(n)-1)
		}
		r.add(variance, mean)
		power.add(squares, mean)
	}
	index = r.estimate(1)
	// The square of an estimated mean exceeds the mean's square by its variance.
	if mu := power.value() - index.Value/float64(hourIntervals); mu > 0 {
		variation = math.Sqrt(max(0, index.Value-1) / mu)
	}
	return index, variation
}

// peakDay is the first of the days with the most documents.
func (c calendar) peakDay() PeakDay {
	best := 0
	for i := range c.days {
		if c.days[i].total() > c.days[best].total() {
			best = i
		}
	}
	p := PeakDay{Date: c.from.plus(best).String(), Documents: c.days[best].total(), Hours: make([]float64, dayHours)}
	for h := range p.Hours {
		p.Hours[h] = float64(c.days[best].hour(h)) / float64(p.Documents)
	}
	counts := c.history().Counts
	if usual := ordinary(counts, best); usual > 0 {
		p.Factor = float64(p.Documents) / usual
	}
	return p
}

// ordinary is the median of the same weekday in the four weeks before a day and after it, 0
// without such days.
func ordinary(counts []int, at int) float64 {
	var near []int
	for week := -4; week <= 4; week++ {
		if i := at + 7*week; week != 0 && i >= 0 && i < len(counts) {
			near = append(near, counts[i])
		}
	}
	if len(near) == 0 {
		return 0
	}
	slices.Sort(near)
	return float64(near[(len(near)-1)/2]+near[len(near)/2]) / 2
}

func (c calendar) peakHour() PeakHour {
	bestDay, bestHour, most := 0, 0, 0
	for i := range c.days {
		if h, n := c.days[i].busiest(); n > most {
			bestDay, bestHour, most = i, h, n
		}
	}
	p := PeakHour{Start: fmt.Sprintf("%sT%02d:00", c.from.plus(bestDay), bestHour), Documents: most}
	for _, n := range c.days[bestDay].counts[bestHour*hourIntervals : (bestHour+1)*hourIntervals] {
		p.Shares = append(p.Shares, float64(n)/float64(most))
	}
	return p
}

func (c calendar) history() Days {
	d := Days{From: c.from.String()}
	for i := range c.days {
		_, busiest := c.days[i].busiest()
		d.Counts, d.Busiest = append(d.Counts, c.days[i].total()), append(d.Busiest, busiest)
	}
	return d
}

// lineCounts is the distribution of lines, nil when none were counted. The interval of the
// mean takes documents as independent.
func (h *History) lineCounts() *Lines {
	if len(h.lines) == 0 {
		return nil
	}
	var n, sum, squares float64
	var sizes []int
	for lines, documents := range h.lines {
		sizes = append(sizes, lines)
		n += float64(documents)
		sum += float64(lines * documents)
		squares += float64(lines*lines) * float64(documents)
	}
	slices.Sort(sizes)
	mean := sum / n
	l := &Lines{Mean: Estimate{Value: mean, Low: mean, High: mean}, Max: sizes[len(sizes)-1]}
	if n > 1 {
		l.Mean = around(mean, math.Sqrt(max(0, squares/n-mean*mean)/(n-1)), n-1)
	}
	below := 0.0
	for _, lines := range sizes {
		if below < n/2 {
			l.Median = lines
		}
		if below < 0.95*n {
			l.P95 = lines
		}
		below += float64(h.lines[lines])
	}
	return l
}
