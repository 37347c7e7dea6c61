package kind

import (
	"slices"

	"example.org/odooharness/results"
)

// Fault is one row of the table.
type Fault struct {
	Kind   string // NetworkChaos
	Action string // spec.action, or what takes its place in a kind without one
	// Lasts: the fault stays in effect until it is recovered, so it needs a duration.
	Lasts bool
	// Destroys: processes end or data is discarded, so that acknowledged work can be
	// lost. The other faults hold work up or refuse it.
	Destroys   bool
	Parameters []Parameter // keys of spec.parameters that belong to the action
	Proof      string      // what is shown when the fault is in effect, where the harness reads it itself
	Recovered  string      // who ends the fault, and how
	Differs    string      // where the local driver differs from Chaos Mesh
	Local      Support
	Mesh       Support
}

// Parameter is a key of spec.parameters.
type Parameter struct {
	Key  string
	Note string // its values and default, for the documentation
}

// Support is how a driver makes a fault, or why it cannot.
type Support struct {
	Does    string // how it is made; empty when the driver cannot
	Needs   []Need
	Field   string // of the manifest, at fault when the driver cannot
	Cannot  string // why the driver cannot make it
	Instead string // what to write instead
}

// Need is a right or a program that a fault cannot do without.
type Need string

// The needs. A component lacks one when its setup does not name it.
const (
	Proxy       Need = "proxy"           // clients connect through the harness's proxy
	Process     Need = "process"         // the harness starts it, or pidFile names it
	Hold        Need = "supervisor"      // the harness starts it, so that it can keep it down
	DatabaseDSN Need = "PostgreSQL DSN"  // past the proxy, of a role with the rights that docs/faults.md lists
	RedisURL    Need = "Redis URL"       // past the proxy
	LogDisk     Need = "disk of its own" // the write-ahead log is on a file system of its own
	Standby     Need = "standby"         // of the same stack
	Daemon      Need = "chaos-daemon"    // of Chaos Mesh, on the pod's node
)

// Name is kind and action, for messages and for tables of builders.
func (f Fault) Name() string { return Name(f.Kind, f.Action) }

// Name joins a kind and an action.
func Name(kind, action string) string { return kind + " " + action }

// Own reports whether the kind is one of this project, which no controller of Chaos
// Mesh knows.
func (f Fault) Own() bool { return Component(f.Kind) != "" }

// Component is the kind of component that a kind of this project is made for, empty
// for the kinds of Chaos Mesh.
func Component(kind string) results.Kind {
	switch kind {
	case "PostgresChaos":
		return results.KindPostgres
	case "RedisChaos":
		return results.KindRedis
	case "OdooChaos":
		return results.KindOdoo
	case "CarrierChaos":
		return results.KindCarrier
	}
	return ""
}

// Find returns the row of a kind and action. The kinds that start others (Schedule,
// Workflow) have one row each, whatever the action.
func Find(kind, action string) (Fault, bool) {
	rows := Table()
	i := slices.IndexFunc(rows, func(f Fault) bool { return f.Kind == kind && (f.Action == action || f.Action == "") })
	if i < 0 {
		return Fault{}, false
	}
	return rows[i], true
}

// Actions lists the actions of a kind, in the order of the table.
func Actions(kind string) []string {
	var actions []string
	for _, f := range Table() {
		if f.Kind == kind && f.Action != "" {
			actions = append(actions, f.Action)
		}
	}
	return actions
}

// With lists the actions of a kind that have a parameter.
func With(kind, parameter string) []string {
	var actions []string
	for _, f := range Table() {
		if f.Kind == kind && slices.ContainsFunc(f.Parameters, func(p Parameter) bool { return p.Key == parameter }) {
			actions = append(actions, f.Action)
		}
	}
	return actions
}
