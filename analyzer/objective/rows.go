package objective

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Rows are the objectives, the availability and the spent budgets of each setup.
type Rows struct {
	Objectives []Row
	Available  []AvailabilityRow
	Budgets    []BudgetRow
	Primary    []finding.Primary // one for each setup and objective
}

// Row judges one objective in one setup.
type Row struct {
	Setup     string            `json:"setup"`
	Tenant    string            `json:"tenant"` // "*": all abiding tenants
	Objective results.Objective `json:"objective"`
	Achieved  finding.Quantity  `json:"achieved"` // share of good events
	Budget    finding.Quantity  `json:"budget"`   // share of the error budget spent
	Burn      finding.Quantity  `json:"burn"`     // ratio: bad share over that of the target
	Verdict   finding.Verdict   `json:"verdict"`
}

// AvailabilityRow is how available a setup was to one tenant, after the warm-up.
type AvailabilityRow struct {
	Setup    string           `json:"setup"`
	Tenant   string           `json:"tenant"`   // "*": all abiding tenants
	Requests finding.Quantity `json:"requests"` // share of arrivals served
	Time     finding.Quantity `json:"time"`     // share of time in which it was up; "*": mean over tenants
	Apdex    finding.Quantity `json:"apdex"`
}

// BudgetRow is what one fault and its aftermath spent of an error budget.
type BudgetRow struct {
	Setup     string           `json:"setup"`
	Fault     string           `json:"fault"`
	Objective string           `json:"objective"`
	Burn      finding.Quantity `json:"burn"`    // ratio: bad share over that of the target
	Minutes   finding.Quantity `json:"minutes"` // of complete outage with as many bad events, each time
	Month     finding.Quantity `json:"month"`   // share of a 30-day budget at the traffic of this run, each time
}
