package openarrival

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.k6.io/k6/errext"
	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/executor"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/arrivals"
)

// openArrival runs one scenario.
type openArrival struct {
	*executor.BaseExecutor
	config *Config
	state  *lib.ExecutionState
	wait   waiter
}

var _ lib.Executor = &openArrival{}

// run is the state of one [openArrival.Run].
type run struct {
	*openArrival
	name   string
	pool   pool
	cancel context.CancelCauseFunc
	out    chan<- metrics.SampleContainer

	active     sync.WaitGroup // virtual users that are not returned yet
	workers    sync.WaitGroup // their goroutines
	work       sync.WaitGroup // arrivals handed over and not yet finished
	exceptions atomic.Int64
	begin      time.Time
}

// Init logs the virtual users in before any load. A wrong password ends the run
// here, with one message.
func (e *openArrival) Init(ctx context.Context) error {
	if e.config.host == nil {
		return nil
	}
	return e.config.host.Prepare(ctx, e.state.Test.Options)
}

// Run starts every arrival of this process's stripe and waits until all are done
// or the graceful stop is over.
func (e *openArrival) Run(parent context.Context, out chan<- metrics.SampleContainer) (err error) {
	host, name := e.config.host, e.config.GetName()
	if host == nil {
		return errors.New("open-arrival has no host: the executor was registered without one")
	}
	schedule := e.config.Schedule(host.Seed(name))
	start, offsets, _ := e.state.ExecutionTuple.GetStripedOffsets()
	stripe := arrivals.Stripe{Start: start, Offsets: offsets}
	total := int64(0)
	for range stripe.Of(schedule) {
		total++
	}
	host.Plan(name, e.config.GetTags(), total)

	begin, err := host.Begin(parent, e.config.GetStartTime())
	if err != nil {
		return err
	}
	end := begin.Add(schedule.Duration())
	limited, stop := context.WithDeadline(parent, end.Add(e.config.GetGracefulStop()))
	defer stop()
	ctx, cancel := context.WithCancelCause(limited)
	r := &run{openArrival: e, name: name, cancel: cancel, out: out, begin: begin}
	r.pool.most = e.config.queue(e.state.ExecutionTuple)
	ctx = lib.WithScenarioState(ctx, &lib.ScenarioState{
		Name: name, Executor: Type, StartTime: begin, ProgressFn: r.progress(schedule.Duration()),
	})
	defer func() {
		cancel(nil)
		r.workers.Wait()
		r.active.Wait()
		r.dropRest()
		if cause := context.Cause(ctx); errext.IsInterruptError(cause) {
			err = cause
		}
	}()
	if err := r.startPlanned(ctx); err != nil {
		return err
	}
	r.dispatch(ctx, stripe, schedule)
	r.drain(ctx)
	return nil
}

// progress is what exec.scenario.progress shows.
func (r *run) progress(length time.Duration) func() (float64, []string) {
	return func() (float64, []string) {
		done := time.Since(r.begin).Seconds() / length.Seconds()
		return min(1, max(0, done)), []string{length.String()}
	}
}

// dispatch hands over each arrival at its time.
func (r *run) dispatch(ctx context.Context, stripe arrivals.Stripe, schedule arrivals.Schedule) {
	for a := range stripe.Of(schedule) {
		intended := r.begin.Add(a.At)
		if !r.wait(ctx, intended) {
			return
		}
		r.config.host.Arrived(r.name)
		r.work.Add(1)
		switch worker, queued := r.pool.acquire(pending{arrival: a, intended: intended}); {
		case worker != nil:
			worker.work <- pending{arrival: a, intended: intended, prompt: true}
		case queued:
			r.grow(ctx)
		default:
			r.work.Done()
			r.drop(a, intended)
		}
	}
}

// drain waits until everything handed over is done.
func (r *run) drain(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		r.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		// The workers end with ctx. dropRest then counts the rest, which ends the
		// waiting goroutine.
	}
}

// drop counts an arrival that was never started.
func (r *run) drop(a arrivals.Arrival, intended time.Time) {
	r.config.host.Dropped(r.name, a.Index, intended, time.Now())
	metrics.PushIfNotDone(context.Background(), r.out, metrics.Sample{
		TimeSeries: metrics.TimeSeries{
			Metric: r.state.Test.BuiltinMetrics.DroppedIterations,
			Tags:   r.state.Test.RunTags.With("scenario", r.name),
		},
		Time: time.Now(), Value: 1,
	})
}

