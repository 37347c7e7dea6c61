package carried

import (
	"cmp"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/results"
)

// StepRun is one step in one trial.
type StepRun struct {
	level, rate       float64
	seconds           float64
	latencies         []uint32 // of abiding tenants' journeys, unserved last, in time
	served            int
	errors, delivered float64
	growing           bool
	response          float64 // s, mean over what was served
}

// Steps collects the steps of a setup's trials by level, ascending in rate: those
// beside one scale of disruptive tenants, 0 where these did not climb.
func Steps(r *run.Run, setup string, beside float64) [][]StepRun {
	byLevel := map[float64][]StepRun{}
	for _, t := range r.TrialsOf(setup) {
		for at, w := range t.Windows {
			if w.Step != nil && w.Step.Beside == beside && (w.Kind == results.WindowStep || w.Kind == results.WindowBaseline) {
				run := stepOf(r, t, at, w)
				byLevel[run.level] = append(byLevel[run.level], run)
			}
		}
	}
	var all [][]StepRun
	for _, runs := range byLevel {
		all = append(all, runs)
	}
	slices.SortFunc(all, func(a, b []StepRun) int { return cmp.Compare(a[0].level, b[0].level) })
	return all
}

// stepOf describes one step. Its rate is that of the plan, which knows the arrivals
// of the whole copy of the scenario, settling included.
func stepOf(r *run.Run, t *run.Trial, at int, w results.Window) StepRun {
	s := StepRun{level: w.Step.Level, seconds: (w.To - w.From).Seconds(), delivered: 1}
	total := 0.0
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if int(rec.Window) != at || !r.Abiding[rec.Tenant] {
			continue
		}
		s.latencies = append(s.latencies, rec.Waited())
		if rec.Served {
			s.served++
			total += float64(rec.Latency) / 1e6
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
	s.growing = growing(waits(r, t, at, w))
	return s
}

// waits is the median latency of each second of a window.
func waits(r *run.Run, t *run.Trial, at int, w results.Window) []float64 {
	bins := make([][]float64, int(math.Ceil((w.To - w.From).Seconds())))
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if int(rec.Window) == at && r.Abiding[rec.Tenant] {
			k := int((rec.At - w.From).Seconds())
			bins[k] = append(bins[k], float64(rec.Latency))
		}
	}
	return quantile.Medians(bins)
}

// growing reports whether latency rises through a step, beyond chance and by more
// than half: more comes than is done.
func growing(medians []float64) bool {
	drift := steady.Trend(medians)
	return drift.P < 0.01 && drift.Growth > 1.5
}

// LadderOf joins the steps into a ladder. The rate of a rung is the mean over its
// trials, as each draws its own arrivals; so are its errors and what was delivered.
// The upper bound of the percentile is that of all its arrivals together: those of one
// short step seldom have one.
func LadderOf(steps [][]StepRun, p, level float64) capacity.Ladder {
	var rungs []capacity.Rung
	for _, runs := range steps {
		all := quantile.Of(run.Seconds(Pooled(runs)), p, level)
		r := capacity.Rung{Rate: meanOf(runs, func(s StepRun) float64 { return s.rate })}
		for _, s := range runs {
			own := quantile.Of(run.Seconds(s.latencies), p, level)
			one := capacity.Run{P95: own.Value, Upper: all.Hi, Growing: s.growing,
				Errors:    meanOf(runs, func(s StepRun) float64 { return s.errors }),
				Delivered: meanOf(runs, func(s StepRun) float64 { return s.delivered })}
			if own.Refused {
				one.P95 = all.Value
			}
			if all.Refused || math.IsNaN(one.P95) {
				one.P95, one.Upper = math.Inf(1), math.Inf(1)
			}
			r.Runs = append(r.Runs, one)
		}
		rungs = append(rungs, r)
	}
	return capacity.NewLadder(rungs)
}

// Pooled are the latencies of a step over its trials.
func Pooled(runs []StepRun) []uint32 {
	var all []uint32
	for _, s := range runs {
		all = append(all, s.latencies...)
	}
	return all
}

func meanOf(runs []StepRun, of func(StepRun) float64) float64 {
	sum := 0.0
	for _, s := range runs {
		sum += of(s)
	}
	return sum / float64(len(runs))
}

// stepRows describes the steps for the report.
func stepRows(r *run.Run, steps [][]StepRun, p capacity.Promise) []Step {
	ladder := LadderOf(steps, 0.95, r.Options.Level)
	var rows []Step
	for i, runs := range steps {
		row := Step{
			Level: runs[0].level, Rate: ladder[i].Rate,
			Throughput: meanOf(runs, func(s StepRun) float64 { return float64(s.served) / s.seconds }),
			Errors:     meanOf(runs, func(s StepRun) float64 { return s.errors }),
			Delivered:  meanOf(runs, func(s StepRun) float64 { return s.delivered }),
		}
		longest := uint32(0)
		for _, s := range runs {
			row.Growing = row.Growing || s.growing
		}
		all := Pooled(runs)
		for _, v := range all {
			if v != run.Unserved {
				longest = max(longest, v)
			}
		}
		x := run.Seconds(all)
		row.P50 = finding.Percentile(quantile.Of(x, 0.5, r.Options.Level), float64(longest)/1e6, finding.MethodLatency)
		row.P95 = finding.Percentile(quantile.Of(x, 0.95, r.Options.Level), float64(longest)/1e6, finding.MethodLatency)
		row.Kept, row.Why = ladder[i].Within(p)
		rows = append(rows, row)
	}
	return rows
}
