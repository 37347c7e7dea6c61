package k6

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/lib/executor"
	"go.k6.io/k6/metrics"
	"go.k6.io/k6/output"

	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/k6/plain"
	"example.org/odooharness/scenarios/record"
	"example.org/odooharness/scenarios/wire"
)

// SystemTags are the tags of k6 that the records rest on: the default ones, and the
// virtual user and iteration, by which samples of one iteration are found.
func SystemTags() string {
	return (metrics.DefaultSystemTagSet | metrics.NonIndexableSystemTags).SetString()
}

// harnessOutput opens and closes the run's tables with k6's run, turns the samples
// of plain scripts into rows, and reports progress to the harness.
type harnessOutput struct {
	output.SampleBuffer
	process  *Process
	flusher  *output.PeriodicFlusher
	shortest time.Duration // minIterationDuration of the script
	foreign  bool          // all executors are k6's own
	finished bool
}

var (
	_ output.Output                = &harnessOutput{}
	_ output.WithStopWithTestError = &harnessOutput{}
)

// newOutput makes the output. `--out harness=DIR` lets a person record a run
// without a trial.
func newOutput(p *Process, params output.Params) (output.Output, error) {
	if params.ConfigArgument != "" {
		p.spec.Out = params.ConfigArgument
	}
	if p.spec.Out == "" {
		return nil, fmt.Errorf("output %s needs a folder: --out %s=DIR", OutputName, OutputName)
	}
	if tags := params.ScriptOptions.SystemTags; tags == nil || !tags.Has(metrics.TagVU) || !tags.Has(metrics.TagIter) {
		return nil, fmt.Errorf("output %s needs k6's system tags vu and iter: --system-tags %s", OutputName, SystemTags())
	}
	if err := p.allot(params.ScriptOptions); err != nil {
		return nil, fmt.Errorf("divide the documents: %w", err)
	}
	ours := 0
	for _, scenario := range params.ScriptOptions.Scenarios {
		switch c := scenario.(type) {
		case *openarrival.Config:
			ours++
		case executor.SharedIterationsConfig, executor.PerVUIterationsConfig:
			p.endless = true
		case executor.ExternallyControlledConfig:
			p.endless = p.endless || c.Duration.Duration == 0
		}
	}
	p.mixed = ours > 0 && ours < len(params.ScriptOptions.Scenarios)
	o := &harnessOutput{
		process: p, foreign: ours == 0, shortest: params.ScriptOptions.MinIterationDuration.TimeDuration(),
	}
	if log := loggerOf(params.Logger); log != nil {
		log.AddHook(exceptions{o})
	}
	return o, nil
}

// loggerOf returns the logger behind an interface of logrus.
func loggerOf(l logrus.FieldLogger) *logrus.Logger {
	switch l := l.(type) {
	case *logrus.Logger:
		return l
	case *logrus.Entry:
		return l.Logger
	}
	return nil
}

// exceptions is the hook that finds exceptions of scripts in k6's log, the only place
// where k6 reports them.
type exceptions struct{ output *harnessOutput }

// Levels implements logrus.Hook.
func (exceptions) Levels() []logrus.Level { return []logrus.Level{logrus.ErrorLevel} }

// Fire implements logrus.Hook. k6's executors log an exception with its stack trace,
// right after the iteration.
func (e exceptions) Fire(entry *logrus.Entry) error {
	scenario, _ := entry.Data["scenario"].(string)
	if observer := e.output.process.observer; observer != nil && scenario != "" && entry.Data["source"] == "stacktrace" {
		observer.Exception(scenario, entry.Time)
	}
	return nil
}

// Description is printed by k6.
func (o *harnessOutput) Description() string { return "harness (" + o.process.spec.Out + ")" }

// beat is how often progress is reported.
const beat = 250 * time.Millisecond

// Start opens the tables. k6's own executors know nothing of a trial's base instant:
// a script that has no others is held here.
func (o *harnessOutput) Start() error {
	recorder, err := record.Open(o.process.spec.Out, o.process.spec.File(), o.process.spec.Name)
	if err != nil {
		return err
	}
	o.process.observe(recorder, plain.New(o.process, recorder, o.shortest))
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
		o.process.observer.Take(container)
	}
	o.process.observer.RecordEnded(time.Now())
	if o.process.harness != nil {
		o.process.harness.report(wire.Message{Progress: o.process.recorder.Progress()})
	}
}

// Stop implements output.Output.
func (o *harnessOutput) Stop() error { return o.StopWithTestError(nil) }

// StopWithTestError closes the tables and reports the end. An error of the test is an
// abort or an interruption.
func (o *harnessOutput) StopWithTestError(interrupted error) error {
	o.flusher.Stop()
	if o.finished {
		return nil
	}
	o.finished = true
	if o.process.limit != nil {
		o.process.limit.Stop()
	}
	o.process.observer.Close(time.Now(), interrupted != nil)
	progress := o.process.recorder.Progress()
	final := o.process.close()
	if h := o.process.harness; h != nil {
		h.report(wire.Message{Progress: progress, Final: &final})
		if err := h.close(); err != nil {
			return err
		}
	}
	if final.Err != "" {
		return fmt.Errorf("record the run: %s", final.Err)
	}
	return nil
}
