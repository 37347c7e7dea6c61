package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// Without a fault or a drill nothing is known about failures, and one setup has no better one.
// A decided comparison is not inconclusive for another that is open.
func TestVerdictsOfTheQuestions(t *testing.T) {
	of := func(id string, v finding.Verdict) finding.Finding { return finding.Finding{ID: id, Verdict: v} }
	faults := []fault.Row{{Setup: "a", Injection: results.Injection{Fault: "pg"}}}
	main := setups.Endpoint{ID: "CMP-002", Family: "neighbour", A: "a", B: "b", Measure: setups.MeasureLatency, Main: true}
	decided := main
	main.Verdict, decided.Verdict, decided.Side = finding.Inconclusive, finding.Info, 1
	for name, c := range map[string]struct {
		setups    []string
		faults    []fault.Row
		drills    []results.Drill
		findings  []finding.Finding
		endpoints []setups.Endpoint
		ready     finding.Verdict
		better    finding.Verdict
	}{
		"no fault": {[]string{"a"}, nil, nil, []finding.Finding{of("SLO-001", finding.Pass), of("DUR-001", finding.Pass), of("ISO-001", finding.Pass)},
			nil, finding.Info, finding.Info},
		"no fault, an objective fails": {[]string{"a"}, nil, nil, []finding.Finding{of("SLO-001", finding.Fail)}, nil, finding.Fail, finding.Info},
		"a fault":                      {[]string{"a"}, faults, nil, []finding.Finding{of("RES-001", finding.Pass)}, nil, finding.Pass, finding.Info},
		"a drill":                      {[]string{"a"}, nil, []results.Drill{{}}, []finding.Finding{of("DUR-001", finding.Pass)}, nil, finding.Pass, finding.Info},
		"open": {[]string{"a", "b"}, faults, nil, []finding.Finding{of("ISO-001", finding.Pass)}, []setups.Endpoint{main},
			finding.Info, finding.Inconclusive},
		"decided, others open": {[]string{"a", "b"}, faults, nil, []finding.Finding{of("ISO-001", finding.Pass), of("CMP-003", finding.Inconclusive)},
			[]setups.Endpoint{decided}, finding.Info, finding.Pass},
		"a neighbour that is too loud": {[]string{"a", "b"}, faults, nil, []finding.Finding{of("ISO-001", finding.Fail)}, []setups.Endpoint{main},
			finding.Info, finding.Fail},
	} {
		j := &analyzer.Judgement{Findings: c.findings, Endpoints: c.endpoints, Recoveries: c.faults}
		for _, s := range c.setups {
			j.Manifest.Setups = append(j.Manifest.Setups, results.Setup{Name: s})
			j.Trials = append(j.Trials, latency.TrialView{Trial: results.Trial{Setup: s, Drills: c.drills}})
		}
		all := Summary(j)
		if all[1].Verdict != c.ready || all[2].Verdict != c.better {
			t.Errorf("%s: ready %s, better %s; want %s, %s", name, all[1].Verdict, all[2].Verdict, c.ready, c.better)
		}
		last := all[1].Sentences[len(all[1].Sentences)-1]
		if said := last == "No fault was injected: this run does not show what a failure does."; said != (c.faults == nil && c.drills == nil) {
			t.Errorf("%s: %q", name, last)
		}
	}
}

// A recovery that cannot be determined is neither one nor none.
func TestRecoveredWords(t *testing.T) {
	at := results.Offset(1)
	line := func(name string, q finding.Quantity) FaultLine {
		return FaultLine{Fault: name, Rows: []fault.Row{{Injection: results.Injection{Fault: name, InEffect: &at}, Recover: q}}}
	}
	late := finding.Number(20, "s", "", 1)
	late.Censored = true
	for want, faults := range map[string][]FaultLine{
		"came back from 1 of 1 fault in every trial, slowest pg: 2 s":                                              {line("pg", finding.Number(2, "s", "", 1))},
		"came back from 1 of 2 faults in every trial, slowest redis: > 20 s":                                       {line("pg", finding.Number(2, "s", "", 1)), line("redis", late)},
		"recovery from pg cannot be determined":                                                                    {line("pg", finding.None("s", "", 0, "too few arrivals"))},
		"came back from 0 of 1 fault in every trial, slowest redis: > 20 s; recovery from pg cannot be determined": {line("pg", finding.None("s", "", 0, "x")), line("redis", late)},
		"pg, redis never shown in effect":                                                                          {{Fault: "pg", Rows: []fault.Row{{}}}, {Fault: "redis", Rows: []fault.Row{{}}}},
	} {
		if diff := cmp.Diff(want, recovered(Headline{Faults: faults})); diff != "" {
			t.Error(diff)
		}
	}
}
