package analyzer

import (
	"example.org/odooharness/analyzer/attribution"
	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/drill"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/analyzer/remedy"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// Judgement is the result of an analysis: the verdict, the findings, and the rows and curves
// that reports draw. It is plain data, and findings.json holds it.
type Judgement struct {
	Schema     int                         `json:"schema"`
	Manifest   results.Manifest            `json:"manifest"`
	Verdict    finding.Verdict             `json:"verdict"`
	Reason     string                      `json:"reason"` // one sentence with the deciding finding
	Primary    []finding.Primary           `json:"primary"`
	Findings   []finding.Finding           `json:"findings"`
	Windows    []latency.WindowRow         `json:"windows"`
	Steps      []latency.StepRow           `json:"steps"`
	Spread     *latency.Spread             `json:"spread,omitempty"`
	Recoveries []fault.Row                 `json:"recoveries"`
	Isolation  []neighbour.Row             `json:"isolation"`
	Endpoints  []setups.Endpoint           `json:"endpoints"`
	Compared   []setups.Row                `json:"compared"`
	Remedies   []remedy.Row                `json:"remedies,omitempty"`
	Objectives []objective.Row             `json:"objectives"`
	Trials     []latency.TrialView         `json:"trials"`
	Throughput []carried.ThroughputRow     `json:"throughput"`
	Available  []objective.AvailabilityRow `json:"availability"`
	Budgets    []objective.BudgetRow       `json:"budgets"`
	Capacity   []carried.Row               `json:"capacity"`
	Curves     []neighbour.Curve           `json:"curves"`
	Ratios     []neighbour.Ratios          `json:"ratios"`
	Links      []attribution.LinkRow       `json:"links"`
	Effects    []attribution.EffectRow     `json:"effects"`
	Drills     []drill.Row                 `json:"drills"`
	Background []background.Row            `json:"background"`
	Backlogs   []background.BacklogRow     `json:"backlogs"`
	Calls      []background.CallRow        `json:"calls"`
	Scorecards []Scorecard                 `json:"scorecards"`
}
