package carried

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/steady"
	"example.org/odooharness/results"
)

// StepRun is one step in one trial.
type StepRun struct {
	level             float64 // as planned
	seconds           float64
	latencies         []uint32 // µs, of journeys of abiding tenants in time; run.Unserved for unserved ones
	served            int
	errors, delivered float64
	growing           bool
	response          float64 // s, mean over served journeys
}

// Steps collects the steps of a setup's trials by level, in ascending order. They are
// those at one scale of the disruptive tenants, 0 where these have no ladder.
func Steps(r *run.Run, setup string, disruptive float64) [][]StepRun {
	byLevel := map[float64][]StepRun{}
	for _, t := range r.TrialsOf(setup) {
		for at, w := range t.Windows {
			if w.Step != nil && w.Step.Level > 0 && w.Step.Disruptive == disruptive &&
				(w.Kind == results.WindowStep || w.Kind == results.WindowBaseline) {
				s := stepOf(r, t, at, w)
				byLevel[s.level] = append(byLevel[s.level], s)
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

// stepOf describes one step of one trial. Delivered load counts the whole copy of the
// scenario, its settling time included.
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

// waits returns the median latency of each second of a window.
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

// growing reports whether latency rises through a step, beyond chance and by more than half:
// more arrives than is served.
func growing(medians []float64) bool {
	drift := steady.Trend(medians)
	return drift.P < 0.01 && drift.Growth > 1.5
}

// Objective is what a carried step keeps.
type Objective struct {
	Percentile float64 // 0.95: this share of the arrivals is served within Latency
	Latency    float64 // s
	Errors     float64 // share of the arrivals that may fail
	Delivered  float64 // share of the planned arrivals that start
}

// LadderOf judges the steps at a confidence level. Kept and broken are one-sided claims,
// each wrong with a probability of at most 1 - confidence. The rate of a step is the mean
// rate of its planned level over the whole ladder: each step draws its own arrivals, and
// measured rates of adjacent steps may be equal or swapped.
func LadderOf(steps [][]StepRun, o Objective, confidence float64) capacity.Ladder {
	perLevel := arrivalsPerLevel(steps)
	var all []capacity.Step
	for _, runs := range steps {
		step := capacity.Step{Level: runs[0].level, Rate: perLevel * runs[0].level,
			Within: level.ShareOf(within(runs, o.Latency), level.DefaultShare())}
		step.State, step.Why, step.Unseen = state(runs, step.Within, o, 2*confidence-1)
		all = append(all, step)
	}
	return capacity.NewLadder(all, o.Percentile)
}

// Resampler estimates the crossing of a ladder on any choice of its trials.
type Resampler struct {
	ladder capacity.Ladder
	counts [][]level.Counted // by step and trial
}

// NewResampler counts the arrivals within the objective once.
func NewResampler(steps [][]StepRun, o Objective) Resampler {
	r := Resampler{ladder: capacity.Ladder{Target: o.Percentile}}
	perLevel := arrivalsPerLevel(steps)
	for _, runs := range steps {
		r.ladder.Steps = append(r.ladder.Steps, capacity.Step{Level: runs[0].level, Rate: perLevel * runs[0].level})
		r.counts = append(r.counts, within(runs, o.Latency))
	}
	return r
}

// Crossing returns the value of [capacity.Ladder.Crossing] on the trials of these numbers.
// It is NaN below the ladder.
func (r Resampler) Crossing(trials []int) float64 {
	l := capacity.Ladder{Target: r.ladder.Target, Steps: slices.Clone(r.ladder.Steps)}
	for i := range l.Steps {
		var counted []level.Counted
		for _, k := range trials {
			if k < len(r.counts[i]) {
				counted = append(counted, r.counts[i][k])
			}
		}
		if len(counted) == 0 {
			counted = r.counts[i]
		}
		l.Steps[i].Within = level.ShareOf(counted, level.DefaultShare())
	}
	return l.Crossing(0).Value
}

// arrivalsPerLevel returns the arrivals a second of one unit of a planned level.
func arrivalsPerLevel(steps [][]StepRun) float64 {
	arrivals, exposure := 0.0, 0.0
	for _, runs := range steps {
		for _, s := range runs {
			arrivals, exposure = arrivals+float64(len(s.latencies)), exposure+s.level*s.seconds
		}
	}
	return arrivals / exposure
}

// within counts the arrivals of each trial that were served within a latency. An unserved
// arrival never is, however fast it failed.
func within(runs []StepRun, latency float64) []level.Counted {
	counted := make([]level.Counted, len(runs))
	for i, s := range runs {
		counted[i].Offered = len(s.latencies)
		for _, v := range s.latencies {
			if v != run.Unserved && float64(v)/1e6 <= latency {
				counted[i].Good++
			}
		}
	}
	time := quantile.CorrelationTime(run.Seconds(Pooled(runs)))
	for i := range counted {
		counted[i].Time = time
	}
	return counted
}

// state judges a step. An interval breaks it, or a share of errors or of load that is
// certainly beyond its limit. An interval keeps it when no other limit is exceeded.
// Everything between is not known. The interval is that of the percentile, which includes
// how far arrivals are from the limit. Where the percentile has none, it is that of the
// share of arrivals within the limit, which always has one. unseen: another limit than
// the latency broke the step.
func state(runs []StepRun, share level.Share, o Objective, confidence float64) (
	is capacity.State, why string, unseen bool,
) {
	side, slow := latencySide(runs, share, o, confidence)
	errors := failed(runs)
	leastErrors, _ := errors.Interval(confidence)
	delivered := meanOf(runs, func(s StepRun) float64 { return s.delivered })
	queues := 0
	for _, s := range runs {
		if s.growing {
			queues++
		}
	}
	switch {
	case share.N == 0:
		return capacity.Unknown, "no arrivals", false
	case side == moderated.Above:
		return capacity.Broken, slow, false
	case leastErrors > o.Errors:
		return capacity.Broken, finding.Share(errors.Value) + " errors", true
	case delivered < o.Delivered:
		return capacity.Broken, finding.Share(delivered) + " delivered", true
	case 2*queues > len(runs):
		return capacity.Broken, "a growing queue", true
	case errors.Value > o.Errors:
		return capacity.Unknown, fmt.Sprintf("%s errors of %s, limit %s", finding.Share(errors.Value),
			finding.Plural(len(Pooled(runs)), "arrival"), finding.Share(o.Errors)), false
	case queues > 0:
		return capacity.Unknown, fmt.Sprintf("a growing queue in %d of %s", queues, finding.Plural(len(runs), "trial")), false
	case side != moderated.Below:
		return capacity.Unknown, slow, false
	}
	return capacity.Kept, "", false
}

// latencySide returns the side of the objective on which the latency of a step lies.
func latencySide(runs []StepRun, share level.Share, o Objective, confidence float64) (moderated.Side, string) {
	name := fmt.Sprintf("P%g", 100*o.Percentile)
	if q := level.PercentileOf(trialsOf(runs), o.Percentile, moderated.Default()); !math.IsNaN(q.SE) {
		lo, hi := q.Interval(confidence)
		return q.Compare(o.Latency, confidence), fmt.Sprintf("%s %s [%s, %s], limit %s", name, finding.Seconds(q.Value),
			finding.Seconds(lo), finding.Seconds(hi), finding.Seconds(o.Latency))
	}
	lo, hi := share.Interval(confidence)
	why := fmt.Sprintf("%s to %s of the arrivals within %s, its %s needs %s", finding.Share(lo), finding.Share(hi),
		finding.Seconds(o.Latency), name, finding.Share(o.Percentile))
	return -share.Compare(o.Percentile, confidence), why
}

// trialsOf returns the latencies of a step in s, by trial.
func trialsOf(runs []StepRun) [][]float64 {
	trials := make([][]float64, len(runs))
	for i, s := range runs {
		trials[i] = run.Seconds(s.latencies)
	}
	return trials
}

// failed returns the share of the arrivals that were not served.
func failed(runs []StepRun) level.Share {
	counted := make([]level.Counted, len(runs))
	for i, s := range runs {
		counted[i] = level.Counted{Good: len(s.latencies) - s.served, Offered: len(s.latencies), Time: 1}
	}
	return level.ShareOf(counted, level.DefaultShare())
}

// Pooled returns the latencies of a step over its trials.
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

// stepRows describes the steps.
func stepRows(r *run.Run, steps [][]StepRun, ladder capacity.Ladder) []Step {
	var rows []Step
	for i, runs := range steps {
		row := Step{
			Level: runs[0].level, Rate: ladder.Steps[i].Rate,
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
		pooled := level.Pool(trialsOf(runs))
		percentile := func(p float64) finding.Quantity {
			return finding.Percentile(pooled.Percentile(p, moderated.Default()), float64(longest)/1e6, r.Options.Level,
				finding.MethodLatency)
		}
		row.P50, row.P95 = percentile(0.5), percentile(0.95)
		row.State, row.Why = ladder.Steps[i].State, ladder.Steps[i].Why
		rows = append(rows, row)
	}
	return rows
}
