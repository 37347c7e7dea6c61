package background

import (
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// Rows are the jobs, the calls to the carrier and the backlogs of each setup.
type Rows struct {
	Background []Row
	Calls      []CallRow
	Backlogs   []BacklogRow
}

// Row is the jobs of one kind that were queued in a window.
type Row struct {
	Setup       string           `json:"setup"`
	Window      string           `json:"window"`
	Kind        string           `json:"kind"`   // of the window
	Tenant      string           `json:"tenant"` // "*": all
	Job         string           `json:"job"`    // label, notice, queue_job
	Queued      int              `json:"queued"`
	Undone      int              `json:"undone"`        // when the target was read after the run
	Cut         int              `json:"cut,omitempty"` // of the undone, those of a trial that was stopped before its end
	Failed      int              `json:"failed"`
	Repeated    int              `json:"repeated"` // needed more than one try
	P50         finding.Quantity `json:"p50"`      // s, queued to done
	P95         finding.Quantity `json:"p95"`
	Longest     finding.Quantity `json:"longest"`
	Interactive finding.Quantity `json:"interactive"` // s, P50 of the journeys of the tenant in the window
	Drain       finding.Quantity `json:"drain"`       // s, end of the load to the end of the last job
}

// BacklogRow is work that waited in a window, of a tenant or of a component. There is no
// row where nothing waited.
type BacklogRow struct {
	Setup     string           `json:"setup"`
	Window    string           `json:"window"`
	Kind      string           `json:"kind"`   // of the window
	Tenant    string           `json:"tenant"` // empty: of the component
	Component string           `json:"component"`
	Series    string           `json:"series"`
	What      string           `json:"what"`
	Largest   finding.Quantity `json:"largest"` // count
	Oldest    finding.Quantity `json:"oldest"`  // s, age of the oldest entry: the lateness of scheduled jobs
	Drain     finding.Quantity `json:"drain"`   // s, end of the window until no more waited than before it
}

// CallRow is the calls of the connector to the carrier in a window.
type CallRow struct {
	Setup    string           `json:"setup"`
	Window   string           `json:"window"`
	Kind     string           `json:"kind"` // of the window
	Asked    int              `json:"asked"`
	Refused  int              `json:"refused"`
	Repeated int              `json:"repeated"` // for a label that was already made
	Done     finding.Quantity `json:"done"`     // share of the calls that were not refused
}

// Judge judges jobs and backlogs, and describes the calls to the carrier.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	var rows Rows
	var all, findings []finding.Finding
	rows.Background, all = jobs(r)
	rows.Calls, findings = carrierCalls(r)
	all = append(all, findings...)
	rows.Backlogs, findings = backlogs(r)
	return rows, append(all, findings...)
}
