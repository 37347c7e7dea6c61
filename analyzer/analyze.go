package analyzer

import (
	"errors"

	"example.org/odooharness/analyzer/attribution"
	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/drill"
	"example.org/odooharness/analyzer/durability"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/analyzer/remedy"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/analyzer/validity"
	"example.org/odooharness/results"
)

// Analyze judges a run: complete, halted, or what a killed harness left of it. Data that
// cannot be read or computed become findings. The only error is that there is no run.
func Analyze(recorded *results.Run, opts Options) (*Judgement, error) {
	if recorded == nil {
		return nil, errors.New("analyze: no run")
	}
	return Judge(recorded, run.Sources(recorded), opts), nil
}

// Judge is [Analyze] with rows from anywhere: a run on disk, or a simulation.
func Judge(recorded *results.Run, trials []run.Source, opts Options) *Judgement {
	r := run.Load(recorded, trials, opts.HeldTo(recorded.Manifest.Promises).OrDefaults())
	defer r.Close()
	j := &Judgement{Schema: SchemaVersion, Manifest: recorded.Manifest}
	for _, judge := range questions() {
		j.Findings = append(j.Findings, judge(r, j)...)
	}
	remedy.Cite(j.Findings, recorded.Manifest.Remedies, j.Remedies)
	for i := range j.Primary {
		j.Primary[i].Show()
	}
	j.Verdict, j.Reason = finding.Decide(j.Findings)
	if recorded.Manifest.Stopping != nil && j.Verdict == finding.Pass {
		j.Verdict, j.Reason = finding.Open(j.Primary, j.Reason)
	}
	j.Scorecards = scorecards(r, j)
	return j
}

// question stores its rows in the judgement and returns its findings.
type question func(*run.Run, *Judgement) []finding.Finding

// questions lists all questions, in the order of their findings.
func questions() []question {
	return []question{
		func(r *run.Run, _ *Judgement) []finding.Finding { return validity.Judge(r) },
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, findings := latency.Judge(r)
			j.Windows, j.Steps, j.Trials, j.Spread = rows.Windows, rows.Steps, rows.Trials, rows.Spread
			return findings
		},
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, findings := objective.Judge(r)
			j.Objectives, j.Available, j.Budgets = rows.Objectives, rows.Available, rows.Budgets
			j.Primary = append(j.Primary, rows.Primary...)
			return findings
		},
		func(r *run.Run, j *Judgement) (findings []finding.Finding) {
			j.Recoveries, findings = fault.Judge(r)
			return findings
		},
		func(r *run.Run, _ *Judgement) []finding.Finding { return durability.Judge(r) },
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, questions, findings := neighbour.Judge(r)
			j.Isolation, j.Curves, j.Ratios = rows.Isolation, rows.Curves, rows.Ratios
			j.Primary = append(j.Primary, questions...)
			return findings
		},
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, primary, findings := setups.Judge(r)
			j.Endpoints, j.Compared = rows.Endpoints, rows.Compared
			j.Primary = append(j.Primary, primary...)
			return findings
		},
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, findings := attribution.Judge(r)
			j.Links, j.Effects = rows.Links, rows.Effects
			return findings
		},
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, findings := carried.Judge(r)
			j.Capacity, j.Throughput = rows.Capacity, rows.Throughput
			return findings
		},
		func(r *run.Run, j *Judgement) (findings []finding.Finding) {
			j.Drills, findings = drill.Judge(r)
			return findings
		},
		func(r *run.Run, j *Judgement) []finding.Finding {
			rows, findings := background.Judge(r)
			j.Background, j.Calls, j.Backlogs = rows.Background, rows.Calls, rows.Backlogs
			return findings
		},
		func(r *run.Run, j *Judgement) (findings []finding.Finding) {
			j.Remedies, findings = remedy.Judge(r, j.Endpoints, j.Isolation, j.Findings)
			return findings
		},
	}
}
