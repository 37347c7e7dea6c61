package fault

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Row is one fault in one trial.
type Row struct {
	Setup         string                  `json:"setup"`
	Trial         string                  `json:"trial"`
	Injection     results.Injection       `json:"injection"`
	Outcomes      map[results.Outcome]int `json:"outcomes"`        // arrivals in the blast radius, until the next event
	Indeterminate int                     `json:"indeterminate"`   // writes without an answer
	Affected      []string                `json:"affected"`        // tenants whose service left the baseline band
	Detect        finding.Quantity        `json:"detect"`          // s, in effect to the end of the first bin outside the band
	Recover       finding.Quantity        `json:"recover"`         // s, removed to the first bin that stays inside
	AreaLost      finding.Quantity        `json:"area_lost"`       // share-seconds of goodput lost
	Robustness    finding.Quantity        `json:"robustness"`      // share still served as usual in the worst bin
	Rapidity      finding.Quantity        `json:"rapidity"`        // share gained a second, from the worst bin on
	Alert         *finding.Quantity       `json:"alert,omitempty"` // s, injection to the first alert after it; nil: no Prometheus
	AlertName     string                  `json:"alert_name,omitempty"`
}

// Judge measures every fault in every trial, and judges recovery, sessions and conflicts.
func Judge(r *run.Run) ([]Row, []finding.Finding) {
	var rows []Row
	for _, t := range r.Trials {
		usual, alarms := r.Usual(t), readAlarms(t)
		for _, in := range t.Injections {
			row := recoveryOf(r, t, in, usual)
			row.Alert, row.AlertName = alarms.alerted(in, horizon(t, in))
			rows = append(rows, row)
		}
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		all = append(all, findings(r, setup, rows)...)
	}
	return rows, append(append(all, sessions(r)...), conflicts(r)...)
}
