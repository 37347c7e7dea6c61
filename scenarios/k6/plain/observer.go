package plain

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.k6.io/k6/lib/netext/httpext"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/record"
)

// Host is the process whose k6 is observed.
type Host interface {
	// Split returns the tenant and the journey of a k6 scenario with these tags.
	Split(scenario string, tags map[string]string) (tenant, journey string)
	// Planned reports whether the executor open-arrival runs a k6 scenario. It records
	// its iterations itself.
	Planned(scenario string) bool
}

// Recorder takes the rows.
type Recorder interface {
	Plan(tenant, journey string, arrivals int64)
	Arrived()
	Missed(tenant, journey string, arrivals int64)
	Step(results.Sample, record.Times)
	Journey(s results.Sample, t record.Times, lateness time.Duration)
	Note(sentence string)
}

// Exceptions come through the log and iterations through a buffer of samples: a
// journey is recorded once both have had time to arrive.
const (
	exceptionAge = 500 * time.Millisecond
	iterationAge = 1500 * time.Millisecond
)

// Observer collects the samples of one k6 process. It is safe for concurrent use.
type Observer struct {
	host     Host
	recorder Recorder
	shortest time.Duration // minIterationDuration: an exception is logged after it

	mu        sync.Mutex // guards what follows
	under     map[id]*iteration
	scenarios map[string]*scenario
	workers   map[worker]*pairs
}

// id is an iteration as k6 tags it.
type id struct{ vu, iter string }

// iteration is one that k6 runs, or that has ended and is not recorded yet.
type iteration struct {
	scenario string
	number   int64
	name     name
	known    bool // k6 measured something of it
	threw    bool // an exception is matched to it
	outcome  results.Outcome
	detail   string
	started  time.Time
	ended    time.Time
	steps    []step // of an arrival: they are recorded with its index
}

type step struct {
	sample results.Sample
	times  record.Times
}

// Arrival is an iteration of the executor open-arrival that has ended.
type Arrival struct {
	Scenario string
	VU       uint64
	Sample   results.Sample // with the outcome as far as the executor knows it
	Times    record.Times
	Lateness time.Duration
}

// worker is a virtual user of a scenario that the executor open-arrival runs. Its
// arrivals and its iterations end in the same order.
type worker struct{ scenario, vu string }

// pairs are what has come of one of the two, and not yet of the other.
type pairs struct {
	arrivals   []Arrival
	iterations []*iteration
}

type name struct{ tenant, journey string }

// scenario is what is known of a k6 scenario.
type scenario struct {
	count      int64        // iterations seen
	ended      []*iteration // not recorded yet, in the order of their ends
	exceptions []time.Time  // not matched yet
	unknown    int64        // iterations of which k6 measured nothing
}

// New returns an observer. shortest is the option minIterationDuration.
func New(host Host, recorder Recorder, shortest time.Duration) *Observer {
	return &Observer{
		host: host, recorder: recorder, shortest: shortest,
		under: map[id]*iteration{}, scenarios: map[string]*scenario{}, workers: map[worker]*pairs{},
	}
}

// Take reads the samples of a container.
func (o *Observer) Take(container metrics.SampleContainer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if trail, ok := container.(*httpext.Trail); ok {
		o.request(trail)
		return
	}
	for _, s := range container.GetSamples() {
		o.sample(s)
	}
}

// sample reads one sample that is no request of k6/http.
func (o *Observer) sample(s metrics.Sample) {
	scenario, _ := s.Tags.Get(metrics.TagScenario.String())
	if scenario == "" {
		return // of setup() or teardown(): no load
	}
	tags := tags{s.Tags}
	switch s.Metric.Name {
	case metrics.GRPCReqDurationName:
		o.step(scenario, tags, s.Metadata, grpcStep(tags), s.Time.Add(-milliseconds(s.Value)), s.Time)
	case metrics.WSConnectingName: // its time is the begin of the connection
		o.step(scenario, tags, s.Metadata, wsStep(tags), s.Time, s.Time.Add(milliseconds(s.Value)))
	case metrics.ChecksName:
		o.check(scenario, tags, s)
	case metrics.IterationDurationName:
		o.iterationEnded(scenario, tags, s)
	case metrics.DroppedIterationsName:
		if !o.host.Planned(scenario) {
			n := o.name(scenario, tags)
			o.recorder.Missed(n.tenant, n.journey, int64(s.Value))
		}
	}
}

