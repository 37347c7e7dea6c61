package plain

import (
	"time"

	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/record"
)

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

// idOf is the iteration of a sample, empty where k6 does not tag it.
func idOf(metadata map[string]string) id {
	return id{metadata[metrics.TagVU.String()], metadata[metrics.TagIter.String()]}
}

// iteration returns an iteration by its id, nil for an empty one.
func (o *Observer) iteration(scenario string, n name, key id) *iteration {
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

// iterationEnded moves an iteration to those that wait to be recorded.
func (o *Observer) iterationEnded(scenario string, tags tags, s metrics.Sample) {
	n := o.name(scenario, tags)
	key := idOf(s.Metadata)
	it := o.iteration(scenario, n, key)
	if it == nil {
		return
	}
	delete(o.under, key)
	if o.host.Planned(scenario) {
		w := worker{scenario, key.vu}
		of := o.pairs(w)
		of.iterations = append(of.iterations, it)
		o.pair(of)
		return
	}
	it.name, it.ended, it.started = n, s.Time, s.Time.Add(-milliseconds(s.Value))
	of := o.of(scenario)
	of.ended = append(of.ended, it)
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
