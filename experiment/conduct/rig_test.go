package conduct

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.org/odooharness/audit"
	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/telemetry"
)

// rig is a conductor whose target, load and faults are simulated. Its experiment has two
// trials of 100 s on one setup; see [newRig].
type rig struct {
	Conductor
	t          *testing.T
	experiment *spec.Experiment

	target    target.Target
	openErr   error
	onOpen    func()
	onClose   func(ctx context.Context) error
	onConnect func(call int)              // of the audit: the first call is before the load
	fault     simulatedFault              // of every trial
	unread    []string                    // what telemetry could not read
	loads     map[string]load             // by scenario
	ofShare   func(scenarios.Spec, *load) // changes it for one of several generators; nil: nothing

	mu         sync.Mutex
	opened     int
	closed     int // with a context that was alive
	connected  int
	faults     []*simulatedFault
	generators []*generator
	lines      []string
	snapshots  []Snapshot
	started    []string
	ended      []results.Trial
}

// load is how the generator of a scenario behaves.
type load struct {
	preflightErr error
	prepareErr   error
	startErr     error
	readyErr     error
	readyHangs   bool // until the trial ends
	beginErr     error
	fails        time.Duration // since the base instant: it ends with err; 0: it does not
	err          error
	drain        time.Duration // from the end of the load to the end of the generator
	progress     func(elapsed time.Duration) scenarios.Progress
	generator    results.Generator
	offered      []results.Load
	onPrepare    func()
	onReady      func()
}

// newRig is an experiment with the scenarios day (0 to 100 s) and night (10 to 60 s), a
// fault of 10 s at 60 s, and two replicates.
func newRig(t *testing.T) *rig {
	r := &rig{t: t, loads: map[string]load{}}
	r.experiment = &spec.Experiment{
		Path: "peak.yaml", Name: "peak", Tenants: map[string]results.Role{"t1": results.Abiding},
		Setups: []spec.Setup{{Name: "shared", Tenancy: "shared", Lab: &spec.LabTarget{Kind: "embedded"},
			Tenants: []spec.TenantAccess{{Name: "t1"}}}},
		Scenarios: []spec.Scenario{
			{Name: "day", Script: "day.js", Tenants: []string{"t1"}, Duration: 100 * time.Second, Scale: 1},
			{Name: "night", Script: "night.js", Tenants: []string{"t1"}, Start: spec.Moment{Offset: 10 * time.Second},
				Duration: 50 * time.Second, Scale: 1},
		},
		Faults: []spec.Fault{{Name: "pg", At: spec.Moment{Offset: 60 * time.Second}, For: 10 * time.Second,
			Manifest: chaos.Manifest{Path: "pg.yaml", Kind: "PostgresChaos", Action: "restart", Class: "database", Destroys: true}}},
		Warmup: 10 * time.Second, Replicates: 2, Order: "ABBA", Seed: 7,
	}
	r.target = target.Target{
		Driver: r, Info: results.Setup{Name: "shared", Tenancy: "shared"}, Versions: map[string]string{"odoo": "19.0"},
		Tenants: []scenarios.Tenant{{Tenant: results.Tenant{Name: "t1"}, Address: odoo.Address{URL: "http://t1"}}},
		Audit: []audit.Tenant{{Name: "t1", API: func(context.Context) (*odoo.Client, func(), error) {
			r.mu.Lock()
			r.connected++
			call := r.connected
			r.mu.Unlock()
			if r.onConnect != nil {
				r.onConnect(call)
			}
			return nil, nil, errors.New("no database here")
		}}},
	}
	r.Conductor = Conductor{Root: t.TempDir(), Load: r, Sample: r.sample, Watch: r, Plan: r.plan,
		Versions: map[string]string{"harness": "1"}, Open: r.open}
	return r
}

