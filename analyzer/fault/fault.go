package fault

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Row tells one fault's story in one trial.
type Row struct {
	Setup         string                  `json:"setup"`
	Trial         string                  `json:"trial"`
	Injection     results.Injection       `json:"injection"`
	Outcomes      map[results.Outcome]int `json:"outcomes"`        // affected tenants, from in effect to recovered
	Indeterminate int                     `json:"indeterminate"`   // writes
	Affected      []string                `json:"affected"`        // tenants whose service left the baseline band
	Detect        finding.Quantity        `json:"detect"`          // s, in effect to first bin outside the band
	Recover       finding.Quantity        `json:"recover"`         // s, removed to first bin back inside for good
	AreaLost      finding.Quantity        `json:"area_lost"`       // share-seconds of goodput lost
	Robustness    finding.Quantity        `json:"robustness"`      // share still served in the worst bin
	Rapidity      finding.Quantity        `json:"rapidity"`        // share a second gained on the way back
	Alert         *finding.Quantity       `json:"alert,omitempty"` // s, injection to the first alert after it; nil: no Prometheus
	AlertName     string                  `json:"alert_name,omitempty"`
}

// Judge judges every fault: whether service came back, sessions outlived it and
// conflicts were settled (RES-).
func Judge(r *run.Run) ([]Row, []finding.Finding) {
	rows, findings := recoveries(r)
	findings = append(findings, sessions(r)...)
	return rows, append(findings, conflicts(r)...)
}
