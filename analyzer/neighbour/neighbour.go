package neighbour

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// Rows are the figures of the abiding tenants next to disruptive ones.
type Rows struct {
	Isolation []Row
	Curves    []Curve
	Ratios    []Ratios
}

// Row is one abiding tenant, or all of them, under the disruptive tenants of a setup.
type Row struct {
	Setup    string           `json:"setup"`
	Tenant   string           `json:"tenant"`   // "*": all abiding tenants
	Quantile string           `json:"quantile"` // of the latencies: p95, p90 or p50
	Base     finding.Quantity `json:"base"`     // s, latency without the disruptive tenant
	Disrupt  finding.Quantity `json:"disrupt"`  // s, latency under it
	Slowdown finding.Quantity `json:"slowdown"` // ratio
	IQoS     finding.Quantity `json:"i_qos"`
	Errors   finding.Quantity `json:"errors"` // share not served under the disruptive tenant
	Lost     finding.Quantity `json:"lost"`   // share that only the disruptive tenant left unserved
}

// Judge measures the slowdown, the curve over levels and the isolation ratios of each
// setup. The primary question of a setup is whether an abiding tenant is slowed down by
// more than the limit.
func Judge(r *run.Run) (Rows, []finding.Primary, []finding.Finding) {
	var rows Rows
	var all, findings []finding.Finding
	var questions []finding.Primary
	rows.Isolation, questions, all = slowdowns(r)
	rows.Curves, findings = curves(r)
	all = append(all, findings...)
	rows.Ratios, findings = ratios(r)
	return rows, questions, append(all, findings...)
}
