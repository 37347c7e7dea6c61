package neighbour

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resample"
	"example.org/odooharness/results"
)

// Ratios are the isolation ratios of a setup, and the profile that they summarise: the
// abiding load within the objective at each disruptive load.
type Ratios struct {
	Setup      string           `json:"setup"`
	Percentile float64          `json:"percentile"` // of the objective, e.g. 0.95
	Limit      float64          `json:"limit_s"`    // of the objective
	Profile    []ProfilePoint   `json:"profile"`
	Base       finding.Quantity `json:"i_base"`
	End        finding.Quantity `json:"i_end"`
	IntBase    finding.Quantity `json:"i_int_base"`
	IntFree    finding.Quantity `json:"i_int_free"`
}

// ProfilePoint is one load of the disruptive tenants.
type ProfilePoint struct {
	Level      float64          `json:"level"`      // scale of their scenario
	Disruptive float64          `json:"disruptive"` // 1/s
	Abiding    finding.Quantity `json:"abiding"`    // 1/s, the most within the objective
}

// nextTo is one load of the disruptive tenants, and the ladder of the abiding ones next to
// it.
type nextTo struct {
	level, disruptive float64
	steps             [][]carried.StepRun
}

// resampled is one load of the disruptive tenants with its ladder for resampling.
type resampled struct {
	disruptive float64
	carried.Resampler
}

// ratios reduces the ladders of abiding tenants next to disruptive ones, in each setup.
func ratios(r *run.Run) ([]Ratios, []finding.Finding) {
	requested := r.Results.Manifest.Isolation
	if requested == nil {
		return nil, nil
	}
	objective := carried.Objective{Percentile: requested.Percentile, Latency: requested.Limit, Errors: requested.Errors,
		Delivered: requested.Delivered}
	var rows []Ratios
	var findings []finding.Finding
	for _, setup := range r.Setups {
		all := ladders(r, setup, requested.Percentile)
		if len(all) == 0 {
			findings = append(findings, finding.New("ISO-005", finding.Inconclusive, finding.Scope{Setup: setup,
				Tenant: finding.Everyone}, fmt.Sprintf(
				"No disruptive load has two steps with the %s that P%g needs.",
				finding.Plural(quantile.MinSamples(requested.Percentile, r.Options.Level), "arrival"), 100*requested.Percentile)))
			continue
		}
		row := ratioOf(r, setup, all, objective)
		row.Percentile, row.Limit = requested.Percentile, requested.Limit
		rows = append(rows, row)
		findings = append(findings, ratioFinding(row))
	}
	return rows, findings
}

// ladders returns the ladders of a setup, ascending in the disruptive load.
func ladders(r *run.Run, setup string, p float64) []nextTo {
	var levels []float64
	for _, t := range r.TrialsOf(setup) {
		for _, w := range t.Windows {
			if w.Step != nil && w.Step.Disruptive > 0 && !slices.Contains(levels, w.Step.Disruptive) {
				levels = append(levels, w.Step.Disruptive)
			}
		}
	}
	slices.Sort(levels)
	var all []nextTo
	for _, level := range levels {
		// A step with too few arrivals is left out: it must not count as one that broke.
		steps := slices.DeleteFunc(carried.Steps(r, setup, level), func(runs []carried.StepRun) bool {
			return len(carried.Pooled(runs)) < quantile.MinSamples(p, r.Options.Level)
		})
		if len(steps) > 1 {
			all = append(all, nextTo{level: level, disruptive: disruptiveRate(r, setup, level), steps: steps})
		}
	}
	return all
}

// disruptiveRate returns the arrivals of disruptive tenants a second at one of their loads.
// Abiding and disruptive arrivals compare: both run the same script.
func disruptiveRate(r *run.Run, setup string, level float64) float64 {
	n, length := 0, 0.0
	for _, t := range r.TrialsOf(setup) {
		in := func(w results.Window) bool { return w.Step != nil && w.Step.Disruptive == level }
		for _, w := range t.Windows {
			if in(w) {
				length += (w.To - w.From).Seconds()
			}
		}
		for i := range t.Journeys {
			if rec := &t.Journeys[i]; rec.Window >= 0 && !r.Abiding[rec.Tenant] && in(t.Windows[rec.Window]) {
				n++
			}
		}
	}
	return float64(n) / length
}

// ratioOf reduces the profile of a setup. Intervals come from the ratios of single trials.
func ratioOf(r *run.Run, setup string, all []nextTo, objective carried.Objective) Ratios {
	const method = "isotonic regression of the logit of the share of slow arrivals over the abiding load, inverted at the objective"
	row := Ratios{Setup: setup}
	trials := len(all[0].steps[0])
	for _, b := range all {
		ladder := carried.LadderOf(b.steps, objective, r.Options.Level)
		e := ladder.Crossing(r.Options.Level)
		q := finding.Number(e.Value, "1/s", method, trials)
		switch {
		case math.IsNaN(e.Value):
			q = finding.Number(0, "1/s", method, trials)
			q.Warnings = append(q.Warnings, fmt.Sprintf("the lowest load, %s a second, broke the objective: counted as 0",
				finding.Decimal(ladder.Steps[0].Rate)))
		case e.Censored:
			q.Censored = true
			q.Warnings = append(q.Warnings, "the highest load kept the objective: the profile lies above it")
		}
		row.Profile = append(row.Profile, ProfilePoint{Level: b.level, Disruptive: b.disruptive, Abiding: q})
	}
	var again []resampled
	for _, b := range all {
		again = append(again, resampled{b.disruptive, carried.NewResampler(b.steps, objective)})
	}
	values := ratiosOf(again, resample.All(trials))
	var each [][4]float64 // of each trial alone
	if trials >= run.EnoughTrials {
		for trial := range trials {
			each = append(each, ratiosOf(again, []int{trial}))
		}
	}
	for i, q := range []*finding.Quantity{&row.Base, &row.End, &row.IntBase, &row.IntFree} {
		*q = ratioQuantity(row, values, each, i, trials, r.Options.Level)
	}
	return row
}

