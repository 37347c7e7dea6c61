package background

import (
	"example.org/odooharness/analyzer/finding"
)

// Rows are the background work, the calls to the carrier and what waited.
type Rows struct {
	Background []Row
	Calls      []CallRow
	Backlogs   []BacklogRow
}

// Row is the background work that was queued in a window, beside what
// people who worked meanwhile saw.
type Row struct {
	Setup       string           `json:"setup"`
	Window      string           `json:"window"`
	Kind        string           `json:"kind"`   // of the window
	Tenant      string           `json:"tenant"` // "*": all
	Job         string           `json:"job"`    // label, notice, queue_job
	Queued      int              `json:"queued"`
	Undone      int              `json:"undone"` // when the target was read after the run
	Failed      int              `json:"failed"`
	Repeated    int              `json:"repeated"` // took more than one try
	P50         finding.Quantity `json:"p50"`      // s, queued to done
	P95         finding.Quantity `json:"p95"`
	Longest     finding.Quantity `json:"longest"`
	Interactive finding.Quantity `json:"interactive"` // s, P50 of the tenant's journeys in the window
	Drain       finding.Quantity `json:"drain"`       // s, from the end of the load until the last of them was done
}

// BacklogRow is work that waited in a window: of a tenant, or of a component as a
// whole. Without a row nothing waited.
type BacklogRow struct {
	Setup     string           `json:"setup"`
	Window    string           `json:"window"`
	Kind      string           `json:"kind"`   // of the window
	Tenant    string           `json:"tenant"` // empty: of the component
	Component string           `json:"component"`
	Series    string           `json:"series"`
	What      string           `json:"what"`
	Largest   finding.Quantity `json:"largest"` // count
	Oldest    finding.Quantity `json:"oldest"`  // s that the oldest had waited: the lateness of scheduled jobs
	Drain     finding.Quantity `json:"drain"`   // s, from the end of the window until no more waited than before it
}

// CallRow is what became of the connector's calls to the carrier in a window.
type CallRow struct {
	Setup    string           `json:"setup"`
	Window   string           `json:"window"`
	Kind     string           `json:"kind"` // of the window
	Asked    int              `json:"asked"`
	Refused  int              `json:"refused"`
	Repeated int              `json:"repeated"` // asked again for what was done
	Done     finding.Quantity `json:"done"`     // share of the calls that were not refused
}
