package wire

import (
	"time"

	"example.org/odooharness/results"
)

// Begin is the order that a held load generator waits for.
type Begin struct {
	Base time.Time // the trial's base instant, on the wall clock
}

// Message is one line from the load generator.
type Message struct {
	Progress Progress
	Ready    bool   `json:",omitempty"` // held, and waiting for [Begin]
	Ended    bool   `json:",omitempty"` // it ends itself, because its entry of the experiment is over
	Final    *Final `json:",omitempty"` // in the last line alone
}

// Progress is counts since the generator's start.
type Progress struct {
	Planned  int64 // arrivals whose time has come
	Started  int64 // iterations begun
	Dropped  int64 // arrivals lost
	Active   int64 // iterations under way
	Outcomes map[results.Outcome]int64
}

// Final is what the generator knows of itself at the end.
type Final struct {
	Load    []results.Load
	LateP50 float64 // seconds
	LateP99 float64
	Notes   []string `json:",omitempty"` // what the records do not show
	Err     string   `json:",omitempty"` // records that could not be written
}
