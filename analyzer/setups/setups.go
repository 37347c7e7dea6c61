package setups

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
)

// Rows are the comparisons of the setups of a run.
type Rows struct {
	Endpoints []Endpoint // declared: each becomes a sentence
	Compared  []Row      // for exploring
}

// Judge compares every other setup with the first, and a remedy with the setup that it
// changes, over all abiding tenants. It returns the
// main question of each pair of setups, too.
func Judge(r *run.Run) (Rows, []finding.Primary, []finding.Finding) {
	var rows Rows
	if len(r.Setups) < 2 {
		return rows, nil, nil
	}
	prior := moderated.Default()
	cuts := map[string][]string{}
	for _, b := range r.Setups[1:] {
		a := r.BaseOf(b)
		pairs := pairUp(r, a, b)
		rows.Endpoints = append(rows.Endpoints, endpointsOf(r, a, b, pairs, prior)...)
		rows.Compared = append(rows.Compared, explore(r, a, b, pairs, prior)...)
		cuts[b] = cutFaults(r, pairs)
	}
	weigh(rows.Endpoints)
	decide(r, rows.Endpoints)
	var primaries []finding.Primary
	var all []finding.Finding
	for _, b := range r.Setups[1:] {
		for _, f := range []family{calm, neighbour, faults} {
			latency, served := find(rows.Endpoints, b, f, MeasureLatency), find(rows.Endpoints, b, f, MeasureServed)
			if latency == nil {
				continue
			}
			if latency.Main {
				primaries = append(primaries, latency.primary(r, served))
			}
			all = append(all, findingOf(latency, served, cuts[b]))
		}
	}
	return rows, primaries, all
}

// endpointsOf returns two endpoints a family that the experiment has: latency and share
// served.
func endpointsOf(r *run.Run, a, b string, pairs []pair, prior moderated.Prior) []Endpoint {
	var all []Endpoint
	calmly := conditionsOf(r, pairs, calm)
	isMain := true
	for _, f := range families() {
		c, covariate := calmly, conditions(nil)
		if f != calm {
			c = conditionsOf(r, pairs, f)
		}
		if f == neighbour {
			covariate = calmly
		}
		if f != calm && !c.any() {
			continue
		}
		n := strata(r, pairs, f)
		of := r.PriorOf(f.id(), finding.Scope{Setup: b}, prior)
		latency, served := latencyOf(r, f, c, covariate, n, of), servedOf(f, c, level.DefaultShare())
		for _, e := range []*Endpoint{&latency, &served} {
			e.ID, e.A, e.B, e.Family = f.id(), a, b, f.String()
		}
		latency.Main, isMain = isMain, false
		all = append(all, latency, served)
	}
	return all
}

func find(endpoints []Endpoint, b string, f family, measure string) *Endpoint {
	i := slices.IndexFunc(endpoints, func(e Endpoint) bool { return e.B == b && e.family == f && e.Measure == measure })
	if i < 0 {
		return nil
	}
	return &endpoints[i]
}

// findingOf is the finding of one family: its two sentences, and what they leave out. It is
// inconclusive when neither decides a difference and the latency is undecided.
func findingOf(latency, served *Endpoint, cuts []string) finding.Finding {
	verdict := latency.Verdict
	because := []string{latency.Words, served.Words}
	if served.Verdict == finding.Info {
		verdict = finding.Info
		if latency.Verdict != finding.Info {
			because = []string{served.Words, latency.Words}
		}
	}
	if len(latency.left) > 0 {
		because = append(because, fmt.Sprintf("Left out of the latency, with too few arrivals in a trial: %s.",
			finding.List(latency.left, 4)))
	}
	if latency.family == faults {
		because = append(because, cuts...)
	}
	f := finding.New(latency.ID, verdict, finding.Scope{Setup: latency.B}, because...)
	f.Title = fmt.Sprintf("%s: %s against %s", f.Title, latency.B, latency.A)
	if verdict == finding.Inconclusive && latency.estimate.Why == effect.BothUnserved {
		f.Remedy = "Compare the shares served: the latency of arrivals that were not served is not known."
	}
	if verdict == finding.Info && latency.Verdict != finding.Info {
		return f.With(served.Effect).Against(served.ValueA)
	}
	return f.With(latency.Effect).Against(latency.ValueA)
}

// cutFaults words the faults whose exposure differs between trials.
func cutFaults(r *run.Run, pairs []pair) []string {
	var all []string
	for _, h := range horizonsOf(r, pairs) {
		switch {
		case h.cut && h.length > 0:
			all = append(all,
				fmt.Sprintf("%s did not act for the same time in all trials: only the first %s of its effect count.", h.fault,
					finding.Seconds(h.length.Seconds())))
		case h.length <= 0:
			all = append(all, fmt.Sprintf("%s was not in effect for a common time on both setups: it is left out.", h.fault))
		}
	}
	return all
}
