package objective

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Row judges one objective in one setup.
type Row struct {
	Setup     string            `json:"setup"`
	Tenant    string            `json:"tenant"`
	Objective results.Objective `json:"objective"`
	Achieved  finding.Quantity  `json:"achieved"`
	Budget    finding.Quantity  `json:"budget"` // share of the error budget spent
	Burn      finding.Quantity  `json:"burn"`
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

// BudgetRow is what one fault and its aftermath spent of an objective's error budget.
type BudgetRow struct {
	Setup     string           `json:"setup"`
	Fault     string           `json:"fault"`
	Objective string           `json:"objective"`
	Burn      finding.Quantity `json:"burn"`    // times as fast as the objective allows
	Minutes   finding.Quantity `json:"minutes"` // of complete outage that it amounts to, each time
	Month     finding.Quantity `json:"month"`   // share of 30 days' budget, each time, at this run's traffic throughout
}

// Rows are the objectives, and what was available of each setup.
type Rows struct {
	Objectives []Row
	Available  []AvailabilityRow
	Budgets    []BudgetRow
}
