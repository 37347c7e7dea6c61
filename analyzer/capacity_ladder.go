package analyzer

import (
	"cmp"
	"math"
	"slices"

	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/results"
)

// stepRun is one step in one trial.
type stepRun struct {
	level, rate       float64
	seconds           float64
	latencies         []uint32 // of abiding tenants' journeys, unserved last, in time
	served            int
	errors, delivered float64
	growing           bool
	response          float64 // s, mean over what was served
}

// climbed collects the steps of a setup's trials by level, ascending in rate: those
// beside one scale of disruptive tenants, 0 where these did not climb.
func (d *dataset) climbed(setup string, beside float64) [][]stepRun {
	byLevel := map[float64][]stepRun{}
	for _, t := range d.of(setup) {
		for at, w := range t.windows {
			if w.Step != nil && w.Step.Beside == beside && (w.Kind == results.WindowStep || w.Kind == results.WindowBaseline) {
				run := d.stepRun(t, at, w)
				byLevel[run.level] = append(byLevel[run.level], run)
			}
		}
	}
	var all [][]stepRun
	for _, runs := range byLevel {
		all = append(all, runs)
	}
	slices.SortFunc(all, func(a, b []stepRun) int { return cmp.Compare(a[0].level, b[0].level) })
	return all
}

// stepRun describes one step. Its rate is that of the plan, which knows the arrivals
// of the whole copy of the scenario, settling included.
func (d *dataset) stepRun(t *trialData, at int, w results.Window) stepRun {
	s := stepRun{level: w.Step.Level, seconds: (w.To - w.From).Seconds(), delivered: 1}
	total := 0.0
	for i := range t.journeys {
		r := &t.journeys[i]
		if int(r.window) != at || !d.abiding[r.tenant] {
			continue
		}
		s.latencies = append(s.latencies, r.waited())
		if r.served {
			s.served++
			total += float64(r.latency) / 1e6
		}
	}
	n := len(s.latencies)
	s.rate = float64(n) / s.seconds
	if n > 0 {
		s.errors = 1 - float64(s.served)/float64(n)
		s.response = total / float64(max(s.served, 1))
	}
	var planned, started int64
	for _, l := range t.Load {
		if l.Scenario == w.Name {
			planned, started = planned+l.Planned, started+l.Started
		}
	}
	if planned > 0 {
		s.delivered = float64(started) / float64(planned)
	}
	s.growing = growing(d.waits(t, at, w))
	return s
}

// waits is the median latency of each second of a window.
func (d *dataset) waits(t *trialData, at int, w results.Window) []float64 {
	bins := make([][]float64, int(math.Ceil((w.To - w.From).Seconds())))
	for i := range t.journeys {
		r := &t.journeys[i]
		if int(r.window) == at && d.abiding[r.tenant] {
			k := int((r.at - w.From).Seconds())
			bins[k] = append(bins[k], float64(r.latency))
		}
	}
	return medians(bins)
}

// growing reports whether latency rises through a step, beyond chance and by more
// than half: more comes than is done.
func growing(medians []float64) bool {
	drift := steady.Trend(medians)
	return drift.P < 0.01 && drift.Growth > 1.5
}

// ladderOf joins the steps into a ladder. The rate of a rung is the mean over its
// trials, as each draws its own arrivals; so are its errors and what was delivered.
// The upper bound of the percentile is that of all its arrivals together: those of one
// short step seldom have one.
func ladderOf(steps [][]stepRun, p, level float64) capacity.Ladder {
	var rungs []capacity.Rung
	for _, runs := range steps {
		all := quantile.Of(seconds(pooled(runs)), p, level)
		r := capacity.Rung{Rate: meanOf(runs, func(s stepRun) float64 { return s.rate })}
		for _, s := range runs {
			own := quantile.Of(seconds(s.latencies), p, level)
			run := capacity.Run{P95: own.Value, Upper: all.Hi, Growing: s.growing,
				Errors:    meanOf(runs, func(s stepRun) float64 { return s.errors }),
				Delivered: meanOf(runs, func(s stepRun) float64 { return s.delivered })}
			if own.Refused {
				run.P95 = all.Value
			}
			if all.Refused || math.IsNaN(run.P95) {
				run.P95, run.Upper = math.Inf(1), math.Inf(1)
			}
			r.Runs = append(r.Runs, run)
		}
		rungs = append(rungs, r)
	}
	return capacity.NewLadder(rungs)
}

// pooled are the latencies of a step over its trials.
func pooled(runs []stepRun) []uint32 {
	var all []uint32
	for _, s := range runs {
		all = append(all, s.latencies...)
	}
	return all
}

func meanOf(runs []stepRun, of func(stepRun) float64) float64 {
	sum := 0.0
	for _, s := range runs {
		sum += of(s)
	}
	return sum / float64(len(runs))
}

// capacitySteps describes the steps for the report.
func (d *dataset) capacitySteps(steps [][]stepRun, p capacity.Promise) []CapacityStep {
	ladder := ladderOf(steps, 0.95, d.opts.Level)
	var rows []CapacityStep
	for i, runs := range steps {
		row := CapacityStep{
			Level: runs[0].level, Rate: ladder[i].Rate,
			Throughput: meanOf(runs, func(s stepRun) float64 { return float64(s.served) / s.seconds }),
			Errors:     meanOf(runs, func(s stepRun) float64 { return s.errors }),
			Delivered:  meanOf(runs, func(s stepRun) float64 { return s.delivered }),
		}
		longest := uint32(0)
		for _, s := range runs {
			row.Growing = row.Growing || s.growing
		}
		all := pooled(runs)
		for _, v := range all {
			if v != unserved {
				longest = max(longest, v)
			}
		}
		x := seconds(all)
		row.P50 = percentile(quantile.Of(x, 0.5, d.opts.Level), float64(longest)/1e6, methodLatency)
		row.P95 = percentile(quantile.Of(x, 0.95, d.opts.Level), float64(longest)/1e6, methodLatency)
		row.Kept, row.Why = ladder[i].Within(p)
		rows = append(rows, row)
	}
	return rows
}
