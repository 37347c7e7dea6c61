package scenarios

import (
	"embed"
	"io/fs"
	"os"
	"slices"

	"example.org/odooharness/scenarios/k6"
	"example.org/odooharness/scenarios/wire"
)

// Spec describes one run of one script.
type Spec = wire.Spec

// Tenant is how the load reaches one tenant.
type Tenant = wire.Tenant

// Share is the part of a script's load that one of several generators offers.
type Share = wire.Share

// Outline is what a script declares before it runs.
type Outline = wire.Outline

// Progress is a generator's counts since its start.
type Progress = wire.Progress

// SessionsPerTenant bounds the log-ins of one generator to a tenant.
const SessionsPerTenant = k6.SessionsPerTenant

//go:embed *.js
var scripts embed.FS

// Scripts are the scenario scripts, as files.
func Scripts() fs.FS { return scripts }

// Main is `harness k6 ...`: k6 with our extensions. It owns the process and ends it.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == "k6" {
		os.Args = slices.Delete(os.Args, 1, 2) // k6 reads its arguments there
	}
	k6.Main()
}
