package k6

import (
	"errors"
	"math"
	"sync"

	"go.k6.io/k6/lib"

	"example.org/odooharness/scenarios/arrivals"
	"example.org/odooharness/scenarios/wire"
)

// segment is the part of the load that this k6 offers.
type segment struct {
	index  int             // among all segments
	stripe arrivals.Stripe // of whatever is counted from 0
}

// lot is the documents of a pool that the arrivals of one k6 scenario own: each arrival
// has so many, in order.
type lot struct {
	first, each, arrivals int64
}

// poolOf names a pool of a tenant.
type poolOf struct{ tenant, pool string }

// allotment lists which documents of each pool belong to which arrival, by k6 scenario. It
// depends on the script and the seed alone. So an arrival finds the same documents
// whatever the number of generators is.
//
//	| first journey: each x arrivals | second journey: each x arrivals | common |
//
// The common rest is spare documents, and those of journeys that need a fraction of a
// document for each arrival. The generators divide it by their stripes.
type allotment map[poolOf]map[string]lot

// common is the index of the first document of a pool that belongs to no arrival.
func (a allotment) common(of poolOf) int64 {
	end := int64(0)
	for _, l := range a[of] {
		end = max(end, l.first+l.each*l.arrivals)
	}
	return end
}

// allot divides the documents among the arrivals, once a process and before any virtual
// user runs.
func (p *Process) allot(options lib.Options) error {
	p.allotted.Do(func() {
		tuple, err := lib.NewExecutionTuple(options.ExecutionSegment, options.ExecutionSegmentSequence)
		if err != nil {
			p.allotErr = err
			return
		}
		start, offsets, _ := tuple.GetStripedOffsets()
		p.segment = segment{index: tuple.SegmentIndex, stripe: arrivals.Stripe{Start: start, Offsets: offsets}}
		extension, problems := wire.ParseExtension(options.External["odoo"])
		if p.allotErr = errors.Join(problems...); p.allotErr != nil {
			return
		}
		p.lots = p.lotsOf(extension.Seed, options.Scenarios)
		for _, t := range p.tenants {
			t.divide(p.lots, p.segment.stripe)
		}
	})
	return p.allotErr
}

// lotsOf returns the documents that the arrivals of the scenarios own.
func (p *Process) lotsOf(needs map[string]wire.Need, scenarios lib.ScenarioConfigs) allotment {
	lots := allotment{}
	for scenario, load := range p.planned(scenarios) {
		for pool, need := range needs {
			each := need.PerArrival[load.Journey]
			if each < 1 || each != math.Trunc(each) {
				continue
			}
			of := poolOf{load.Tenant, pool}
			if lots[of] == nil {
				lots[of] = map[string]lot{}
			}
			lots[of][scenario] = lot{first: lots.common(of), each: int64(each), arrivals: load.Planned}
		}
	}
	return lots
}

// setDocuments gives the tenants the documents that were seeded.
func (p *Process) setDocuments(documents wire.Documents) {
	for _, t := range p.tenants {
		t.pools = map[string]*pool{}
		for name, all := range documents[t.Name] {
			t.pools[name] = &pool{all: all}
		}
		t.divide(p.lots, p.segment.stripe)
	}
}

// divide divides the tenant's pools. Without offsets the stripe is everything.
func (t *tenantState) divide(lots allotment, stripe arrivals.Stripe) {
	if len(stripe.Offsets) == 0 {
		stripe = arrivals.Whole()
	}
	for name, pool := range t.pools {
		of := poolOf{t.Name, name}
		pool.divide(lots[of], lots.common(of), stripe)
	}
}

// documents are all documents of a pool, of every generator.
func (t *tenantState) documents(name string) []wire.Document {
	if p := t.pools[name]; p != nil {
		return p.all
	}
	return nil
}

// pool is the documents of a tenant for one purpose. It is safe for concurrent use once
// it is divided.
type pool struct {
	all  []wire.Document
	lots map[string]lot // of k6 scenarios
	rest []int64        // of this generator: the common ones, then those of its own last arrivals

	mu    sync.Mutex // guards what follows
	taken []bool
	next  int // in rest
}

// divide sets which documents are this generator's: those of the arrivals in its stripe,
// and its stripe of the common ones.
func (p *pool) divide(lots map[string]lot, common int64, stripe arrivals.Stripe) {
	p.lots, p.rest, p.taken, p.next = lots, nil, make([]bool, len(p.all)), 0
	for i := common; i < int64(len(p.all)); i++ {
		if stripe.Has(i - common) {
			p.rest = append(p.rest, i)
		}
	}
	for i := min(common, int64(len(p.all))) - 1; i >= 0; i-- {
		for _, l := range lots {
			if end := l.first + l.each*l.arrivals; l.first <= i && i < end && stripe.Has((i-l.first)/l.each) {
				p.rest = append(p.rest, i)
			}
		}
	}
}

// take returns up to n documents for an arrival: its own, then others of this generator
// that nobody has taken. An iteration without an arrival's number owns none.
func (p *pool) take(scenario string, index int64, n int) []*wire.Document {
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []*wire.Document
	grab := func(i int64) {
		if i >= 0 && i < int64(len(p.all)) && !p.taken[i] {
			p.taken[i] = true
			got = append(got, &p.all[i])
		}
	}
	if l, owns := p.lots[scenario]; owns {
		for k := int64(0); k < l.each && len(got) < n; k++ {
			grab(l.first + index*l.each + k)
		}
	}
	for ; p.next < len(p.rest) && len(got) < n; p.next++ {
		grab(p.rest[p.next])
	}
	return got
}
