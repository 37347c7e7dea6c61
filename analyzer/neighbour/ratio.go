package neighbour

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/isolation"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/analyzer/stats/resample"
	"example.org/odooharness/results"
)

// Ratios is how much load of the abiding tenants a setup still carries within
// their objective at each load of the disruptive ones, and what that profile comes to.
type Ratios struct {
	Setup      string           `json:"setup"`
	Percentile float64          `json:"percentile"` // 0.95
	Limit      float64          `json:"limit_s"`    // objective for it
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
	Abiding    finding.Quantity `json:"abiding"`    // 1/s, the most that keeps the objective
}

// nextTo is one load of the disruptive tenants and the ladder that the abiding ones
// climbed beside it.
type nextTo struct {
	level, disruptive float64
	steps             [][]carried.StepRun
}

// resampled is one load of the disruptive tenants with its ladder for resampling.
type resampled struct {
	disruptive float64
	carried.Resampler
}

// ratios reduces, for each setup, the ladders that abiding tenants climbed
// beside disruptive ones.
func ratios(r *run.Run) ([]Ratios, []finding.Finding) {
	asked := r.Results.Manifest.Isolation
	if asked == nil {
		return nil, nil
	}
	promise := carried.Promise{Percentile: asked.Percentile, Latency: asked.Limit, Errors: asked.Errors, Delivered: asked.Delivered}
	var rows []Ratios
	var findings []finding.Finding
	for _, setup := range r.Setups {
		all := ladders(r, setup, asked.Percentile)
		if len(all) == 0 {
			findings = append(findings, finding.New("ISO-005", finding.Inconclusive, finding.Scope{Setup: setup, Tenant: finding.Everyone}, fmt.Sprintf(
				"No load of disruptive tenants has two steps of %d arrivals, which a P%g takes.",
				quantile.MinSamples(asked.Percentile, r.Options.Level), 100*asked.Percentile)))
			continue
		}
		row := ratioOf(r, setup, all, promise)
		row.Percentile, row.Limit = asked.Percentile, asked.Limit
		rows = append(rows, row)
		findings = append(findings, ratioFinding(row))
	}
	return rows, findings
}

// ladders collects the ladders, ascending in the disruptive load.
func ladders(r *run.Run, setup string, p float64) []nextTo {
	var levels []float64
	for _, t := range r.TrialsOf(setup) {
		for _, w := range t.Windows {
			if w.Step != nil && w.Step.Beside > 0 && !slices.Contains(levels, w.Step.Beside) {
				levels = append(levels, w.Step.Beside)
			}
		}
	}
	slices.Sort(levels)
	var all []nextTo
	for _, level := range levels {
		// A step of too few arrivals says nothing; it must not count as one that broke.
		steps := slices.DeleteFunc(carried.Steps(r, setup, level), func(runs []carried.StepRun) bool {
			return len(carried.Pooled(runs)) < quantile.MinSamples(p, r.Options.Level)
		})
		if len(steps) > 1 {
			all = append(all, nextTo{level: level, disruptive: disruptiveRate(r, setup, level), steps: steps})
		}
	}
	return all
}

