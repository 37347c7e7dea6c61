package k6

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.k6.io/k6/metrics"
	"go.k6.io/k6/output"

	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/record"
	"example.org/odooharness/scenarios/wire"
)

// harnessOutput opens and closes the run's tables with k6's run, turns the samples of
// plain scripts into rows, and reports progress to the harness.
type harnessOutput struct {
	output.SampleBuffer
	process  *Process
	flusher  *output.PeriodicFlusher
	plain    plainScript
	foreign  bool // all executors are k6's own
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
		return nil, fmt.Errorf("output %s names no folder; write --out %s=DIR", OutputName, OutputName)
	}
	ours := 0
	for _, scenario := range params.ScriptOptions.Scenarios {
		if scenario.GetType() == openarrival.Type {
			ours++
		}
	}
	p.mixed = ours > 0 && ours < len(params.ScriptOptions.Scenarios)
	return &harnessOutput{process: p, plain: plainScript{process: p}, foreign: ours == 0}, nil
}

// Description is printed by k6.
func (o *harnessOutput) Description() string { return "harness (" + o.process.spec.Out + ")" }

// beat is the interval of progress reports.
const beat = 250 * time.Millisecond

// Start opens the tables. k6's own executors know nothing of a trial's base instant:
// a script that has no others is held here.
func (o *harnessOutput) Start() error {
	recorder, err := record.Open(o.process.spec.Out, o.process.spec.Name)
	if err != nil {
		return err
	}
	o.process.setRecorder(recorder)
	if o.process.mixed && !o.process.spec.Held {
		recorder.SetBase(time.Now()) // k6's executors may begin before ours
	}
	if o.flusher, err = output.NewPeriodicFlusher(beat, o.flush); err != nil || !o.foreign {
		return err
	}
	if err := o.process.awaitBegin(context.Background()); err != nil {
		return errors.Join(err, o.Stop())
	}
	return nil
}

func (o *harnessOutput) flush() {
	for _, container := range o.GetBufferedSamples() {
		o.plain.take(container)
	}
	if o.process.harness != nil {
		o.process.harness.send(wire.Message{Progress: o.process.recorder.Progress()})
	}
}

// Stop closes the tables and sends the last message.
func (o *harnessOutput) Stop() error {
	o.flusher.Stop()
	if o.finished {
		return nil
	}
	o.finished = true
	progress := o.process.recorder.Progress()
	final := o.process.close()
	if h := o.process.harness; h != nil {
		h.send(wire.Message{Progress: progress, Final: &final})
		if err := h.bye(); err != nil {
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
