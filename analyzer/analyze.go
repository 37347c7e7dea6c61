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
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/analyzer/validity"
	"example.org/odooharness/results"
)

// SchemaVersion is the version of the judgement as JSON.
const SchemaVersion = 1

// Options are the limits that a run is held to where no objective states them. The
// zero value means the defaults.
type Options = run.Options

// Analyze judges a run: complete, halted, or what a killed harness left of it.
// What cannot be read or computed becomes a finding; an error means that there is
// no run at all.
func Analyze(recorded *results.Run, opts Options) (*Judgement, error) {
	if recorded == nil {
		return nil, errors.New("analyze: no run")
	}
	return Judge(recorded, run.Sources(recorded), opts), nil
}

// Judge does what [Analyze] does, on rows from anywhere: a run on disk, or a
// simulation.
func Judge(recorded *results.Run, trials []run.Source, opts Options) *Judgement {
	r := run.Load(recorded, trials, opts.HeldTo(recorded.Manifest.Promises).OrDefaults())
	j := &Judgement{Schema: SchemaVersion, Manifest: recorded.Manifest}
	j.add(validity.Judge(r)...)

	described, findings := latency.Judge(r)
	j.Windows, j.Steps, j.Trials = described.Windows, described.Steps, described.Trials
	j.add(findings...)

	held, findings := objective.Judge(r)
	j.Objectives, j.Available, j.Budgets = held.Objectives, held.Available, held.Budgets
	j.add(findings...)

	j.Recoveries, findings = fault.Judge(r)
	j.add(findings...)

	j.add(durability.Judge(r)...)

	disturbed, findings := neighbour.Judge(r)
	j.Isolation, j.Curves, j.Ratios = disturbed.Isolation, disturbed.Curves, disturbed.Ratios
	j.add(findings...)

	j.Compared, findings = setups.Judge(r)
	j.add(findings...)

	moved, findings := attribution.Judge(r)
	j.Links, j.Effects = moved.Links, moved.Effects
	j.add(findings...)

	answered, findings := carried.Judge(r)
	j.Capacity, j.Throughput = answered.Capacity, answered.Throughput
	j.add(findings...)

	j.Drills, findings = drill.Judge(r)
	j.add(findings...)

	worked, findings := background.Judge(r)
	j.Background, j.Calls, j.Backlogs = worked.Background, worked.Calls, worked.Backlogs
	j.add(findings...)

	j.Verdict, j.Reason = finding.Decide(j.Findings)
	j.Scorecards = scorecards(r, j)
	return j
}

func (j *Judgement) add(findings ...finding.Finding) { j.Findings = append(j.Findings, findings...) }
