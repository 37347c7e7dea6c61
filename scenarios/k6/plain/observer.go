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

type step struct {
	sample results.Sample
	times  record.Times
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
	if it := o.iteration(scenario, n, idOf(metadata)); it != nil {
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
	it := o.iteration(scenario, o.name(scenario, tags), idOf(s.Metadata))
	if it == nil {
		return
	}
	if s.Value != 0 {
		it.add(results.OK, "", s.Time)
		return
	}
	it.add(results.ServerError, "check "+tags.get(metrics.TagCheck), s.Time)
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
	key := id{strconv.FormatUint(vu, 10), strconv.FormatInt(iter, 10)}
	if it := o.iteration(scenario, name{tenant, journey}, key); it != nil {
		it.add(outcome, detail, started)
	}
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
		o.recordUpTo(of, now, now)
		if of.unknown > 0 {
			o.recorder.Note(fmt.Sprintf("k6 scenario %s: %d iterations made no request and no check that k6 measures; "+
				"they are not counted as journeys.", name, of.unknown))
		}
	}
}
