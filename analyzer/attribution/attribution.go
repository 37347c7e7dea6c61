package attribution

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// Rows are the links of telemetry with late journeys, and the effects of faults.
type Rows struct {
	Links   []LinkRow
	Effects []EffectRow
}

// LinkRow is a telemetry series that moved with late journeys, beyond chance and the load.
// It is a link in time, not a cause.
type LinkRow struct {
	Setup       string           `json:"setup"`
	Trial       string           `json:"trial"` // where it is strongest
	Series      string           `json:"series"`
	Component   string           `json:"component"`
	Lead        finding.Quantity `json:"lead"`        // s, how long before late journeys the series moved; negative: after
	Correlation finding.Quantity `json:"correlation"` // at that lead
	Trials      int              `json:"trials"`      // trials with the link
	Words       string           `json:"words"`
}

// EffectRow is the effect of an injected fault, against matched windows of the same trials.
type EffectRow struct {
	Setup   string           `json:"setup"`
	Fault   string           `json:"fault"`
	Effect  finding.Quantity `json:"effect"` // share of arrivals made late or lost
	Usual   finding.Quantity `json:"usual"`  // share late or lost in matched windows
	P       finding.Quantity `json:"p"`      // two-sided, after Holm
	Windows int              `json:"windows"`
	Trials  int              `json:"trials"`
	Verdict finding.Verdict  `json:"verdict"`
	Words   string           `json:"words"`
}

// Judge looks for links in each setup, and for the effect of each fault.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	var all, findings []finding.Finding
	rows.Links, all = linked(r)
	rows.Effects, findings = faultEffects(r)
	return rows, append(all, findings...)
}
