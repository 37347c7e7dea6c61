package results

import (
	"fmt"
	"time"
)

// Trial states.
const (
	TrialRunning  = "running" // the harness ended without closing it
	TrialComplete = "complete"
	TrialHalted   = "halted" // a halt condition or a person stopped it
	TrialFailed   = "failed" // could not run
)

// StoppedByPerson is the reason of a trial that a person or a signal halted.
const StoppedByPerson = "stopped by a person"

// Trial is one measurement of one setup. Base is wall-clock time. Every Offset of the
// trial's records counts from it.
type Trial struct {
	Name      string `json:"name"` // 01-multi-tenant
	Setup     string `json:"setup"`
	Replicate int    `json:"replicate"` // from 1; trials of one replicate form a pair
	Position  int    `json:"position"`  // order in time, from 1
	Seed      uint64 `json:"seed"`
	// Twin: the same load without faults; only a reference for the trial of its replicate
	Twin      bool              `json:"twin,omitempty"`
	Base      time.Time         `json:"base"`
	Length    Offset            `json:"length_ns"`
	Warmup    Offset            `json:"warmup_ns"`
	Landmarks map[string]Offset `json:"landmarks"`
	Events    []Window          `json:"events,omitempty"` // as planned, each in full; empty in runs before they were recorded
	Windows   []Window          `json:"windows"`          // as planned: cut at the events
	State     string            `json:"state"`
	Reason    string            `json:"reason,omitempty"` // why halted or failed
	Load      []Load            `json:"load"`
	Generator Generator         `json:"generator"` // all generators together
	// Generators are the single ones, when several offered the load of a scenario.
	Generators []Generator `json:"generators,omitempty"`
	Problems   []string    `json:"problems,omitempty"` // probes that could not read, clean-up that failed
	Audit      *Audit      `json:"audit,omitempty"`
	Drills     []Drill     `json:"drills,omitempty"` // recovery and change, as they went
}

// Load is what was offered to one tenant by one journey.
type Load struct {
	Scenario string `json:"scenario"`
	Tenant   string `json:"tenant"`
	Journey  string `json:"journey"`
	Planned  int64  `json:"planned"` // arrivals planned
	Started  int64  `json:"started"`
	Dropped  int64  `json:"dropped"`          // lost load: no virtual user was free until the end, or the queue was full
	Missed   int64  `json:"missed,omitempty"` // not started by one of k6's own executors: the generator's limit
	// Indexed: of several generators, and its arrivals are those of one k6 scenario under
	// open-arrival. All together have the indices 0 to Planned-1, each once.
	Indexed bool `json:"indexed,omitempty"`
}

// Audit is the result of reading back the journalled writes.
type Audit struct {
	Method     string      `json:"method"` // sql, api
	Err        string      `json:"error,omitempty"`
	Operations []AuditOp   `json:"operations"`
	Reads      []AuditRead `json:"reads,omitempty"`
	Invariants []Invariant `json:"invariants"`
	RPO        *float64    `json:"rpo_s,omitempty"` // age of the oldest lost acknowledged write, nil: none lost
	Losses     []Loss      `json:"losses,omitempty"`
}

// Unsound returns why the counts of an audit cannot be true, empty when they can.
func (a *Audit) Unsound() string {
	for _, op := range a.Operations {
		where := string(op.Op) + " of " + op.Tenant
		least := min(op.Attempted, op.Acknowledged, op.Lost, op.LostAck, op.Duplicated, op.Unexpected, op.Indeterminate)
		switch {
		case least < 0:
			return fmt.Sprintf("it counts %d writes: %s", least, where)
		case op.Lost > op.Acknowledged:
			return fmt.Sprintf("it counts %d lost of %d acknowledged writes: %s", op.Lost, op.Acknowledged, where)
		}
	}
	return ""
}

// Loss is the number of acknowledged writes that one fault lost.
type Loss struct {
	Fault string  `json:"fault"` // empty: lost without a fault that can have caused it
	At    Offset  `json:"at_ns"`
	Lost  int     `json:"lost"`
	RPO   float64 `json:"rpo_s"`             // age of the oldest of them when the fault happened
	Near  int     `json:"acknowledged_near"` // writes acknowledged in the 10 s before: the resolution of an RPO of 0
}

// AuditOp counts the results of one kind of write for one tenant.
type AuditOp struct {
	Tenant        string   `json:"tenant"`
	Op            Op       `json:"op"`
	Attempted     int      `json:"attempted"`
	Acknowledged  int      `json:"acknowledged"`
	Lost          int      `json:"lost"`     // acknowledged, not there
	LostAck       int      `json:"lost_ack"` // done, but the client got an error or no answer
	Duplicated    int      `json:"duplicated"`
	Unexpected    int      `json:"unexpected"` // there, but refused
	Indeterminate int      `json:"indeterminate"`
	Examples      []string `json:"examples,omitempty"` // references, at most ten
}

// AuditRead counts the reads of acknowledged writes.
type AuditRead struct {
	Tenant   string   `json:"tenant"`
	Op       Op       `json:"op"`
	Reads    int      `json:"reads"`
	Stale    int      `json:"stale"` // did not show it
	Examples []string `json:"examples,omitempty"`
}

// Invariant is a law of stock, books or jobs, checked after the run.
type Invariant struct {
	Tenant   string   `json:"tenant"`
	Name     string   `json:"name"`                     // reserved-within-stock, one-invoice-per-order, ...
	Held     bool     `json:"held"`                     // no document breaks it that did not before the load, and none further
	Absent   string   `json:"does_not_apply,omitempty"` // why: the target has nothing that it is about, or the setup names no DSN
	Broken   int      `json:"broken"`                   // documents that break it
	Before   int      `json:"broken_before,omitempty"`  // of them, those that did so before the load
	Examples []string `json:"examples,omitempty"`       // documents, new ones first, at most ten
	Err      string   `json:"error,omitempty"`          // why it could not be checked
}
