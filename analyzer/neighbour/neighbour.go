package neighbour

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// Rows are the abiding tenants next to disruptive ones.
type Rows struct {
	Isolation []Row
	Curves    []Curve
	Ratios    []Ratios
}

// Judge judges what disruptive tenants do to the abiding ones (ISO-).
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	var all, findings []finding.Finding
	rows.Isolation, all = slowdowns(r)
	rows.Curves, findings = curves(r)
	all = append(all, findings...)
	rows.Ratios, findings = ratios(r)
	return rows, append(all, findings...)
}

// Row is one abiding tenant under the disruptive one.
type Row struct {
	Setup    string           `json:"setup"`
	Tenant   string           `json:"tenant"`   // "*" aggregate
	Quantile string           `json:"quantile"` // which percentile the latencies are: p95 where there are arrivals enough
	Base     finding.Quantity `json:"base"`     // s, latency in the reference window
	Disrupt  finding.Quantity `json:"disrupt"`
	Slowdown finding.Quantity `json:"slowdown"` // ratio
	IQoS     finding.Quantity `json:"i_qos"`
	Errors   finding.Quantity `json:"errors"` // share in the disruptive window
}