func (r *rig) open(context.Context, spec.Setup, map[string]results.Role, *slog.Logger) (*target.Target, error) {
	if r.onOpen != nil {
		r.onOpen()
	}
	if r.openErr != nil {
		return nil, r.openErr
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened++
	t := r.target
	t.Close = func(ctx context.Context) error {
		r.mu.Lock()
		if ctx.Err() == nil {
			r.closed++
		}
		r.mu.Unlock()
		if r.onClose != nil {
			return r.onClose(ctx)
		}
		return nil
	}
	return &t, nil
}

// sample passes no points on: the Parquet library shares its decoders through channels,
// which must not cross a bubble of virtual time.
func (r *rig) sample(ctx context.Context, _ time.Time, _ []telemetry.Target, _ func([]results.Point) error) ([]string, error) {
	<-ctx.Done()
	return r.unread, nil
}

func (r *rig) plan(ctx context.Context, e *spec.Experiment) (*plan.Plan, error) {
	inspect := func(context.Context, spec.Scenario) (plan.Outline, error) { return plan.Outline{}, nil }
	check := func(context.Context, spec.Setup, chaos.Manifest) ([]chaos.Component, error) {
		return []chaos.Component{{Name: "shared/postgres", Tenants: []string{"t1"}}}, nil
	}
	return plan.New(ctx, e, inspect, check)
}

// run plans and runs the experiment, and opens the run that was recorded.
func (r *rig) run(ctx context.Context) (*results.Run, error) {
	r.t.Helper()
	p, err := r.plan(r.t.Context(), r.experiment)
	if err != nil {
		r.t.Fatal(err)
	}
	dir, runErr := r.Run(ctx, r.experiment, p)
	recorded, err := results.Open(dir)
	if err != nil {
		r.t.Fatal(err)
	}
	return recorded, runErr
}

// trialDir is the folder of the first trial of the only run.
func (r *rig) trialDir() string {
	return filepath.Join(r.Root, "peak", "latest", "trials", "01-shared")
}

func (r *rig) Print(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *rig) TrialStarted(t plan.Trial, _ int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = append(r.started, t.Name)
}

func (r *rig) Tick(s Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.snapshots = append(r.snapshots, s)
}

func (r *rig) TrialEnded(t results.Trial) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, t)
}

func (r *rig) Preflight(context.Context, scenarios.Tenant) error { return r.loads["day"].preflightErr }

func (r *rig) Prepare(_ context.Context, s scenarios.Spec, _ *slog.Logger) (string, error) {
	l := r.loads[s.Name]
	if l.onPrepare != nil {
		l.onPrepare()
	}
	return "documents-" + s.Name, l.prepareErr
}

func (r *rig) Start(_ context.Context, s scenarios.Spec) (Generator, error) {
	l := r.loads[s.Name]
	if r.ofShare != nil {
		r.ofShare(s, &l)
	}
	if l.startErr != nil {
		return nil, l.startErr
	}
	g := &generator{load: l, spec: s, base: make(chan time.Time, 1), stop: make(chan struct{}), ended: make(chan struct{}),
		progress: make(chan scenarios.Progress)}
	r.mu.Lock()
	r.generators = append(r.generators, g)
	r.mu.Unlock()
	go g.run()
	return g, nil
}

// generator is the simulated load of one scenario.
type generator struct {
	load
	spec     scenarios.Spec
	base     chan time.Time
	progress chan scenarios.Progress
	stop     chan struct{}
	stopOnce sync.Once
	ended    chan struct{}

	from, to time.Time // of the load; zero when it did not begin
	stopped  bool
	waited   bool
	failure  error
}

