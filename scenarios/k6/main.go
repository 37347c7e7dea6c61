package k6

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"go.k6.io/k6/cmd"
	"go.k6.io/k6/js/modules"
	"go.k6.io/k6/output"

	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/wire"
)

// ChildVariable is set in the environment of a process that has the pipes.
const ChildVariable = "HARNESS_LOAD_GENERATOR"

// OutputName is the name of the harness's output.
const OutputName = "harness"

// Main runs k6 with our extensions and does not return: k6 reads os.Args, which must
// be a program name and k6's own arguments, and ends the process.
func Main() {
	process, err := thisProcess()
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness k6:", err)
		os.Exit(1)
	}
	modules.Register(ModuleName, NewModule(process))
	openarrival.Register(process)
	output.RegisterExtension(OutputName, func(params output.Params) (output.Output, error) {
		return newOutput(process, params)
	})
	cmd.Execute()
}

// tagForOutput sets the system tags that our output needs, when a person uses it and
// names none.
func tagForOutput() error {
	const variable = "K6_SYSTEM_TAGS"
	if os.Getenv(variable) != "" || !slices.ContainsFunc(os.Args, func(arg string) bool {
		return strings.HasPrefix(strings.TrimPrefix(arg, "--out="), OutputName+"=")
	}) {
		return nil
	}
	return os.Setenv(variable, SystemTags())
}

func thisProcess() (*Process, error) {
	// Otherwise k6 fetches other binaries and reports its use to its vendor.
	for name, value := range map[string]string{
		"K6_AUTO_EXTENSION_RESOLUTION": "false", "K6_NO_USAGE_REPORT": "true",
	} {
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return nil, err
			}
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a quarter more requests a CPU second, for some 20 MB
		debug.SetMemoryLimit(2 << 30)
	}
	if os.Getenv(ChildVariable) == "" {
		if err := tagForOutput(); err != nil {
			return nil, err
		}
		spec, err := specFromEnvironment(os.Getenv)
		if err != nil {
			return nil, err
		}
		return newProcess(spec, nil, nil)
	}
	h := newHarness()
	spec, err := h.spec()
	if err != nil {
		return nil, err
	}
	var documents wire.Documents
	if spec.Documents != "" {
		if documents, err = wire.ReadDocuments(spec.Documents); err != nil {
			return nil, err
		}
	}
	process, err := newProcess(spec, documents, h)
	if err != nil {
		return nil, err
	}
	go h.follow(process.close)
	return process, nil
}
