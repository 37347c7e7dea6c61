package k6

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.k6.io/k6/lib"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/arrivals"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/k6/plain"
	"example.org/odooharness/scenarios/record"
	"example.org/odooharness/scenarios/wire"
)

// Process is the load generator: what all virtual users of this k6 share.
type Process struct {
	spec     wire.Spec
	harness  *harness // nil: a person started it
	mixed    bool     // the script has k6's own executors next to ours
	recorder *record.Recorder
	observer *plain.Observer // of k6's samples; nil: without the output

	prepare    sync.Once
	prepareErr error
	baseOnce   sync.Once
	began      time.Time // the instant at which the script begins
	baseErr    error

	journeys sync.Map // k6 scenario -> journeyName
	tenants  map[string]*tenantState
	segment  segment    // of k6's execution, once it is known
	lots     allotment  // likewise
	seeding  sync.Mutex // guards documents of tenants while seed() runs
	allotted sync.Once
	allotErr error
	refs     atomic.Int64 // outside of iterations
	closing  sync.Once
	final    wire.Final

	endless bool        // k6 does not know when the script ends
	limit   *time.Timer // ends an endless script with its entry; nil: none
}

type journeyName struct{ tenant, journey string }

// tenantState is what the virtual users of one tenant share.
type tenantState struct {
	wire.Tenant
	users   []user
	pools   map[string]*pool
	dialect odoo.Dialect
}

// user is one log-in of a tenant.
type user struct {
	tenant  odoo.Tenant
	session *odoo.Session
}

// SessionsPerTenant bounds the log-ins of one generator: each costs Odoo half a
// second of CPU just before the trial.
const SessionsPerTenant = 2

// newProcess makes the process for a spec. Documents are those that were seeded,
// nil for none.
func newProcess(spec wire.Spec, documents wire.Documents, h *harness) (*Process, error) {
	recorder, err := record.Open("", spec.File(), spec.Name) // counts alone, until the output opens tables
	if err != nil {
		return nil, err
	}
	p := &Process{spec: spec, harness: h, recorder: recorder, tenants: map[string]*tenantState{}}
	for _, t := range spec.Tenants {
		state := &tenantState{Tenant: t}
		state.setVersion(t.Version, spec.Timeout)
		p.tenants[t.Name] = state
	}
	p.setDocuments(documents)
	return p, nil
}

func (p *Process) alone() bool { return p.harness == nil }

// setVersion fixes the dialect and makes the users for it; 0 means the newest.
func (t *tenantState) setVersion(major int, timeout time.Duration) {
	t.dialect = odoo.Current()
	if major != 0 {
		t.dialect.Major = major
	}
	t.users = nil
	for i := range min(t.Accounts(), SessionsPerTenant) {
		target := target(t.Tenant, i, timeout)
		target.Dialect = t.dialect
		t.users = append(t.users, user{tenant: target, session: odoo.NewSession(target)})
	}
}

// target is one log-in of a tenant as the client wants it.
func target(t wire.Tenant, i int, timeout time.Duration) odoo.Tenant {
	o := odoo.Tenant{
		Address: t.Address, Password: t.PasswordOf(i), API: odoo.API(t.Transport), Timeout: timeout,
	}
	if i < len(t.Logins) {
		o.Login = t.Logins[i]
	}
	if i < len(t.APIKeys) {
		o.Key = t.APIKeys[i]
	}
	if t.External() {
		o.API = odoo.External
	}
	return o
}

// prepareLimit bounds the log-ins before a run.
const prepareLimit = time.Minute

// Prepare logs every user of every tenant in, once a process, and returns all that
// went wrong. k6's own executors know nothing of a trial's base instant: those of a
// mixed script are held here.
func (p *Process) Prepare(ctx context.Context, options lib.Options) error {
	p.prepare.Do(func() {
		p.prepareErr = errors.Join(p.allot(options), p.login(ctx, options))
		if p.prepareErr == nil && p.mixed && p.spec.Held {
			p.prepareErr = p.awaitBegin(ctx)
		}
	})
	return p.prepareErr
}

func (p *Process) login(ctx context.Context, options lib.Options) error {
	ctx, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	var wait sync.WaitGroup
	problems := make([]error, len(p.spec.Tenants))
	for i, t := range p.spec.Tenants {
		if t.URL == "" {
			continue // a script of one's own that does not use the module
		}
		wait.Go(func() { problems[i] = p.tenants[t.Name].login(ctx, p.spec.Timeout, options) })
	}
	wait.Wait()
	return errors.Join(problems...)
}

func (t *tenantState) login(ctx context.Context, timeout time.Duration, options lib.Options) error {
	transport, err := t.transport(dialerOf(options), tlsOf(options))
	if err != nil {
		return err
	}
	defer transport.Close()
	if t.Version == 0 {
		asking, err := odoo.Dial(target(t.Tenant, 0, timeout), transport, nil)
		if err != nil {
			return fmt.Errorf("tenant %s: %w", t.Name, err)
		}
		// A target without a known version gets the newest dialect.
		if v, err := asking.Version(ctx); err == nil {
			t.setVersion(v.Major, timeout)
		}
	}
	for _, u := range t.users {
		client, err := odoo.Dial(u.tenant, transport, u.session)
		if err != nil {
			return fmt.Errorf("tenant %s: %w", t.Name, err)
		}
		if a := client.Login(ctx); !a.OK() {
			return fmt.Errorf("tenant %s: %w", t.Name, client.Describe(a))
		}
	}
	return nil
}

