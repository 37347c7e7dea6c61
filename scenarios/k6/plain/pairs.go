package plain

import (
	"strconv"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/record"
)

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
