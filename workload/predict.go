package workload

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Assumptions of a forecast. Each is the scale of a logarithm, and counts as much as
// priorFreedom observations: a history that shows more or less replaces it.
const (
	priorFreedom = 4
	priorPeak    = 0.15 // peaks of different years, after growth
	priorDrift   = 0.10 // growth of one year and of the next
	priorLevel   = 0.30 // a peak without an earlier one: its factor comes from the user
	usualDays    = 7 * levelWeeks
)

// Peak is what a forecast is made for.
type Peak struct {
	Date   string    // 2006-01-02
	Name   string    // what the user calls it
	Like   []string  // dates of earlier peaks; default: the same weekday 52, 104, ... weeks before
	Until  string    // last day of the history that may be used; default: all of it
	Factor *Estimate // on the earlier peaks; without any, on an ordinary day
	Growth *Estimate // factor a year, instead of the history's
}

// Forecast expects the documents of a peak for each journey. The error lists the journeys for
// which nothing can be expected, with what to give; the others are in the result.
func (w Workload) Forecast(p Peak) (Forecast, error) {
	f := Forecast{Version: Version, Date: p.Date, Name: p.Name, Timezone: w.Timezone, Confidence: ForecastConfidence}
	var problems []error
	add := func(into *[]Expected, tenant string, j Journey) {
		e, err := j.expect(p)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", strings.TrimSpace(tenant+" "+j.Name), err))
			return
		}
		e.Tenant = tenant
		*into = append(*into, e)
	}
	for _, t := range w.Tenants {
		for _, j := range t.Journeys {
			add(&f.Expected, t.Name, j)
		}
	}
	for _, j := range w.totals() {
		add(&f.Total, "", j)
	}
	return f, errors.Join(problems...)
}

// totals is the journeys of all tenants together. They are those of the only tenant.
func (w Workload) totals() []Journey {
	if len(w.Tenants) == 1 {
		return w.Tenants[0].Journeys
	}
	return w.Total
}

// outlook is a peak and a history, by the number of the day.
type outlook struct {
	peak, last date // last day of the history that is used
	from       date
	counts     []int
	busiest    []int
	growth     *Estimate // given
	measured   *Estimate // of the fit
}

// expect is the documents of a journey at a peak.
func (j Journey) expect(p Peak) (Expected, error) {
	o, err := j.outlook(p)
	if err != nil {
		return Expected{}, err
	}
	peaks, err := o.peaks(p.Like)
	if err != nil {
		return Expected{}, err
	}
	if len(peaks) == 0 {
		return j.withoutPeak(o, p)
	}
	e := Expected{Journey: j.Name, Hours: j.hoursOf(peaks), Factor: o.factor(peaks)}
	hour, trend, err := o.predict(o.busiest, peaks)
	if err != nil {
		return Expected{}, err
	}
	day, _, err := o.predict(o.counts, peaks)
	if err != nil {
		return Expected{}, err
	}
	e.Growth = trend
	text := make([]string, len(peaks))
	for i, d := range peaks {
		text[i] = d.String()
	}
	e.Peaks = text
	e.Source = fmt.Sprintf("documents of %s, grown by %.3g a year (%s)", strings.Join(text, ", "), trend.Value,
		o.growthSource(peaks))
	if p.Factor != nil {
		e.Source += fmt.Sprintf(", times the given factor %.3g", p.Factor.Value)
		hour, day = hour.times(*p.Factor), day.times(*p.Factor)
		e.Factor = e.Factor.times(*p.Factor)
	}
	e.set(hour, day)
	return e, nil
}

func (e Estimate) times(f Estimate) Estimate {
	return Estimate{Value: e.Value * f.Value, Low: e.Low * f.Low, High: e.High * f.High}
}

func (e *Expected) set(hour, day prediction) {
	e.PerHour, e.PerDay = hour.estimate(), day.estimate()
	e.Spread, e.Freedom = math.Sqrt(hour.variance), hour.freedom
}