// transport is the transport to the tenant's front door, the same for log-ins and load.
func (t *tenantState) transport(dial odoo.DialFunc, config *tls.Config) (odoo.Transport, error) {
	config, err := t.TLS(config)
	if err != nil {
		return nil, err
	}
	transport, err := odoo.NewTransport(odoo.Tenant{Address: odoo.Address{URL: t.URL, Host: t.Host}}, dial, config)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Name, err)
	}
	return transport, nil
}

// Begin returns the start of an executor's clock. In a trial it is the base instant, which
// the harness sends when all its load generators are ready. Otherwise it is the time at
// which the first executor called Begin.
func (p *Process) Begin(ctx context.Context, startTime time.Duration) (time.Time, error) {
	err := p.setBase(ctx, startTime)
	return p.began.Add(startTime), err
}

// setBase sets the base instant, once per process. A process that was stopped before k6
// handled signals must not begin.
func (p *Process) setBase(ctx context.Context, startTime time.Duration) error {
	p.baseOnce.Do(func() {
		if p.harness != nil && p.harness.stopped() {
			p.baseErr = errStopped()
			return
		}
		now := time.Now()
		base := now.Add(-startTime)
		if p.spec.Held {
			if base, p.baseErr = p.harness.base(ctx); p.baseErr != nil {
				return
			}
			now = time.Now()
			base = now.Add(base.Sub(now.Round(0))) // of the wall clock once, monotonic from here on
		}
		if p.spec.Held || !p.mixed {
			p.recorder.SetBase(base)
		}
		p.began = base.Add(p.spec.Start)
		p.limitToEntry()
	})
	return p.baseErr
}

// drainLimit is how long arrivals of the executor open-arrival may take after their
// schedule, k6's default.
const drainLimit = 30 * time.Second

// limitToEntry ends a script whose length k6 does not know at the end of its entry of the
// experiment. Executors of ours get the time to serve what has arrived.
func (p *Process) limitToEntry() {
	if !p.endless || !p.spec.Held || p.spec.Duration <= 0 {
		return
	}
	end := p.spec.Duration
	if p.mixed {
		end += drainLimit
	}
	p.limit = time.AfterFunc(time.Until(p.began.Add(end)), func() {
		p.recorder.Note(fmt.Sprintf("Scenario %s was stopped %s after its start, at the end of its entry: its iterations were "+
			"not all done.",
			p.spec.Name, end))
		p.harness.report(wire.Message{Ended: true})
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // a process can always signal itself
	})
}

// awaitBegin waits until the script begins.
func (p *Process) awaitBegin(ctx context.Context) error {
	if err := p.setBase(ctx, 0); err != nil || !p.spec.Held {
		return err
	}
	return p.harness.until(ctx, p.began)
}

// Seed is the seed of a k6 scenario's arrivals.
func (p *Process) Seed(scenario string) uint64 { return arrivals.Seed(p.spec.Seed, p.stream(scenario)) }

// stream names the random numbers of a k6 scenario. The entry's name is part of it, so two
// runs of one script at the same time differ.
func (p *Process) stream(scenario string) string { return p.spec.Name + "/" + scenario }

// Plan implements openarrival.Observer.
func (p *Process) Plan(scenario string, tags map[string]string, total int64) {
	tenant, journey := p.spec.Split(scenario, tags)
	p.journeys.Store(scenario, journeyName{tenant, journey})
	p.recorder.Plan(tenant, journey, total)
	if p.spec.Share.Several() {
		p.recorder.Indexed(tenant, journey)
	}
}

func (p *Process) journey(scenario string) journeyName {
	if name, ok := p.journeys.Load(scenario); ok {
		return name.(journeyName) // the only type stored
	}
	tenant, journey := p.spec.Split(scenario, nil)
	return journeyName{tenant, journey}
}

// Split implements plain.Host.
func (p *Process) Split(scenario string, tags map[string]string) (tenant, journey string) {
	return p.spec.Split(scenario, tags)
}

// Planned implements plain.Host.
func (p *Process) Planned(scenario string) bool {
	_, ok := p.journeys.Load(scenario)
	return ok
}

// Arrived implements openarrival.Observer.
func (p *Process) Arrived(string) { p.recorder.Arrived() }

// Dropped implements openarrival.Observer.
func (p *Process) Dropped(scenario string, index int64, intended, now time.Time) {
	name := p.journey(scenario)
	p.recorder.Dropped(name.tenant, name.journey, index, intended, now)
}

// Finished implements openarrival.Observer.
func (p *Process) Finished(a *openarrival.Arrival, ended time.Time, prompt bool) {
	name := p.journey(a.Scenario)
	s := results.Sample{
		Tenant: name.tenant, Journey: name.journey, Iteration: a.Index, Outcome: a.Outcome, Detail: a.Detail,
	}
	if s.Outcome == "" {
		s.Outcome = results.OK
	}
	lateness := time.Duration(-1)
	if prompt {
		lateness = max(0, a.Started.Sub(a.Intended))
	}
	times := record.Times{Intended: a.Intended, Started: a.Started, Ended: ended}
	if p.observer == nil {
		p.recorder.Journey(s, times, lateness)
		return
	}
	p.observer.Finished(plain.Arrival{Scenario: a.Scenario, VU: a.VU, Sample: s, Times: times, Lateness: lateness})
}

// observe sets the recorder with the tables and what reads k6's samples, before any
// virtual user runs.
func (p *Process) observe(r *record.Recorder, o *plain.Observer) { p.recorder, p.observer = r, o }

// close closes the tables, once.
func (p *Process) close() wire.Final {
	p.closing.Do(func() { p.final = p.recorder.Close() })
	return p.final
}

var _ openarrival.Host = (*Process)(nil)