// disruptiveRate is the arrivals of disruptive tenants a second in the steps beside
// one of their loads. Arrivals of both are of one size, since the experiment has both
// offer the same script.
func disruptiveRate(r *run.Run, setup string, level float64) float64 {
	n, length := 0, 0.0
	for _, t := range r.TrialsOf(setup) {
		in := func(w results.Window) bool { return w.Step != nil && w.Step.Beside == level }
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

// ratioOf reduces one setup's profile; intervals come from resampling whole
// trials.
func ratioOf(r *run.Run, setup string, all []nextTo, promise carried.Promise) Ratios {
	const method = "isotonic regression of the logit of the share of slow arrivals over the abiding load, inverted at the objective"
	row := Ratios{Setup: setup}
	trials := len(all[0].steps[0])
	for _, b := range all {
		ladder := carried.LadderOf(b.steps, promise, r.Options.Level)
		e := ladder.Crossing(r.Options.Level)
		q := finding.Number(e.Value, "1/s", method, trials)
		switch {
		case math.IsNaN(e.Value):
			q = finding.Number(0, "1/s", method, trials)
			q.Warnings = append(q.Warnings, fmt.Sprintf("not even the lowest load, %.3g a second, kept the objective: counted as none",
				ladder.Steps[0].Rate))
		case e.Censored:
			q.Censored = true
			q.Warnings = append(q.Warnings, "the highest load was carried: the profile lies above it")
		}
		row.Profile = append(row.Profile, ProfilePoint{Level: b.level, Disruptive: b.disruptive, Abiding: q})
	}
	var again []resampled
	for _, b := range all {
		again = append(again, resampled{b.disruptive, carried.NewResampler(b.steps, promise)})
	}
	values := ratiosOf(again, resample.All(trials))
	var draws [][4]float64
	if trials >= run.EnoughTrials {
		random := rand.New(rand.NewPCG(r.Results.Manifest.Seed, 6)) //nolint:gosec // reproducible on purpose
		for range run.Resamples {
			draws = append(draws, ratiosOf(again, resample.Draw(trials, random)))
		}
	}
	for i, q := range []*finding.Quantity{&row.Base, &row.End, &row.IntBase, &row.IntFree} {
		*q = ratioQuantity(row, values, draws, i, trials, r.Options.Level)
	}
	return row
}

// ratiosOf are I_base, I_end, I_intBase and I_intFree of the profile on the trials of
// these numbers.
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

// ratioQuantity words one of the ratios, or why it is not to be had.
func ratioQuantity(row Ratios, values [4]float64, draws [][4]float64, i, trials int, level float64) finding.Quantity {
	last := row.Profile[len(row.Profile)-1]
	method := []string{
		"I_base: share of the abiding load that is left where a setup without isolation has none",
		"I_end: how much further the disruptive load may rise until no abiding load is left, over the abiding load",
		"I_intBase: area under the profile up to where a setup without isolation has none left; 0 not isolated, 1 perfectly",
		fmt.Sprintf("I_intFree: the same up to %.3g disruptive arrivals a second", last.Disruptive),
	}[i]
	switch v := values[i]; {
	case row.Profile[0].Abiding.Censored:
		return finding.None("ratio", method, trials, "beside the lowest disruptive load the highest abiding one was carried: raise the scales")
	case row.Profile[0].Abiding.Value == 0:
		return finding.None("ratio", method, trials, "beside the lowest disruptive load no abiding one was carried: lower the scales")
	case math.IsInf(v, 1):
		return finding.None("ratio", method, trials, "abiding load was left at every disruptive load that was tried")
	case math.IsNaN(v):
		return finding.None("ratio", method, trials, "the disruptive load was not raised to where a setup without isolation has nothing left")
	}
	q := finding.Number(values[i], "ratio", method, trials)
	if len(draws) == 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d trials give no interval", trials))
		return q
	}
	var x []float64
	for _, draw := range draws {
		if !math.IsNaN(draw[i]) {
			x = append(x, draw[i])
		}
	}
	if len(x) < len(draws) {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d of %d resamples have no such ratio", len(draws)-len(x), len(draws)))
	}
	if len(x) < len(draws)/2 {
		return q
	}
	slices.Sort(x)
	tail := (1 - level) / 2
	return q.Bounded(min(q.Value, x[int(tail*float64(len(x)))]), max(q.Value, x[int((1-tail)*float64(len(x)-1))]), level)
}

// ratioFinding is ISO-005.
func ratioFinding(row Ratios) finding.Finding {
	var because, parts, missing []string
	for _, p := range row.Profile {
		because = append(because, fmt.Sprintf(
			"Beside %.3g arrivals a second of disruptive tenants the abiding ones keep P%g within %s up to %s%.3g a second.",
			p.Disruptive, 100*row.Percentile, finding.Seconds(row.Limit), finding.Above(p.Abiding), p.Abiding.Value))
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
		because = append(because, strings.Join(parts, ", ")+": 0 is not isolated, and 1 perfectly but for I_end, which has no end.")
	}
	verdict := finding.Info
	if len(parts) == 0 {
		verdict = finding.Inconclusive
	}
	return finding.New("ISO-005", verdict, finding.Scope{Setup: row.Setup, Tenant: finding.Everyone}, append(because, missing...)...).With(row.IntBase)
}