func (j Journey) outlook(p Peak) (outlook, error) {
	peak, err := parseDate(p.Date)
	if err != nil {
		return outlook{}, fmt.Errorf("the date %q of the peak is no day; write it as 2026-11-27", p.Date)
	}
	from, err := parseDate(j.History.From)
	if err != nil || len(j.History.Counts) != len(j.History.Busiest) || len(j.History.Counts) == 0 {
		return outlook{}, errors.New("the history needs a first day and as many counts as busiest hours")
	}
	o := outlook{peak: peak, from: from, last: from.plus(len(j.History.Counts) - 1), counts: j.History.Counts,
		busiest: j.History.Busiest, growth: p.Growth, measured: j.Growth}
	if p.Until != "" {
		until, err := parseDate(p.Until)
		if err != nil {
			return outlook{}, fmt.Errorf("the last day %q is no day; write it as 2026-11-27", p.Until)
		}
		if until < o.last {
			o.last = until
			o.measured = nil // of the whole history: it has seen what is held back
		}
	}
	if o.peak <= o.last {
		return outlook{}, fmt.Errorf("the history goes on to %s and has the peak %s in it; give a later date, or hold days back",
			o.last, o.peak)
	}
	if o.last.plus(-usualDays) < o.from.plus(-1) {
		return outlook{}, fmt.Errorf("the history before %s has less than %d weeks", o.last.plus(1), levelWeeks)
	}
	return o, nil
}

// at is the count of a day, 0 outside of the history that is used.
func (o outlook) at(counts []int, d date) int {
	if d < o.from || d > o.last {
		return 0
	}
	return counts[d-o.from]
}

// peaks is the earlier peaks that have documents, the latest first.
func (o outlook) peaks(like []string) ([]date, error) {
	var all []date
	for d := o.peak.plus(-yearDays); len(like) == 0 && d >= o.from; d = d.plus(-yearDays) {
		if o.at(o.busiest, d) > 0 {
			all = append(all, d)
		}
	}
	for _, text := range like {
		d, err := parseDate(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the earlier peak %q is no day; write it as 2025-11-28", text)
		case o.years(d) < 1:
			return nil, fmt.Errorf("the earlier peak %s is less than half a year before %s", d, o.peak)
		case o.at(o.busiest, d) == 0:
			return nil, fmt.Errorf("the earlier peak %s has no documents in the history from %s to %s", d, o.from, o.last)
		}
		all = append(all, d)
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all, nil
}

// years is the whole number of years from an earlier peak.
func (o outlook) years(d date) int { return int(math.Round(float64(o.peak-d) / yearDays)) }

// usual is the documents of the last weeks of a history that ends with the day last.
func (o outlook) usual(last date) (sum int, whole bool) {
	for d := last.plus(1 - usualDays); d <= last; d++ {
		sum += o.at(o.counts, d)
	}
	return sum, last.plus(1-usualDays) >= o.from
}

// trend is the logarithm of the last weeks over the same weeks some years before. It covers
// season and growth, since both pairs of weeks have the same place in the year.
func (o outlook) trend(last date, years int) (log float64, ok bool) {
	now, _ := o.usual(last)
	then, whole := o.usual(last.plus(-years * yearDays))
	if !whole || now == 0 || then == 0 {
		return 0, false
	}
	return math.Log(float64(now) / float64(then)), true
}

// grown is the logarithm of the growth from an earlier peak to the date of the forecast.
func (o outlook) grown(d date) (log float64, ok bool) {
	years := o.years(d)
	if o.growth != nil {
		return float64(years) * math.Log(o.growth.Value), true
	}
	if log, ok := o.trend(o.last, years); ok {
		return log, true
	}
	if o.measured != nil {
		return float64(years) * math.Log(o.measured.Value), true
	}
	return 0, false
}

func (o outlook) growthSource(peaks []date) string {
	switch _, ok := o.trend(o.last, o.years(peaks[0])); {
	case o.growth != nil:
		return "given"
	case ok:
		return fmt.Sprintf("the %d weeks to %s over the same weeks of the years before", levelWeeks, o.last)
	}
	return "all weeks of the history over those a year before"
}

// factor is the earlier peaks over ordinary days near them: geometric mean, smallest, largest.
func (o outlook) factor(peaks []date) Estimate {
	var sum, n float64
	e := Estimate{Low: math.Inf(1)}
	for _, d := range peaks {
		usual := ordinary(o.counts[:o.last-o.from+1], int(d-o.from))
		if usual == 0 {
			continue
		}
		factor := float64(o.at(o.counts, d)) / usual
		sum, n = sum+math.Log(factor), n+1
		e.Low, e.High = min(e.Low, factor), max(e.High, factor)
	}
	if n == 0 {
		return Estimate{}
	}
	e.Value = math.Exp(sum / n)
	return e
}

// hoursOf is the shape of the day: that of the largest day if it is one of the peaks.
func (j Journey) hoursOf(peaks []date) []float64 {
	if d, err := parseDate(j.PeakDay.Date); err == nil && slices.Contains(peaks, d) {
		return j.PeakDay.Hours
	}
	return j.Day.Value
}
