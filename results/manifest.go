package results

import "time"

// SchemaVersion is the version of every file of a run. A reader refuses a version that
// it does not know.
const SchemaVersion = 1

// Manifest identifies a run: its inputs, versions and environment. It never contains a
// credential.
type Manifest struct {
	Schema     int               `json:"schema"`
	Experiment string            `json:"experiment"`
	Hypothesis string            `json:"hypothesis"`
	Started    time.Time         `json:"started"`
	Seed       uint64            `json:"seed"`
	Versions   map[string]string `json:"versions"` // harness, go, k6, per setup odoo/postgres/redis/ingress
	Host       Host              `json:"host"`
	Inputs     []Input           `json:"inputs"`
	Setups     []Setup           `json:"setups"`
	Remedies   []Remedy          `json:"remedies,omitempty"` // the variants among the setups
	Objectives []Objective       `json:"objectives"`
	Caveats    []string          `json:"caveats"` // sentences every report must carry
	Command    string            `json:"command"` // reproduces the run
	Promises   *Promises         `json:"promises,omitempty"`
	Capacity   *Capacity         `json:"capacity,omitempty"`
	Isolation  *Isolation        `json:"isolation,omitempty"`
	Stopping   *Stopping         `json:"stopping,omitempty"` // nil: every planned replicate is run
	Priors     []Prior           `json:"priors,omitempty"`   // from earlier runs; a question without one has the stated default
}

// Promises are the limits that the experiment sets where no objective does. 0 leaves
// the limit to the analyzer.
type Promises struct {
	Slowdown   float64 `json:"slowdown,omitempty"`   // largest slowdown of an abiding tenant under a disruptive one, as a ratio
	Percentile float64 `json:"percentile,omitempty"` // of latencies that are compared, e.g. 0.5; 0: the highest with enough arrivals
	Recovery   float64 `json:"recovery_s,omitempty"` // from a fault's removal to service as usual
	Alert      float64 `json:"alert_s,omitempty"`    // from a fault's injection to the first alert
}

// Host describes the machine that generated the load.
type Host struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Memory int64  `json:"memory_bytes"`
}

// Input is a file that the run was made from.
type Input struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Setup is a setup under test, as the report names it.
type Setup struct {
	Name        string   `json:"name"`
	Tenancy     Tenancy  `json:"tenancy"`
	Target      string   `json:"target"` // lab-odoo, lab-embedded, external
	Environment string   `json:"environment"`
	Tenants     []Tenant `json:"tenants"`
	Workers     int      `json:"workers"`      // HTTP workers in total, 0 unknown
	CPU         float64  `json:"cpu"`          // cores in total, 0 unknown or unlimited
	CPUEnforced bool     `json:"cpu_enforced"` // cgroups hold the share
	CPUNote     string   `json:"cpu_note,omitempty"`
	Currency    string   `json:"currency,omitempty"`
	CostPerHour float64  `json:"cost_per_hour,omitempty"`
	Weaknesses  []string `json:"weaknesses,omitempty"` // planted on purpose
	Ingress     Ingress  `json:"ingress,omitempty"`    // of a lab of kind odoo; its version is in the manifest's
	Digest      string   `json:"digest,omitempty"`     // SHA-256 of the setup file
}

// Remedy is a setup of the run that is another one with a change.
type Remedy struct {
	Name  string   `json:"name"` // of the setup
	Of    string   `json:"of"`   // setup that it changes
	About string   `json:"about"`
	For   []string `json:"for"` // identifiers of the findings that it is a remedy for
}

// Tenant is one customer of the platform.
type Tenant struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Objective is one service level objective, resolved from OpenSLO.
type Objective struct {
	Name      string   `json:"name"`
	Journeys  []string `json:"journeys,omitempty"` // empty: all
	Steps     []string `json:"steps,omitempty"`    // empty: the journey record
	Target    float64  `json:"target"`             // share of good events, 0..1
	Threshold float64  `json:"threshold_s"`        // latency from intended start that is still good, 0: outcome alone
	Budgeting string   `json:"budgeting"`          // Occurrences, Timeslices
	Timeslice float64  `json:"timeslice_s,omitempty"`
	SliceGood float64  `json:"timeslice_target,omitempty"`
}
