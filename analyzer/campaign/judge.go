package campaign

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/results"
)

// Wanted is a journey with what it has to keep.
type Wanted struct {
	Journey string
	Expect  Expect
}

// Outcome is a cell of a run, judged.
type Outcome struct {
	Verdict  finding.Verdict
	Measures []Measure
	Why      string
	Odds     *finding.Primary // the share served as odds; nil: it cannot be compared with that of another run
}

// Judge judges a run with a fault for each wanted journey. The expectations are the only
// objectives of the judgement, so that they share its error probability.
func Judge(recorded *results.Run, fault, setup string, wanted []Wanted) ([]Outcome, error) {
	judged := map[float64]*analyzer.Judgement{} // by the limit of the recovery
	outcomes := make([]Outcome, len(wanted))
	for i, w := range wanted {
		j := judged[w.Expect.Recovery]
		if j == nil {
			var err error
			if j, err = analyzer.Analyze(heldTo(recorded, wanted, w.Expect.Recovery), analyzer.Options{}); err != nil {
				return nil, err
			}
			judged[w.Expect.Recovery] = j
		}
		outcomes[i] = judge(j, fault, setup, w)
	}
	return outcomes, nil
}

// heldTo is a run whose objectives are the expectations.
func heldTo(recorded *results.Run, wanted []Wanted, recovery float64) *results.Run {
	run := *recorded
	run.Manifest.Objectives = nil
	for _, w := range wanted {
		if w.Expect.Served > 0 {
			run.Manifest.Objectives = append(run.Manifest.Objectives, results.Objective{Name: cellObjective(w.Journey),
				Journeys: []string{w.Journey}, Target: w.Expect.Served, Threshold: w.Expect.Within, Budgeting: "Occurrences"})
		}
	}
	limits := results.Promises{}
	if run.Manifest.Promises != nil {
		limits = *run.Manifest.Promises
	}
	limits.Recovery = recovery
	run.Manifest.Promises = &limits
	return &run
}

func cellObjective(journey string) string { return "cell-" + journey }

// judge is the outcome of one journey. An invalid run, and a fault that was not in effect, show
// nothing.
func judge(j *analyzer.Judgement, fault, setup string, w Wanted) Outcome {
	if j.Verdict == finding.Invalid {
		return Outcome{Verdict: finding.Invalid, Why: j.Reason}
	}
	if why := notInEffect(j, fault, setup); why != "" {
		return Outcome{Verdict: finding.Invalid, Why: why}
	}
	var o Outcome
	if w.Expect.Served > 0 {
		o.Measures = append(o.Measures, served(j, setup, w))
	}
	if w.Expect.Recovery > 0 {
		o.Measures = append(o.Measures, recovery(j, fault, setup, w))
	}
	o.Measures = append(o.Measures, writes(j, setup)...)
	o.Verdict = finding.Pass
	for _, m := range o.Measures {
		if finding.Severity(m.Verdict) > finding.Severity(o.Verdict) {
			o.Verdict, o.Why = m.Verdict, m.Because
		}
	}
	f, halted := halted(j)
	if !halted {
		o.Odds = odds(j, setup, w)
	}
	if o.Verdict == finding.Pass {
		o.Why = o.Measures[0].Because
		if halted {
			o.Verdict, o.Why = finding.Inconclusive, finding.Reason(f)
		}
	}
	return o
}

// odds is the share of a journey's arrivals that were served in time, as the estimate that it is
// judged by. It is nil without an arrival, or without a limit below 1.
func odds(j *analyzer.Judgement, setup string, w Wanted) *finding.Primary {
	i := slices.IndexFunc(j.Primary, func(p finding.Primary) bool {
		return p.ID == "SLO-001" && p.Scope.Setup == setup && p.Objective == cellObjective(w.Journey)
	})
	if i < 0 || j.Primary[i].Estimate.N == 0 {
		return nil
	}
	return &j.Primary[i]
}

// halted returns the finding of a trial that did not run to its end: what came later is not
// known.
func halted(j *analyzer.Judgement) (finding.Finding, bool) {
	for _, f := range j.Findings {
		if f.ID == "VAL-005" && f.Verdict == finding.Inconclusive {
			return f, true
		}
	}
	return finding.Finding{}, false
}

// notInEffect is why a run does not show a fault: empty when every trial of the setup does.
func notInEffect(j *analyzer.Judgement, fault, setup string) string {
	found := false
	for _, row := range j.Recoveries {
		if row.Injection.Fault != fault || row.Setup != setup {
			continue
		}
		if row.Injection.InEffect == nil {
			return fmt.Sprintf("The fault was not shown in effect in %s.", row.Trial)
		}
		found = true
	}
	if !found {
		return "The fault was not injected."
	}
	return ""
}

// served is the share of a journey's arrivals that were served in time (SLO-001). It fails
// also when a single tenant is certainly below the target (SLO-002). The reason of a failure of
// all tenants comes first.
func served(j *analyzer.Judgement, setup string, w Wanted) Measure {
	m := Measure{What: Served, Limit: w.Expect.Served, Verdict: finding.Inconclusive, Because: "No arrival was recorded.",
		Quantity: finding.None("share", "", 0, "no arrival was recorded")}
	var below *objective.Row // the first tenant that fails
	for i, row := range j.Objectives {
		switch {
		case row.Setup != setup || row.Objective.Name != cellObjective(w.Journey):
		case row.Tenant == finding.Everyone:
			m.Quantity, m.Verdict = row.Achieved, row.Verdict
		case row.Verdict == finding.Fail && below == nil:
			below = &j.Objectives[i]
		}
	}
	if below != nil && m.Verdict != finding.Fail {
		m.Verdict = finding.Fail
		m.Because = fmt.Sprintf("Of %s, %s served, limit %s.", below.Tenant, finding.Share(below.Achieved.Value),
			finding.Share(m.Limit))
		return m
	}
	for _, f := range j.Findings {
		if f.ID == "SLO-001" && f.Scope.Setup == setup && strings.HasSuffix(f.Title, " "+cellObjective(w.Journey)) &&
			len(f.Because) > 0 {
			m.Because = f.Because[0]
		}
	}
	return m
}

// recovery is the slowest recovery of the trials (RES-001).
func recovery(j *analyzer.Judgement, fault, setup string, w Wanted) Measure {
	m := Measure{What: Recovery, Limit: w.Expect.Recovery, Verdict: finding.Inconclusive, Because: "No recovery was recorded.",
		Quantity: finding.None("s", "", 0, "no recovery was recorded")}
	i := slices.IndexFunc(j.Findings, func(f finding.Finding) bool {
		return f.ID == "RES-001" && f.Scope.Setup == setup && f.Scope.Fault == fault
	})
	if i < 0 {
		return m
	}
	f := j.Findings[i]
	m.Quantity, m.Verdict, m.Because = *f.Quantity, f.Verdict, f.Because[0]
	return m
}

// writes are the checks of the audit that failed: a cell with a lost or duplicated write fails,
// whatever was served.
func writes(j *analyzer.Judgement, setup string) []Measure {
	var all []Measure
	for _, f := range j.Findings {
		if strings.HasPrefix(f.ID, "DUR-") && f.Verdict == finding.Fail && (f.Scope.Setup == setup || f.Scope.Setup == "") {
			m := Measure{What: Writes, Verdict: f.Verdict, Because: finding.Reason(f)}
			if f.Quantity != nil {
				m.Quantity = *f.Quantity
			}
			all = append(all, m)
		}
	}
	return all
}