// ratiosOf returns I_base, I_end, I_intBase and I_intFree of the profile of some trials.
func ratiosOf(all []resampled, trials []int) [4]float64 {
	var points []isolation.Point
	for _, b := range all {
		f := b.Crossing(trials)
		if math.IsNaN(f) {
			f = 0
		}
		points = append(points, isolation.Point{Disruptive: b.disruptive, Abiding: f})
	}
	p, ok := isolation.NewProfile(points)
	if !ok {
		nan := math.NaN()
		return [4]float64{nan, nan, nan, nan}
	}
	return [4]float64{p.Base(), p.End(), p.IntBase(), p.IntFree(points[len(points)-1].Disruptive)}
}

// ratioQuantity returns one of the ratios with its interval, or why there is none. The
// interval is Student's t on the ratios that each trial gives alone, around that of all:
// resampling a few trials gives intervals that cover too seldom.
func ratioQuantity(row Ratios, values [4]float64, each [][4]float64, i, trials int, level float64) finding.Quantity {
	last := row.Profile[len(row.Profile)-1]
	method := []string{
		"I_base: share of the abiding load left where a setup without isolation has none",
		"I_end: growth of the disruptive load until no abiding load is left, over the abiding load",
		"I_intBase: area under the profile up to where a setup without isolation has none left; 0 is no isolation, 1 is perfect",
		fmt.Sprintf("I_intFree: the same up to %s disruptive arrivals a second", finding.Decimal(last.Disruptive)),
	}[i]
	switch v := values[i]; {
	case row.Profile[0].Abiding.Censored:
		return finding.None("ratio", method, trials, "the highest abiding load kept the objective at the lowest disruptive "+
			"load: raise the scales")
	case row.Profile[0].Abiding.Value == 0:
		return finding.None("ratio", method, trials, "no abiding load kept the objective at the lowest disruptive load: lower "+
			"the scales")
	case math.IsInf(v, 1):
		return finding.None("ratio", method, trials, "abiding load was left at every disruptive load of the grid")
	case math.IsNaN(v):
		return finding.None("ratio", method, trials, "the disruptive load was not raised to where a setup without isolation "+
			"has none left")
	}
	q := finding.Number(values[i], "ratio", method, trials)
	if len(each) == 0 {
		q.Warnings = append(q.Warnings, finding.Plural(trials, "trial")+": too few for an interval")
		return q
	}
	var x []float64
	for _, trial := range each {
		if !math.IsNaN(trial[i]) && !math.IsInf(trial[i], 0) {
			x = append(x, trial[i])
		}
	}
	if len(x) < len(each) {
		q.Warnings = append(q.Warnings, fmt.Sprintf("no interval: %d of %s have no such ratio of their own", len(each)-len(x),
			finding.Plural(len(each), "trial")))
		return q
	}
	n := float64(len(x))
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * stat.StdDev(x, nil) / math.Sqrt(n)
	return q.Bounded(q.Value-half, q.Value+half, level)
}

// ratioFinding is ISO-005: the profile and the ratios.
func ratioFinding(row Ratios) finding.Finding {
	var because, parts, missing []string
	for _, p := range row.Profile {
		because = append(because, fmt.Sprintf(
			"At %s disruptive arrivals a second the abiding tenants keep P%g within %s up to %s%s a second.",
			finding.Decimal(p.Disruptive), 100*row.Percentile, finding.Seconds(row.Limit), finding.Above(p.Abiding),
			finding.Decimal(p.Abiding.Value)))
	}
	for i, q := range []finding.Quantity{row.Base, row.End, row.IntBase, row.IntFree} {
		name := []string{"I_base", "I_end", "I_intBase", "I_intFree"}[i]
		if q.Missing {
			missing = append(missing, name+": "+strings.Join(q.Warnings, ", ")+".")
			continue
		}
		parts = append(parts, name+" "+finding.Bare(q))
	}
	if len(parts) > 0 {
		because = append(because, strings.Join(parts, ", ")+". 0 is no isolation. 1 is perfect, except for I_end, which has no bound.")
	}
	verdict := finding.Info
	if len(parts) == 0 {
		verdict = finding.Inconclusive
	}
	return finding.New("ISO-005", verdict, finding.Scope{Setup: row.Setup, Tenant: finding.Everyone}, append(because,
		missing...)...).With(row.IntBase)
}
