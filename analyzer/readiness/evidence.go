package readiness

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/results"
)

// Evidence is a run, judged, with what an answer needs of it.
type Evidence struct {
	Name      string // as the plan names it
	Digest    string // of the files of the run
	Judgement *analyzer.Judgement
	Resources map[string][]carried.Resource // by setup
	ladders   map[string]ladder             // by setup
}

// ladder is what the trials of a ladder find.
type ladder struct {
	capacity      readiness.Estimate // 1/s
	varies, slope float64            // see analyzer/stats/readiness
}

// Load judges a run.
func Load(name, digest string, recorded *results.Run) (*Evidence, error) {
	judgement, err := analyzer.Analyze(recorded, analyzer.Options{})
	if err != nil {
		return nil, err
	}
	e := &Evidence{Name: name, Digest: digest, Judgement: judgement, Resources: map[string][]carried.Resource{},
		ladders: map[string]ladder{}}
	if recorded.Manifest.Capacity == nil {
		return e, nil
	}
	r := run.Load(recorded, run.Sources(recorded), analyzer.Options{}.HeldTo(recorded.Manifest.Promises).OrDefaults())
	defer r.Close()
	for _, row := range judgement.Capacity {
		e.Resources[row.Setup] = carried.Resources(r, row.Setup)
		if !row.Crossing.Missing {
			e.ladders[row.Setup] = ladderOf(carried.Steps(r, row.Setup, 0), row, *recorded.Manifest.Capacity, r.Options.Level)
		}
	}
	return e, nil
}

// ladderOf is the capacity over the trials of a ladder. One that is not reached in some trial
// is that of the trials together.
func ladderOf(steps [][]carried.StepRun, row carried.Row, limits results.Capacity, level float64) ladder {
	objective := carried.Objective{Percentile: target, Latency: row.P95, Errors: limits.Errors, Delivered: limits.Delivered}
	resampler := carried.NewResampler(steps, objective)
	var crossings []float64
	for k := range steps[0] {
		if c := resampler.Crossing([]int{k}); !math.IsNaN(c) {
			crossings = append(crossings, c)
		}
	}
	l := ladder{capacity: readiness.Estimate{Value: row.Crossing.Value, AtLeast: row.Crossing.Censored}}
	typical, varies := readiness.OverTrials(crossings)
	if l.varies = varies; !l.capacity.AtLeast {
		l.capacity = typical
	}
	if q := row.Crossing; len(crossings) == 1 && q.Lo != nil && q.Hi != nil {
		l.capacity.Spread = max(l.capacity.Spread, readiness.FromInterval(q.Value, *q.Lo, *q.Hi, q.Level).Spread)
	}
	var points []readiness.Point
	for _, s := range carried.LadderOf(steps, objective, level).Steps {
		points = append(points, readiness.Point{Rate: s.Rate, Late: 1 - s.Within.Value, N: s.Within.Effective})
	}
	l.slope = readiness.Slope(points, l.capacity.Value, target)
	return l
}

// target is the share of the arrivals that the capacity of a ladder serves within its latency.
const target = 0.95

// setup resolves the setup of a run: the one of the plan, or the only one.
func (e *Evidence) setup(name string) (results.Setup, error) {
	all := e.Judgement.Manifest.Setups
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return results.Setup{}, fmt.Errorf("it has no setup %q; write setup: with one of %s", name, strings.Join(names, ", "))
}

// Capacity returns the row of a ladder.
func (e *Evidence) Capacity(setup string) (carried.Row, bool) {
	i := slices.IndexFunc(e.Judgement.Capacity, func(r carried.Row) bool { return r.Setup == setup })
	if i < 0 {
		return carried.Row{}, false
	}
	return e.Judgement.Capacity[i], true
}

// unfit returns why a run is no evidence: empty when it is. like is the run with all parts, nil
// for that run itself.
func (e *Evidence) unfit(q Question, like *Evidence, now time.Time) string {
	j := e.Judgement
	switch age := now.Sub(j.Manifest.Started); {
	case j.Verdict == finding.Invalid:
		return "invalid: " + j.Reason
	case q.MaxAge > 0 && age > q.MaxAge:
		return fmt.Sprintf("%s old, more than %s", days(age), days(q.MaxAge))
	}
	own, err := e.setup(q.Setup)
	if err != nil {
		return err.Error()
	}
	if like == nil {
		return ""
	}
	other, err := like.setup(q.Setup)
	switch {
	case err != nil:
		return err.Error()
	case own.Digest != other.Digest:
		return "another version of the setup " + own.Name
	}
	for part, version := range like.Judgement.Manifest.Versions {
		if v, known := j.Manifest.Versions[part]; known && v != version && part != "harness" && part != "go" {
			return fmt.Sprintf("%s %s, and %s in the capacity run", part, v, version)
		}
	}
	for name, sum := range scripts(like) {
		if s, known := scripts(e)[name]; known && s != sum {
			return "another version of the script " + name
		}
	}
	return ""
}