func milliseconds(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

// step records a request and notes it in its iteration.
func (o *Observer) step(scenario string, tags tags, metadata map[string]string, s results.Sample, started, ended time.Time) {
	n := o.name(scenario, tags)
	s.Tenant, s.Journey = n.tenant, n.journey
	times := record.Times{Intended: started, Started: started, Ended: ended}
	if it := o.iteration(scenario, n, metadata); it != nil {
		s.Iteration = it.number
		it.add(s.Outcome, s.Detail, started)
		if o.host.Planned(scenario) {
			it.steps = append(it.steps, step{s, times})
			return
		}
	}
	o.recorder.Step(s, times)
}

// check notes a check of the script. One that failed fails its journey: the answer is
// not what the author of the script wants.
func (o *Observer) check(scenario string, tags tags, s metrics.Sample) {
	it := o.iteration(scenario, o.name(scenario, tags), s.Metadata)
	if it == nil {
		return
	}
	if s.Value != 0 {
		it.add(results.OK, "", s.Time)
		return
	}
	it.add(results.ServerError, "check "+tags.get(metrics.TagCheck), s.Time)
}

// add notes a step that belongs to the iteration. The first failed one names its
// outcome.
func (it *iteration) add(outcome results.Outcome, detail string, started time.Time) {
	if !it.known || started.Before(it.started) {
		it.started = started
	}
	it.known = true
	if it.outcome == "" && outcome != results.OK {
		it.outcome, it.detail = outcome, detail
	}
}

// iteration returns the iteration of a sample, nil where k6 does not tag it.
func (o *Observer) iteration(scenario string, n name, metadata map[string]string) *iteration {
	key := id{metadata[metrics.TagVU.String()], metadata[metrics.TagIter.String()]}
	if key.vu == "" || key.iter == "" {
		return nil
	}
	it := o.under[key]
	if it == nil {
		of := o.of(scenario)
		it = &iteration{scenario: scenario, number: of.count, name: n}
		of.count++
		o.under[key] = it
	}
	return it
}

func (o *Observer) of(name string) *scenario {
	s := o.scenarios[name]
	if s == nil {
		s = &scenario{}
		o.scenarios[name] = s
	}
	return s
}

// name is the journey that a sample belongs to.
func (o *Observer) name(scenario string, tags tags) name {
	named := map[string]string{}
	for _, key := range []string{"tenant", "journey"} {
		if v, ok := tags.Get(key); ok {
			named[key] = v
		}
	}
	tenant, journey := o.host.Split(scenario, named)
	return name{tenant, journey}
}

// Step notes a step that the module k6/x/odoo recorded itself, under one of k6's own
// executors.
func (o *Observer) Step(scenario string, vu uint64, iter int64, tenant, journey string, outcome results.Outcome, detail string,
	started time.Time,
) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.iteration(scenario, name{tenant, journey}, map[string]string{
		metrics.TagVU.String(): strconv.FormatUint(vu, 10), metrics.TagIter.String(): strconv.FormatInt(iter, 10),
	})
	if it != nil {
		it.add(outcome, detail, started)
	}
}

// iterationEnded moves an iteration to those that wait to be recorded.
func (o *Observer) iterationEnded(scenario string, tags tags, s metrics.Sample) {
	n := o.name(scenario, tags)
	it := o.iteration(scenario, n, s.Metadata)
	if it == nil {
		return
	}
	vu := s.Metadata[metrics.TagVU.String()]
	delete(o.under, id{vu, s.Metadata[metrics.TagIter.String()]})
	if o.host.Planned(scenario) {
		w := worker{scenario, vu}
		of := o.pairs(w)
		of.iterations = append(of.iterations, it)
		o.pair(of)
		return
	}
	it.name, it.ended, it.started = n, s.Time, s.Time.Add(-milliseconds(s.Value))
	of := o.of(scenario)
	of.ended = append(of.ended, it)
}

// Finished records the journey of an arrival once the samples of its iteration are here:
// a request that failed in it names the outcome, where the executor knows of none.
func (o *Observer) Finished(a Arrival) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := o.pairs(worker{a.Scenario, strconv.FormatUint(a.VU, 10)})
	of.arrivals = append(of.arrivals, a)
	o.pair(of)
}

func (o *Observer) pairs(w worker) *pairs {
	of := o.workers[w]
	if of == nil {
		of = &pairs{}
		o.workers[w] = of
	}
	return of
}

