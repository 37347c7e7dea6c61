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
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// Judgement is everything the analyzer has to say about a run: the verdict, the
// findings, and the tables and curves that reports draw. It is plain data and is
// written to findings.json.
type Judgement struct {
	Schema     int                         `json:"schema"`
	Manifest   results.Manifest            `json:"manifest"`
	Verdict    finding.Verdict             `json:"verdict"`
	Reason     string                      `json:"reason"` // one sentence, names the deciding finding
	Findings   []finding.Finding           `json:"findings"`
	Windows    []latency.WindowRow         `json:"windows"`
	Steps      []latency.StepRow           `json:"steps"`
	Recoveries []fault.Row                 `json:"recoveries"`
	Isolation  []neighbour.Row             `json:"isolation"`
	Compared   []setups.Row                `json:"compared"`
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

// Scorecard is one setup on one page: six domains of reliability, and beside them
// the business workflows.
type Scorecard struct {
	Setup     string         `json:"setup"`
	Words     string         `json:"words"` // for who reads one sentence
	Domains   []ScoreDomain  `json:"domains"`
	Workflows []ScoreMeasure `json:"workflows"`
}

// ScoreDomain is one of the six. Without evidence its verdict is inconclusive and
// Missing says which command measures it.
type ScoreDomain struct {
	Name     string          `json:"name"`
	Verdict  finding.Verdict `json:"verdict"`
	Words    string          `json:"words"`
	Measures []ScoreMeasure  `json:"measures"`
	Missing  string          `json:"missing,omitempty"`
}

// ScoreMeasure is one service level indicator with its objective.
type ScoreMeasure struct {
	Name      string           `json:"name"`
	Objective string           `json:"objective"`
	Figure    finding.Quantity `json:"figure"`
	Verdict   finding.Verdict  `json:"verdict"`
	Finding   string           `json:"finding,omitempty"` // where the evidence is
	Remedy    string           `json:"remedy,omitempty"`
}
