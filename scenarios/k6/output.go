package k6

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.k6.io/k6/metrics"
	"go.k6.io/k6/output"

	"odooharness/scenarios/k6/openarrival"
	"odooharness/scenarios/record"
	"odooharness/scenarios/wire"
)

// harnessOutput opens and closes the run's tables with k6's run, turns the samples
// of plain scripts into rows, and tells the harness how far the run is.
type harnessOutput struct {
	output.SampleBuffer
	process  *Process
	flusher  *output.PeriodicFlusher
	pipe     *os.File // to the harness, nil when there is none
	plain    plainScript
	planned  bool // the script has arrivals of ours, which wait for their instants themselves
	gone     bool // the harness reads no more
	finished bool
}

var _ output.Output = &harnessOutput{}

// newOutput makes the output. `--out harness=DIR` lets a person record a run
// without a trial.
func newOutput(p *Process, params output.Params) (output.Output, error) {
	if params.ConfigArgument != "" {
		p.spec.Out = params.ConfigArgument
	}
	if p.spec.Out == "" {
		return nil, fmt.Errorf("output %s: say where, --out %s=DIR", OutputName, OutputName)
	}
	o := &harnessOutput{process: p}
	if !p.alone {
		o.pipe = os.NewFile(ProgressPipe, "progress")
	}
	o.plain = plainScript{process: p}
	for _, scenario := range params.ScriptOptions.Scenarios {
		o.planned = o.planned || scenario.GetType() == openarrival.Type
	}
	return o, nil
}

// Description is printed by k6.
func (o *harnessOutput) Description() string { return "harness (" + o.process.spec.Out + ")" }

// beat is how often progress is told.
const beat = 250 * time.Millisecond

// Start opens the tables. k6's own executors know nothing of a trial's base instant:
// for a script that has no others it waits here for the script's start.
func (o *harnessOutput) Start() error {
	recorder, err := record.Open(o.process.spec.Out, o.process.spec.Name)
	if err != nil {
		return err
	}
	o.process.setRecorder(recorder)
	if o.flusher, err = output.NewPeriodicFlusher(beat, o.flush); err != nil || o.process.spec.Base.IsZero() {
		return err
	}
	base := o.process.base()
	recorder.SetBase(base)
	if !o.planned {
		awaitOrSignal(base.Add(o.process.spec.Start))
	}
	return nil
}

// awaitOrSignal waits for an instant, or for the signal that ends the run, which k6
// gets, too.
func awaitOrSignal(instant time.Time) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, cancel := context.WithDeadline(ctx, instant)
	defer cancel()
	<-ctx.Done()
}

func (o *harnessOutput) flush() {
	for _, container := range o.GetBufferedSamples() {
		o.plain.take(container)
	}
	o.tell(wire.Message{Progress: o.process.recorder.Progress()})
}

// tell sends a line to the harness. When nobody reads any more, followHarness ends
// the run.
func (o *harnessOutput) tell(m wire.Message) {
	if o.pipe == nil || o.gone {
		return
	}
	line, err := json.Marshal(m)
	if err == nil {
		_, err = io.WriteString(o.pipe, string(line)+"\n")
	}
	o.gone = err != nil
}

// Stop closes the tables and says goodbye.
func (o *harnessOutput) Stop() error {
	o.flusher.Stop()
	if o.finished {
		return nil
	}
	o.finished = true
	progress := o.process.recorder.Progress()
	final := o.process.close()
	o.tell(wire.Message{Progress: progress, Final: &final})
	if o.pipe != nil && !o.gone {
		if err := o.pipe.Close(); err != nil {
			return err
		}
	}
	if final.Err != "" {
		return fmt.Errorf("record the run: %s", final.Err)
	}
	return nil
}

// samplesOf calls f for every sample of a container.
func samplesOf(container metrics.SampleContainer, f func(metrics.Sample)) {
	for _, s := range container.GetSamples() {
		f(s)
	}
}
