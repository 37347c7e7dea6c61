package forecast

import (
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/power"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// The assumptions where no history is at hand.
const (
	inflation = 2.0  // of the variance of a percentile, by dependence: a pool at utilisation 0.8
	windowSD  = 0.15 // standard deviation of the logarithm from window to window
)

// Forecast is what an experiment can decide.
type Forecast struct {
	Questions []Question
	Design    power.Design  // the looks, without a variance
	Replicate time.Duration // one trial of each setup, with bringing the targets up
}

// New predicts the primary questions of an experiment. priors are those of earlier runs.
func New(e *spec.Experiment, p *plan.Plan, priors []results.Prior) Forecast {
	f := Forecast{Design: power.Design{AtMost: e.Replicates, Alpha: spec.Alpha, Fixed: true}}
	if e.Stopping != nil {
		f.Design.Fixed, f.Design.AtLeast = false, e.Stopping.AtLeast
	}
	if e.Search != nil || len(p.Trials) == 0 {
		return f
	}
	opts := run.Options{}.HeldTo(e.Promises).OrDefaults()
	trials := map[string]plan.Trial{}
	for i, s := range e.Setups {
		at := slices.IndexFunc(p.Trials, func(t plan.Trial) bool { return t.Setup == s.Name })
		if at < 0 {
			continue
		}
		trial := p.Trials[at]
		f.Replicate += trial.Length + overhead(s)
		if len(s.Tenants) > 1 {
			f.add(slowdown(e, s.Name, trial, opts.MaxSlowdown), priors)
		}
		trials[s.Name] = trial
		if i > 0 {
			base := e.BaseOf(s.Name)
			f.add(difference(e, base, s.Name, trials[base], trial), priors)
		}
		for _, o := range e.Objectives {
			f.add(kept(e, s.Name, trial, o), priors)
		}
	}
	f.weigh()
	return f
}

// weigh gives the comparisons of setups the part of the error probability that the analyzer
// tests each of them at.
func (f *Forecast) weigh() {
	var compared []*power.Design
	for i := range f.Questions {
		if q := &f.Questions[i]; q.ID == comparedCalm || q.ID == comparedDisturbed {
			compared = append(compared, &q.Design)
		}
	}
	for _, d := range compared {
		d.Alpha = f.Design.Alpha * setups.WeightMain / float64(len(compared))
	}
}

// Overheads of a trial next to its load: the target, its documents, and the audit.
func overhead(s spec.Setup) time.Duration {
	switch {
	case s.Lab == nil:
		return 5 * time.Second
	case s.Lab.Kind == results.LabOdoo:
		return 40 * time.Second
	}
	return 9 * time.Second
}

// add completes a question with the looks of the experiment and what earlier runs showed.
func (f *Forecast) add(q *Question, priors []results.Prior) {
	if q == nil {
		return
	}
	q.Design.AtMost, q.Design.AtLeast, q.Design.Alpha, q.Design.Fixed =
		f.Design.AtMost, f.Design.AtLeast, f.Design.Alpha, f.Design.Fixed
	r := run.Run{Results: &results.Run{Manifest: results.Manifest{Priors: priors}}}
	q.Design.Prior = r.PriorOf(q.ID, q.Scope, q.Design.Prior)
	for _, p := range priors {
		if p.Question == finding.PrimaryKey(q.ID, q.Scope.Setup) && p.Within > 0 && q.Why == "" {
			q.Design.Within = p.Within // what the trials of earlier runs showed, in place of the assumption
		}
	}
	f.Questions = append(f.Questions, *q)
}

// slowdown is ISO-001: the windows under the neighbour against the calm ones.
func slowdown(e *spec.Experiment, setup string, t plan.Trial, limit float64) *Question {
	under, blocks := expected(e, t, isKind(results.WindowNeighbor))
	if blocks == 0 {
		return nil
	}
	calm, _ := expected(e, t, isKind(results.WindowBaseline))
	q := &Question{ID: "ISO-001", Scope: finding.Scope{Setup: setup, Tenant: finding.Everyone}, Limit: limit,
		Text: fmt.Sprintf("Does a neighbour slow any abiding tenant of %s down by more than %s?", setup, finding.Ratio(limit))}
	q.compare(calm, under, blocks, stated(e))
	return q
}

// The comparison of two setups, in calm windows and next to the disruptive tenant.
const (
	comparedCalm      = "CMP-001"
	comparedDisturbed = "CMP-002"
)

// difference is the comparison of two setups: under the neighbour where there is one, else in
// calm windows.
func difference(e *spec.Experiment, a, b string, ta, tb plan.Trial) *Question {
	id, kind, where := comparedDisturbed, results.WindowNeighbor, "under a neighbour"
	na, blocks := expected(e, ta, isKind(kind))
	if blocks == 0 {
		id, kind, where = comparedCalm, results.WindowBaseline, "in calm windows"
		na, blocks = expected(e, ta, isKind(kind))
	}
	nb, _ := expected(e, tb, isKind(kind))
	q := &Question{ID: id, Scope: finding.Scope{Setup: b}, Limit: 1,
		Text: fmt.Sprintf("Does %s serve abiding tenants slower or faster than %s %s?", b, a, where)}
	q.compare(na, nb, blocks, stated(e))
	return q
}

// stated is the percentile that comparisons of the experiment are about, 0 where none is stated.
func stated(e *spec.Experiment) float64 { return run.Options{}.HeldTo(e.Promises).Percentile }

// kept is SLO-001. Its effect is a ratio of odds: of good arrivals to others.
func kept(e *spec.Experiment, setup string, t plan.Trial, o results.Objective) *Question {
	q := &Question{ID: "SLO-001", Scope: finding.Scope{Setup: setup}, Odds: true, Limit: o.Target / (1 - o.Target),
		Text: fmt.Sprintf("Does %s keep the objective %s?", setup, o.Name)}
	n, _ := expected(e, t, measured)
	for journey := range n {
		if len(o.Journeys) > 0 && !slices.Contains(o.Journeys, journey) {
			delete(n, journey)
		}
	}
	q.Count = n.sum()
	if q.Count < 1 || !(o.Target > 0 && o.Target < 1) {
		q.Why = "no arrivals are expected"
		return q
	}
	q.Design.Within = inflation / (q.Count * o.Target * (1 - o.Target))
	q.Design.Prior = level.DefaultShare()
	return q
}

// compare sets the variance within a trial of two conditions that have so many windows each.
func (q *Question) compare(a, b counts, blocks int, stated float64) {
	p, n, ok := compared(a, b, effect.Percentiles(stated))
	if !ok {
		lowest := effect.Lowest(stated)
		q.Why = fmt.Sprintf("too few arrivals a trial: %.0f and %.0f are expected, a %s needs %d of a journey", a.sum(),
			b.sum(), finding.PercentileName(lowest), effect.Need(lowest))
		return
	}
	q.P, q.Count = p, n
	q.Design.Within = power.Trial{Arrivals: n, P: p, Inflation: inflation, Windows: windowSD, Blocks: blocks}.Variance()
	q.Design.Prior = moderated.Default()
	if blocks > 2 {
		q.Design.Prior = moderated.Switchback()
	}
}
