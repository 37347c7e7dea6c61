package results

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Generator describes the load generator itself: its CPU and its lateness.
type Generator struct {
	Scenario string `json:"scenario,omitempty"` // of one of several generators
	Index    int    `json:"index,omitempty"`    // from 1
	Of       int    `json:"of,omitempty"`
	Err      string `json:"error,omitempty"` // why it ended early
	Load     []Load `json:"load,omitempty"`  // what it offered; empty for one that was killed

	CPUSeconds float64 `json:"cpu_s"`
	Wall       float64 `json:"wall_s"`
	CPUs       int     `json:"cpus"`
	LateP50    float64 `json:"late_p50_s"` // start lateness while a virtual user was free
	LateP99    float64 `json:"late_p99_s"`

	// CPULimit is how many cores its cgroup may use; 0 is no limit.
	CPULimit float64 `json:"cpu_limit,omitempty"`
	// Periods are the scheduling periods of that cgroup while the load ran, Throttled
	// those in which it had used its share and had to wait.
	Periods   int64 `json:"periods,omitempty"`
	Throttled int64 `json:"throttled,omitempty"`
	// Of a generator on another host:
	Host  string     `json:"host,omitempty"` // the pod
	Node  string     `json:"node,omitempty"`
	Clock *HostClock `json:"clock,omitempty"`

	// Notes are sentences on what its records do not show.
	Notes []string `json:"notes,omitempty"`
}

// HostClock is how far the clock of a generator's host is from that of the harness, in
// seconds. The offset is in the offsets of its rows already.
type HostClock struct {
	Offset float64 `json:"offset_s"`          // to add to the host's clock
	Error  float64 `json:"error_s"`           // the most by which a row may be off its place
	Drift  float64 `json:"drift_s,omitempty"` // part of it that the clocks have certainly moved apart during the load
}

// Name is the generator's name among several: "dispatch 2 of 3".
func (g Generator) Name() string { return fmt.Sprintf("%s %d of %d", g.Scenario, g.Index, g.Of) }

// File is the part of the names of its tables that belongs to it: dispatch.2of3. Names of
// entries do not end like that.
func (g Generator) File() string { return fmt.Sprintf("%s.%dof%d", g.Scenario, g.Index, g.Of) }

// scenarioOf returns a path without its extension and without the number of a generator:
// samples-dispatch. of samples-dispatch.2of4.parquet, and of samples-dispatch.2of4/0000.parquet.
func scenarioOf(path string) string {
	table := filepath.Base(path)
	if parent := filepath.Base(filepath.Dir(path)); strings.HasPrefix(parent, "samples-") {
		table = parent // of a part
	}
	table = strings.TrimSuffix(table, ".parquet")
	var index, of int
	at := strings.LastIndexByte(table, '.')
	if n, _ := fmt.Sscanf(table[at+1:], "%dof%d", &index, &of); at > 0 && n == 2 { // else it is no generator's
		table = table[:at]
	}
	return table + "."
}
