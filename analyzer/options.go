package analyzer

import "example.org/odooharness/analyzer/run"

// SchemaVersion is the version of the judgement as JSON.
const SchemaVersion = 1

// Options are the limits that a run is held to where no objective states them. The zero
// value means the defaults.
type Options = run.Options
