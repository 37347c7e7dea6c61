package report

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// faultGroup is one fault over all setups and trials.
type faultGroup struct {
	Name, About string
	Rows        []fault.Row
}

func faultGroups(j *analyzer.Judgement) []faultGroup {
	var all []faultGroup
	for _, r := range j.Recoveries {
		at := slices.IndexFunc(all, func(g faultGroup) bool { return g.Name == r.Injection.Fault })
		if at < 0 {
			in := r.Injection
			about := fmt.Sprintf("%s · %s %s · %s driver", in.Class, in.Kind, in.Action, in.Driver)
			if in.Manifest != "" {
				about += " · " + in.Manifest
			}
			all = append(all, faultGroup{Name: in.Fault, About: about})
			at = len(all) - 1
		}
		all[at].Rows = append(all[at].Rows, r)
	}
	return all
}

// auditView is the audit over all trials.
type auditView struct {
	Ops    []auditOp
	Reads  []auditRead
	Losses []auditLoss
	Laws   []auditLaw
	Notes  []string
}

type auditOp struct {
	Setup string
	results.AuditOp
}

type auditRead struct {
	Setup, Trial string
	results.AuditRead
}

type auditLoss struct {
	Setup, Trial string
	results.Loss
}

type auditLaw struct {
	Setup, Trial string
	results.Invariant
}

// auditOf sums the operations of a setup over tenants and trials, and lists its
// invariants. What broke comes first.
func auditOf(j *analyzer.Judgement) auditView {
	var v auditView
	for _, t := range j.Trials {
		audit := t.Trial.Audit
		if audit == nil {
			v.Notes = append(v.Notes, fmt.Sprintf("Trial %s was not audited.", t.Trial.Name))
			continue
		}
		if audit.Err != "" {
			v.Notes = append(v.Notes, fmt.Sprintf("The audit of trial %s did not finish: %s.", t.Trial.Name, audit.Err))
		}
		if audit.RPO != nil {
			v.Notes = append(v.Notes, fmt.Sprintf("RPO observed in trial %s: %s, the age of the oldest acknowledged write that was lost.",
				t.Trial.Name, finding.Seconds(*audit.RPO)))
		}
		for _, r := range audit.Reads {
			v.Reads = append(v.Reads, auditRead{t.Trial.Setup, t.Trial.Name, r})
		}
		for _, op := range audit.Operations {
			v.addOp(t.Trial.Setup, op)
		}
		for _, loss := range audit.Losses {
			v.Losses = append(v.Losses, auditLoss{t.Trial.Setup, t.Trial.Name, loss})
		}
		for _, law := range audit.Invariants {
			v.Laws = append(v.Laws, auditLaw{t.Trial.Setup, t.Trial.Name, law})
		}
	}
	rank := map[string]int{}
	for i, s := range setupsOf(j) {
		rank[s.Name] = i
	}
	slices.SortStableFunc(v.Ops, func(a, b auditOp) int { return rank[a.Setup] - rank[b.Setup] })
	slices.SortStableFunc(v.Laws, func(a, b auditLaw) int { return rankLaw(a) - rankLaw(b) })
	return v
}

func rankLaw(l auditLaw) int {
	if l.Held && l.Err == "" {
		return 1
	}
	return 0
}

func (v *auditView) addOp(setup string, op results.AuditOp) {
	at := slices.IndexFunc(v.Ops, func(o auditOp) bool { return o.Setup == setup && o.Op == op.Op })
	if at < 0 {
		v.Ops = append(v.Ops, auditOp{Setup: setup, AuditOp: results.AuditOp{Op: op.Op}})
		at = len(v.Ops) - 1
	}
	sum := &v.Ops[at]
	sum.Attempted += op.Attempted
	sum.Acknowledged += op.Acknowledged
	sum.Lost += op.Lost
	sum.LostAck += op.LostAck
	sum.Duplicated += op.Duplicated
	sum.Unexpected += op.Unexpected
	sum.Indeterminate += op.Indeterminate
	const limit = 5
	for _, example := range op.Examples {
		if len(sum.Examples) < limit {
			sum.Examples = appendNew(sum.Examples, example)
		}
	}
}

// trialLine is one trial in the table of validity.
type trialLine struct {
	Name, State, Reason       string
	Replicate                 int
	Seed                      uint64
	Planned, Started, Dropped int
	Delivered, CPU            string
	LateP50, LateP99          string
	Generators                []trialLine // each alone, when there are several
}

// offered fills in what was offered, and how.
func (line *trialLine) offered(load []results.Load, g results.Generator) {
	line.CPU, line.LateP50, line.LateP99 = finding.Dash, finding.Dash, finding.Dash
	for _, l := range load {
		line.Planned += int(l.Planned)
		line.Started += int(l.Started)
		line.Dropped += int(l.Dropped)
	}
	if line.Planned > 0 {
		line.Delivered = finding.Share(float64(line.Started)/float64(line.Planned)) + " of planned"
	}
	if g.Wall > 0 && g.CPUs > 0 {
		line.CPU = fmt.Sprintf("%s of %s", finding.Share(g.CPUSeconds/g.Wall/float64(g.CPUs)), finding.Plural(g.CPUs, "CPU"))
		line.LateP50, line.LateP99 = finding.Seconds(g.LateP50), finding.Seconds(g.LateP99)
	}
}

func trialLines(j *analyzer.Judgement) []trialLine {
	var all []trialLine
	for _, t := range j.Trials {
		line := trialLine{Name: t.Trial.Name, State: t.Trial.State, Reason: t.Trial.Reason,
			Replicate: t.Trial.Replicate, Seed: t.Trial.Seed}
		line.offered(t.Trial.Load, t.Trial.Generator)
		for _, g := range t.Trial.Generators {
			one := trialLine{Name: g.Name(), Reason: g.Err}
			one.offered(g.Load, g)
			line.Generators = append(line.Generators, one)
		}
		all = append(all, line)
	}
	return all
}

// version is one part of the run's fingerprint.
type version struct{ Name, Version string }

func versions(j *analyzer.Judgement) []version {
	var all []version
	for _, name := range slices.Sorted(maps.Keys(j.Manifest.Versions)) {
		all = append(all, version{name, j.Manifest.Versions[name]})
	}
	return all
}