func (g *generator) run() {
	defer close(g.ended)
	defer close(g.progress)
	var base time.Time
	select {
	case base = <-g.base:
	case <-g.stop:
		g.stopped = true
		return
	}
	if g.readyErr != nil {
		g.failure = g.readyErr
		return
	}
	end := time.NewTimer(time.Until(base.Add(g.spec.Start + g.spec.Duration)))
	if g.fails > 0 {
		end.Reset(time.Until(base.Add(g.fails)))
	}
	report := time.NewTimer(100 * time.Millisecond) // between the ticks of the conductor
	defer report.Stop()
	g.from = base.Add(g.spec.Start)
	for over := false; !over; {
		select {
		case <-report.C:
			report.Reset(tick)
			if g.load.progress != nil {
				g.progress <- g.load.progress(time.Since(base))
			}
		case <-end.C:
			over = true
			if g.fails > 0 {
				g.failure = g.err
			}
		case <-g.stop:
			over, g.stopped = true, true
		}
	}
	g.to = time.Now()
	time.Sleep(g.drain)
}

func (g *generator) Ready(ctx context.Context) error {
	if g.onReady != nil {
		g.onReady()
	}
	if g.readyHangs {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if g.readyErr != nil {
		g.base <- time.Time{} // it ends by itself
		return errors.New("ended before its load began")
	}
	return nil
}

func (g *generator) Begin(base time.Time) error {
	if g.beginErr != nil {
		return g.beginErr
	}
	g.base <- base
	return nil
}

func (g *generator) Progress() <-chan scenarios.Progress { return g.progress }

func (g *generator) Stop() { g.stopOnce.Do(func() { close(g.stop) }) }

func (g *generator) Wait() (results.Generator, []results.Load, error) {
	<-g.ended
	g.waited = true
	return g.generator, g.offered, g.failure
}

// Name implements [chaos.Driver].
func (r *rig) Name() string { return "simulated" }

func (r *rig) Check(context.Context, chaos.Manifest) ([]chaos.Component, error) {
	return nil, errors.New("the conductor has a plan")
}

func (r *rig) Fault(chaos.Manifest, []chaos.Component) (chaos.Fault, error) {
	if r.fault.unrealisable != nil {
		return nil, r.fault.unrealisable
	}
	f := r.fault
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, &f)
	return &f, nil
}

// simulatedFault takes a second to inject and a second to recover. Each effect is shown
// two seconds later.
type simulatedFault struct {
	unrealisable, injectErr, recoverErr error

	injected, closed bool
	changed          time.Time
}

func (f *simulatedFault) Prepare(context.Context) error { return nil }

func (f *simulatedFault) Inject(context.Context) error {
	time.Sleep(time.Second)
	f.injected, f.changed = true, time.Now()
	return f.injectErr
}

func (f *simulatedFault) InEffect(context.Context) (chaos.Proof, error) {
	return chaos.Proof{Shown: f.injected && time.Since(f.changed) >= 2*time.Second, Evidence: "looked"}, nil
}

func (f *simulatedFault) Recover(context.Context) error {
	time.Sleep(time.Second)
	if f.recoverErr == nil {
		f.injected, f.changed = false, time.Now()
	}
	return f.recoverErr
}

func (f *simulatedFault) Recovered(context.Context) (chaos.Proof, error) {
	return chaos.Proof{Shown: !f.injected && time.Since(f.changed) >= 2*time.Second, Evidence: "looked"}, nil
}

func (f *simulatedFault) Close(context.Context) error {
	f.closed = true
	return nil
}

// steps is a progress in which every second brings ten steps, of which the share fails
// from a moment on.
func steps(from time.Duration, share float64) func(time.Duration) scenarios.Progress {
	return func(elapsed time.Duration) scenarios.Progress {
		all := int64(10 * elapsed.Seconds())
		bad := int64(share * 10 * max(0, elapsed-from).Seconds())
		return scenarios.Progress{Planned: all, Started: all,
			Outcomes: map[results.Outcome]int64{results.OK: all - bad, results.Gateway: bad}}
	}
}

// read is a file of the first trial, empty when it does not exist.
func (r *rig) read(name string) string {
	raw, err := os.ReadFile(filepath.Join(r.trialDir(), name))
	if err != nil && !os.IsNotExist(err) {
		r.t.Error(err)
	}
	return string(raw)
}