// dropRest counts what was still waiting when the run ended.
func (r *run) dropRest() {
	for _, p := range r.pool.unserved() {
		r.drop(p.arrival, p.intended)
		r.work.Done()
	}
}

// startPlanned starts the virtual users that the options plan for.
func (r *run) startPlanned(ctx context.Context) error {
	planned, most := r.config.vus(r.state.ExecutionTuple)
	r.pool.spare = most - planned
	for range planned {
		vu, err := r.state.GetPlannedVU(r.GetLogger(), false)
		if err != nil {
			return fmt.Errorf("get virtual user: %w", err)
		}
		r.start(ctx, vu)
	}
	return nil
}

// grow starts one more virtual user in the background, when the options allow it
// and no other is starting.
func (r *run) grow(ctx context.Context) {
	if !r.pool.mayGrow() {
		return
	}
	r.workers.Go(func() {
		vu, err := r.state.GetUnplannedVU(ctx, r.GetLogger())
		if err != nil {
			r.GetLogger().WithError(err).Error("could not start another virtual user")
		} else {
			r.start(ctx, vu)
		}
		r.pool.grown()
	})
}

// start activates a virtual user and starts the goroutine that runs its iterations.
func (r *run) start(ctx context.Context, vu lib.InitializedVU) {
	w := &worker{id: vu.GetID(), work: make(chan pending, 1), arrival: &Arrival{Scenario: r.name}}
	r.active.Add(1)
	w.vu = vu.Activate(&lib.VUActivationParams{
		RunContext: context.WithValue(ctx, arrivalKey{}, w.arrival),
		Scenario:   r.name, Exec: r.config.GetExec(), Env: r.config.GetEnv(), Tags: r.config.GetTags(),
		DeactivateCallback: func(vu lib.InitializedVU) {
			r.state.ReturnVU(vu, false)
			r.active.Done()
		},
		GetNextIterationCounters: func() (uint64, uint64) { return w.counters() },
	})
	r.pool.add(w)
	r.workers.Go(func() { r.serve(ctx, w) })
	if p, ok := r.pool.release(w); ok {
		w.work <- p
	}
}

// serve runs the worker's arrivals until ctx ends.
func (r *run) serve(ctx context.Context, w *worker) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-w.work:
			for more := true; more; {
				r.iterate(ctx, w, p)
				r.work.Done()
				if ctx.Err() != nil {
					return
				}
				p, more = r.pool.release(w)
			}
		}
	}
}

// iterate runs one iteration of the script and reports it.
func (r *run) iterate(ctx context.Context, w *worker, p pending) {
	now := time.Now()
	*w.arrival = Arrival{
		Scenario: r.name, VU: w.id, Index: p.arrival.Index, Intended: p.intended, Started: now, Last: p.intended,
	}
	w.local = p.arrival.Local
	r.state.ModCurrentlyActiveVUsCount(+1)
	err := w.vu.RunOnce()
	r.state.ModCurrentlyActiveVUsCount(-1)
	switch {
	case ctx.Err() != nil:
		w.arrival.Outcome, w.arrival.Detail = "", ""
		w.arrival.Fail(results.Timeout, "interrupted")
		r.state.AddInterruptedIterations(1)
	case errext.IsInterruptError(err):
		w.arrival.Fail(results.ScriptError, "test aborted")
		r.state.AddInterruptedIterations(1)
		r.cancel(err)
	case err != nil:
		w.arrival.Fail(results.ScriptError, "exception")
		r.logException(err)
		r.state.AddFullIterations(1)
	default:
		r.state.AddFullIterations(1)
	}
	r.config.host.Finished(w.arrival, time.Now(), p.prompt)
}

// loudExceptions is how many exceptions of a script are logged; after that every
// hundredth is.
const loudExceptions = 10

func (r *run) logException(err error) {
	n := r.exceptions.Add(1)
	if n > loudExceptions && n%100 != 0 {
		return
	}
	var exception errext.Exception
	text := err.Error()
	if errors.As(err, &exception) {
		text = exception.StackTrace()
	}
	r.GetLogger().WithField("exceptions", n).Error(text)
}