// pair records the arrivals whose iterations are known.
func (o *Observer) pair(of *pairs) {
	for len(of.arrivals) > 0 && len(of.iterations) > 0 {
		a, it := of.arrivals[0], of.iterations[0]
		of.arrivals, of.iterations = of.arrivals[1:], of.iterations[1:]
		for _, s := range it.steps {
			s.sample.Iteration = a.Sample.Iteration
			o.recorder.Step(s.sample, s.times)
		}
		if it.outcome != "" && (a.Sample.Outcome == results.OK || a.Sample.Outcome == results.ScriptError) {
			a.Sample.Outcome, a.Sample.Detail = it.outcome, it.detail
		}
		o.recorder.Journey(a.Sample, a.Times, a.Lateness)
	}
}

// Exception notes that an iteration of a scenario threw an exception. k6 logs it right
// after the iteration's end.
func (o *Observer) Exception(scenario string, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := o.of(scenario)
	of.exceptions = append(of.exceptions, at)
}

// Settle records the iterations whose exceptions have had time to arrive.
func (o *Observer) Settle(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, of := range o.scenarios {
		o.settle(of, now.Add(-exceptionAge), now.Add(-iterationAge))
	}
}

// settle matches the exceptions up to one instant, and records the iterations that
// ended up to another.
func (o *Observer) settle(of *scenario, exceptions, iterations time.Time) {
	slices.SortStableFunc(of.ended, func(a, b *iteration) int { return o.logged(a).Compare(o.logged(b)) })
	of.exceptions = slices.DeleteFunc(of.exceptions, func(at time.Time) bool {
		return !at.After(exceptions) && o.match(of, at)
	})
	of.ended = slices.DeleteFunc(of.ended, func(it *iteration) bool {
		if it.ended.After(iterations) {
			return false
		}
		o.record(of, it)
		return true
	})
}

// logged is when k6 logs an exception of the iteration.
func (o *Observer) logged(it *iteration) time.Time {
	if least := it.started.Add(o.shortest); least.After(it.ended) {
		return least
	}
	return it.ended
}

// match gives an exception to the iteration that ended last before it and has none.
func (o *Observer) match(of *scenario, at time.Time) bool {
	for _, it := range slices.Backward(of.ended) {
		if it.threw || o.logged(it).After(at) {
			continue
		}
		it.known, it.threw = true, true
		if it.outcome == "" {
			it.outcome, it.detail = results.ScriptError, "exception"
		}
		return true
	}
	return false
}

// record writes the row of an iteration that has ended.
func (o *Observer) record(of *scenario, it *iteration) {
	if !it.known {
		of.unknown++
		return
	}
	if it.outcome == "" {
		it.outcome = results.OK
	}
	o.recorder.Plan(it.name.tenant, it.name.journey, 1)
	o.recorder.Arrived()
	o.recorder.Journey(results.Sample{
		Tenant: it.name.tenant, Journey: it.name.journey, Iteration: it.number, Outcome: it.outcome, Detail: it.detail,
	}, record.Times{Intended: it.started, Started: it.started, Ended: it.ended}, -1)
}

// Close records what is left. An iteration that k6 interrupted is a timeout; when the
// run was stopped from outside, nothing is known of it.
func (o *Observer) Close(now time.Time, stopped bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, it := range o.under { // k6 has no end of an iteration that was interrupted
		if o.host.Planned(it.scenario) {
			of := o.pairs(worker{it.scenario, key.vu})
			of.iterations = append(of.iterations, it)
		}
	}
	for _, of := range o.workers {
		o.pair(of)
		for _, a := range of.arrivals {
			o.recorder.Journey(a.Sample, a.Times, a.Lateness)
		}
	}
	clear(o.workers)
	for _, it := range o.under {
		if stopped || !it.known || o.host.Planned(it.scenario) {
			continue
		}
		it.ended = now
		if it.outcome == "" {
			it.outcome, it.detail = results.Timeout, "interrupted"
		}
		of := o.of(it.scenario)
		of.ended = append(of.ended, it)
	}
	clear(o.under)
	names := make([]string, 0, len(o.scenarios))
	for name := range o.scenarios {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		of := o.scenarios[name]
		o.settle(of, now, now)
		if of.unknown > 0 {
			o.recorder.Note(fmt.Sprintf("k6 scenario %s: %d iterations made no request and no check that k6 measures; "+
				"they are not counted as journeys.", name, of.unknown))
		}
	}
}
