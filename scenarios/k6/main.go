package k6

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"go.k6.io/k6/cmd"
	"go.k6.io/k6/js/modules"
	"go.k6.io/k6/output"

	"odooharness/scenarios/k6/openarrival"
	"odooharness/scenarios/wire"
)

// Pipes of a load generator that the harness started. Their numbers follow
// standard error.
const (
	SpecPipe     = 3 // read: the wire.Spec as JSON
	ProgressPipe = 4 // write: a wire.Message a line
	LifePipe     = 5 // read: nothing ever comes; it ends with the harness
)

// ChildVariable in the environment says that the pipes are there.
const ChildVariable = "HARNESS_LOAD_GENERATOR"

// OutputName is the output that the harness asks for.
const OutputName = "harness"

// Main runs k6 with our extensions and does not return: k6 reads os.Args, which must
// be a program name and k6's own arguments, and ends the process.
func Main() {
	process, err := newProcess()
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness k6:", err)
		os.Exit(1)
	}
	modules.Register(ModuleName, &Module{process: process})
	openarrival.Register(process)
	output.RegisterExtension(OutputName, func(params output.Params) (output.Output, error) {
		return newOutput(process, params)
	})
	cmd.Execute()
}

func newProcess() (*Process, error) {
	// k6 would fetch other binaries and report to its maker unless told not to.
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
		spec, err := specFromEnvironment(os.Getenv)
		if err != nil {
			return nil, err
		}
		return NewProcess(spec, nil, true)
	}
	var spec wire.Spec
	pipe := os.NewFile(SpecPipe, "spec")
	if err := json.NewDecoder(pipe).Decode(&spec); err != nil {
		return nil, fmt.Errorf("read the spec from the harness: %w", err)
	}
	if err := pipe.Close(); err != nil {
		return nil, err
	}
	var documents wire.Documents
	if spec.Documents != "" {
		var err error
		if documents, err = wire.ReadDocuments(spec.Documents); err != nil {
			return nil, err
		}
	}
	process, err := NewProcess(spec, documents, false)
	if err != nil {
		return nil, err
	}
	go process.followHarness()
	return process, nil
}

// closeLimit is how long k6 may take to end by itself once the harness is gone.
const closeLimit = 10 * time.Second

// followHarness ends the load when the harness is gone: first as a person would
// with Ctrl-C, and when that takes too long by closing the tables and leaving. k6
// leaves at once at a second signal, so there is only one: the harness's last, or
// our own. It lives as long as the process.
func (p *Process) followHarness() {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	life := os.NewFile(LifePipe, "life")
	var none [1]byte
	for {
		if n, err := life.Read(none[:]); n == 0 && err != nil {
			break
		}
	}
	select {
	case <-signals:
	default:
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // one's own process can always be signalled
	}
	<-time.After(closeLimit)
	p.close()
	os.Exit(1)
}