// scripts are the digests of the k6 scripts of a run, by name.
func scripts(e *Evidence) map[string]string {
	all := map[string]string{}
	for _, in := range e.Judgement.Manifest.Inputs {
		if filepath.Ext(in.Path) == ".js" {
			all[filepath.Base(in.Path)] = in.SHA256
		}
	}
	return all
}

// Left is the share of the capacity of another run that this one finds while a fault is held;
// why is the reason when it does not.
func (e *Evidence) Left(all *Evidence, fault, setup string) (left readiness.Estimate, why string) {
	if !e.heldThroughout(fault, setup) {
		return readiness.Estimate{}, "the fault was not in effect in every step"
	}
	return e.left(all, setup)
}

// left is the share of the capacity that a ladder with the fault held finds.
func (e *Evidence) left(all *Evidence, setup string) (readiness.Estimate, string) {
	row, ok := e.Capacity(setup)
	switch {
	case !ok:
		return readiness.Estimate{}, "it has no ladder"
	case row.Crossing.Missing && row.Stopped != "":
		return readiness.Known(0), "" // not even the lowest step is carried
	case row.Crossing.Missing:
		return readiness.Estimate{}, "its ladder is not decided"
	}
	with, without := e.ladders[setup].capacity, all.ladders[setup].capacity
	return readiness.Estimate{Value: min(with.Value/without.Value, 1), Spread: math.Hypot(with.Spread, without.Spread),
		AtLeast: with.AtLeast}, ""
}

// beforeEnd is how long before the end of the last step a held fault may be reverted: it has to
// be reverted within the trial.
const beforeEnd = results.Offset(2 * time.Second)

// heldThroughout reports whether a fault was in effect during all steps of a ladder.
func (e *Evidence) heldThroughout(name, setup string) bool {
	held := 0
	for _, t := range e.Judgement.Trials {
		if t.Trial.Setup != setup {
			continue
		}
		for _, w := range t.Trial.Windows {
			if w.Step == nil {
				continue
			}
			covered := slices.ContainsFunc(e.Judgement.Recoveries, func(r fault.Row) bool {
				in := r.Injection
				return r.Trial == t.Trial.Name && in.Fault == name && in.InEffect != nil && *in.InEffect <= w.From &&
					(in.End() == nil || *in.End() >= w.To-beforeEnd)
			})
			if !covered {
				return false
			}
			held++
		}
	}
	return held > 0
}

// fewSpread is the spread of a time that was measured once.
const fewSpread = 0.5

// over estimates a time from its measurements in trials. Less than a second counts as one.
func over(seconds []float64, atLeast bool) *readiness.Estimate {
	if len(seconds) == 0 {
		return nil
	}
	logs := make([]float64, len(seconds))
	for i, s := range seconds {
		logs[i] = math.Log(max(s, 1))
	}
	mean, spread := stat.MeanStdDev(logs, nil)
	if len(seconds) < 3 {
		spread = fewSpread
	}
	return &readiness.Estimate{Value: math.Exp(mean), Spread: max(spread, 0.1), AtLeast: atLeast}
}

// shortFault is what a run shows of a fault that was injected and reverted.
type shortFault struct {
	lasts, recovery, left *readiness.Estimate
	lost                  int // acknowledged writes
	worst                 finding.Verdict
	found                 bool
}

// short reads the trials of a fault, or of a recovery drill with its name.
func (e *Evidence) short(name, setup string) shortFault {
	s := shortFault{worst: finding.Info}
	var lasts, recovery, served []float64
	censored := false
	for _, row := range e.Judgement.Recoveries {
		in := row.Injection
		if in.Fault != name || row.Setup != setup || in.InEffect == nil {
			continue
		}
		s.found = true
		if end := in.End(); end != nil {
			lasts = append(lasts, (*end - *in.InEffect).Seconds())
		}
		if !row.Recover.Missing {
			recovery, censored = append(recovery, row.Recover.Value), censored || row.Recover.Censored
		}
		if !row.Robustness.Missing {
			served = append(served, row.Robustness.Value)
		}
	}
	for _, row := range e.Judgement.Drills {
		if row.Drill.Name != name || row.Setup != setup || row.FirstGood.Missing {
			continue
		}
		s.found, s.lost = true, s.lost+row.Lost
		lasts, served = append(lasts, row.FirstGood.Value), append(served, 0)
		if !row.Back.Missing {
			recovery = append(recovery, max(row.Back.Value-row.FirstGood.Value, 0))
			censored = censored || row.Back.Censored
		}
	}
	s.lasts, s.recovery = over(lasts, false), over(recovery, censored)
	if len(served) > 0 {
		s.left = &readiness.Estimate{Value: slices.Min(served)}
	}
	for _, f := range e.Judgement.Findings {
		if f.Scope.Setup == setup && (f.Scope.Fault == name || strings.HasPrefix(f.ID, "DUR-")) {
			s.worst = finding.MoreSevere(s.worst, f.Verdict)
		}
	}
	return s
}

// days words an age: 3 days, 5 hours.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return finding.Plural(max(int(d.Hours()), 0), "hour")
	}
	return finding.Plural(int(d.Hours()/24), "day")
}
