package remote

import (
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

// Silence is how long either side may hear nothing of the other.
const Silence = 5 * time.Second

// beat is the time between two signs of life.
const beat = time.Second

// Variables of an agent's environment. Nothing of them is in arguments, which other users of
// a host can read.
const (
	AddressVariable     = "HARNESS_COORDINATOR"             // host:port
	CertificateVariable = "HARNESS_COORDINATOR_CERTIFICATE" // PEM
	TokenVariable       = "HARNESS_COORDINATOR_TOKEN"
	HostVariable        = "HARNESS_LOAD_HOST"    // the pod; empty: the host's name
	NodeVariable        = "HARNESS_LOAD_NODE"    // on which the pod runs
	IndexVariable       = "JOB_COMPLETION_INDEX" // from 0, as Kubernetes sets it
)

// serverName is what the coordinator's certificate is made out to, whatever its address is.
const serverName = "odoo-harness"

// hello introduces an agent.
type hello struct {
	Index   int    `json:"index"` // from 0
	Version string `json:"version"`
	Host    string `json:"host"` // the pod
	Node    string `json:"node,omitempty"`
}

// order is a line from the coordinator to an agent. One without any field is a sign of life.
type order struct {
	Load  string `json:"load,omitempty"` // which one it is about
	Start *start `json:"start,omitempty"`
	Begin *begin `json:"begin,omitempty"`
	Stop  bool   `json:"stop,omitempty"`
	Over  bool   `json:"over,omitempty"` // there will be no more loads
}

// begin is the base instant, on the coordinator's clock.
type begin struct {
	Base time.Time     `json:"base"`
	Off  time.Duration `json:"off"` // by which it may be off
}

// start is a load, with the files that its spec names.
type start struct {
	Spec    wire.Spec         `json:"spec"`
	Archive []byte            `json:"archive"`         // of k6: the script and what it imports
	Files   map[string][]byte `json:"files,omitempty"` // documents and authorities, by their paths in the spec
}

// line is what an agent reports of one load. One without any field is a sign of life.
type line struct {
	Ready    bool           `json:"ready,omitempty"`
	Progress *wire.Progress `json:"progress,omitempty"`
	Report   *report        `json:"report,omitempty"` // in the last line alone
}

// report is the end of a load.
type report struct {
	Generator results.Generator `json:"generator"`
	Load      []results.Load    `json:"load"`
	Err       string            `json:"error,omitempty"`
}

// now is the coordinator's answer to a comparison of clocks.
type now struct {
	Now time.Time `json:"now"`
}
