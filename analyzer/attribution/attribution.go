package attribution

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// LinkRow is a telemetry series that moved with late journeys, beyond chance and the
// load: a link in time, not a cause.
type LinkRow struct {
	Setup       string           `json:"setup"`
	Trial       string           `json:"trial"` // where it is strongest
	Series      string           `json:"series"`
	Component   string           `json:"component"`
	Lead        finding.Quantity `json:"lead"`        // s by which the series moved first; negative: it followed
	Correlation finding.Quantity `json:"correlation"` // at that lead
	Trials      int              `json:"trials"`      // in how many it was found
	Words       string           `json:"words"`
}

// EffectRow is what an injected fault did, against matched windows of the same trials.
type EffectRow struct {
	Setup   string           `json:"setup"`
	Fault   string           `json:"fault"`
	Effect  finding.Quantity `json:"effect"` // share of arrivals made late or lost
	Usual   finding.Quantity `json:"usual"`  // share late or lost in matched windows
	P       finding.Quantity `json:"p"`
	Windows int              `json:"windows"`
	Trials  int              `json:"trials"`
	Verdict finding.Verdict  `json:"verdict"`
	Words   string           `json:"words"`
}

// Rows are what moved with late journeys, and what faults did.
type Rows struct {
	Links   []LinkRow
	Effects []EffectRow
}

// Judge looks for what moved when journeys were late, and for what each
// fault did (ATT-).
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	var all, findings []finding.Finding
	rows.Links, all = linked(r)
	rows.Effects, findings = faultEffects(r)
	return rows, append(all, findings...)
}
