package report

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

// Warnings lists what a reader must know before trusting the figures, besides the
// findings: trials that did not end well, resources that were not held, and what
// single figures warn of, each text once.
func Warnings(j *analyzer.Judgement) []string {
	var all []string
	for _, t := range j.Trials {
		if state := t.Trial.State; state != results.TrialComplete {
			text := fmt.Sprintf("Trial %s is %s", t.Trial.Name, state)
			if t.Trial.Reason != "" {
				text += ": " + t.Trial.Reason
			}
			all = append(all, text+".")
		}
		for _, problem := range t.Trial.Problems {
			all = append(all, fmt.Sprintf("Trial %s: %s.", t.Trial.Name, strings.TrimSuffix(problem, ".")))
		}
		if audit := t.Trial.Audit; audit != nil && audit.Err != "" {
			all = append(all, fmt.Sprintf("Trial %s was not audited: %s.", t.Trial.Name, audit.Err))
		}
	}
	for _, s := range j.Manifest.Setups {
		if s.CPUNote != "" {
			all = append(all, fmt.Sprintf("Setup %s: %s.", s.Name, strings.TrimSuffix(s.CPUNote, ".")))
		}
	}
	return append(all, figureWarnings(j)...)
}

// figureWarnings gathers the warnings of single figures, most frequent first. A
// refused figure shows its reason where it stands and is not repeated here.
func figureWarnings(j *analyzer.Judgement) []string {
	counts := map[string]int{}
	var order []string
	for q := range quantities(j) {
		if q.Missing {
			continue
		}
		for _, warning := range q.Warnings {
			if counts[warning] == 0 {
				order = append(order, warning)
			}
			counts[warning]++
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return counts[b] - counts[a] })
	all := make([]string, 0, len(order))
	for _, warning := range order {
		noun := "figures"
		if counts[warning] == 1 {
			noun = "figure"
		}
		all = append(all, fmt.Sprintf("%s (%d %s).", strings.TrimSuffix(warning, "."), counts[warning], noun))
	}
	return all
}

// methods lists the distinct methods of the figures, in order of appearance.
func methods(j *analyzer.Judgement) []string {
	var all []string
	for q := range quantities(j) {
		if q.Method != "" && !slices.Contains(all, q.Method) {
			all = append(all, q.Method)
		}
	}
	return all
}

// level is the confidence level of the intervals; 0 when there is none.
func level(j *analyzer.Judgement) float64 {
	for q := range quantities(j) {
		if q.Level > 0 && q.Lo != nil {
			return q.Level
		}
	}
	return 0
}

// quantities yields every figure of a judgement.
func quantities(j *analyzer.Judgement) iter.Seq[finding.Quantity] {
	return func(yield func(finding.Quantity) bool) {
		for _, list := range [][]finding.Quantity{
			described(j), recoveryFigures(j), comparedFigures(j), judgedFigures(j),
		} {
			for _, q := range list {
				if !yield(q) {
					return
				}
			}
		}
	}
}

func described(j *analyzer.Judgement) []finding.Quantity {
	var all []finding.Quantity
	add := func(ps ...latency.Percentiles) {
		for _, p := range ps {
			all = append(all, p.P50, p.P90, p.P95, p.P99)
		}
	}
	for _, r := range j.Windows {
		add(r.Latency, r.Service)
	}
	for _, r := range j.Steps {
		add(r.Latency, r.Service)
	}
	for _, r := range j.Throughput {
		all = append(all, r.PerHour, r.Cost)
	}
	return all
}

func recoveryFigures(j *analyzer.Judgement) []finding.Quantity {
	var all []finding.Quantity
	for _, r := range j.Recoveries {
		all = append(all, r.Detect, r.Recover, r.AreaLost)
		if r.Alert != nil {
			all = append(all, *r.Alert)
		}
	}
	return all
}

func comparedFigures(j *analyzer.Judgement) []finding.Quantity {
	var all []finding.Quantity
	for _, r := range j.Isolation {
		all = append(all, r.Base, r.Disrupt, r.Slowdown, r.IQoS, r.Errors)
	}
	for _, e := range j.Endpoints {
		all = append(all, e.ValueA, e.ValueB, e.Effect)
	}
	for _, r := range j.Compared {
		all = append(all, r.ValueA, r.ValueB, r.Ratio)
	}
	return all
}

func judgedFigures(j *analyzer.Judgement) []finding.Quantity {
	var all []finding.Quantity
	for _, r := range j.Objectives {
		all = append(all, r.Achieved, r.Budget, r.Burn)
	}
	for _, f := range j.Findings {
		if f.Quantity != nil {
			all = append(all, *f.Quantity)
		}
		if f.Baseline != nil {
			all = append(all, *f.Baseline)
		}
	}
	return all
}

// scopeText words a scope: "multi-tenant · t1 · shipping · during pg-restart".
func scopeText(s finding.Scope) string {
	var parts []string
	for _, part := range []string{s.Setup, s.Trial, s.Tenant, s.Journey, s.Step, s.Window, s.Fault, s.Quantile} {
		if part == everyone {
			part = "all abiding tenants"
		}
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " · ")
}

func scopeSuffix(s finding.Scope) string {
	if text := scopeText(s); text != "" {
		return " (" + text + ")"
	}
	return ""
}
