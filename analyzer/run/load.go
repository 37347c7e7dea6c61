package run

import (
	"cmp"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/results"
)

// Load reads the trials of a run and describes them, as many at a time as there are
// processors. A trial keeps its errors: see Failure and Unread. [Run.Close] gives back the
// room of its records.
func Load(recorded *results.Run, trials []Source, opts Options) *Run {
	r := &Run{
		Results: recorded, Options: opts, Groups: map[GroupKey]*Group{}, Trials: make([]*Trial, len(trials)),
		Dictionary: newDictionary(), room: &room{heap: cmp.Or(opts.OnHeap, 512<<20)},
	}
	roles := map[string]results.Role{}
	for _, s := range recorded.Manifest.Setups {
		r.Setups = AppendNew(r.Setups, s.Name)
		for _, t := range s.Tenants {
			r.Tenants.number(t.Name)
			roles[t.Name] = t.Role
		}
	}
	own := make([]Dictionary, len(trials))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, t := range trials {
		r.Setups = AppendNew(r.Setups, t.Setup)
		all.Go(func() error {
			own[i] = newDictionary()
			r.Trials[i] = own[i].loadTrial(t, r.room)
			return nil
		})
	}
	_ = all.Wait() // each trial keeps its own errors
	for i, t := range r.Trials {
		r.merge(t, own[i])
	}
	for _, name := range r.Tenants.List {
		r.Abiding = append(r.Abiding, roles[name] != results.Disruptive)
	}
	r.Twins = slices.Clone(r.Trials)
	r.Twins = slices.DeleteFunc(r.Twins, func(t *Trial) bool { return !t.Twin })
	r.Trials = slices.DeleteFunc(r.Trials, func(t *Trial) bool { return t.Twin })
	r.describe()
	return r
}

// merge renumbers the records of a trial from its own dictionary to that of the run. New
// names are numbered in the order of their first rows, whichever generator's these are.
func (r *Run) merge(t *Trial, own Dictionary) {
	r.Tenants.numbers(own.Tenants.byFirst())
	r.Journeys.numbers(own.Journeys.byFirst())
	r.Steps.numbers(own.Steps.byFirst())
	tenants, journeys := r.Tenants.numbers(own.Tenants.List), r.Journeys.numbers(own.Journeys.List)
	steps, outcomes := r.Steps.numbers(own.Steps.List), r.Outcomes.numbers(own.Outcomes.List)
	for _, records := range [][]Record{t.Journeys, t.Steps} {
		for i := range records {
			rec := &records[i]
			rec.Tenant, rec.Journey = tenants[rec.Tenant], journeys[rec.Journey]
			rec.Outcome = uint8(outcomes[rec.Outcome])
		}
	}
	for i := range t.Steps {
		t.Steps[i].Step = steps[t.Steps[i].Step]
	}
}

// Close gives back the room of the records. None may be read afterwards.
func (r *Run) Close() { r.room.close() }

// longestTrial bounds the length of a trial. A damaged file may claim centuries, and every
// second of a trial is a bin.
const longestTrial = results.Offset(7 * 24 * time.Hour)

// loadTrial reads one trial, cuts its windows and gives every record its window.
func (d Dictionary) loadTrial(t Source, room *room) *Trial {
	out := &Trial{Source: t, byTenant: &positions{}}
	var last results.Offset
	for columns, err := range t.Samples {
		if err != nil {
			out.Failure = err
			break
		}
		last = max(last, d.keep(out, columns, room))
	}
	if !slices.IsSortedFunc(out.Journeys, d.byStart) {
		slices.SortStableFunc(out.Journeys, d.byStart)
	}
	sortNearly(out.Steps, d.byEnd)
	out.Repeated = repeated(out.Journeys)
	out.End = t.Length
	if t.State != results.TrialComplete && (last < out.End || out.End <= 0) {
		out.End = max(last, 0)
	}
	out.End = min(out.End, longestTrial)
	out.Windows = results.Cut(events(t.Trial, t.Injections, out.End), t.Warmup, out.End)
	place(out.Windows, out.Journeys)
	place(out.Windows, out.Steps)
	journal, err := countWrites(t, out.Windows)
	out.Written, out.Attempts, out.Acknowledged, out.Unread = journal.calm, journal.attempts, journal.acknowledged, err
	return out
}

// byStart orders journeys by intended start. Those with the same one are in an order that
// does not depend on the file that they are from: several generators write several files.
func (d Dictionary) byStart(a, b Record) int {
	if a.At != b.At {
		return cmp.Compare(a.At, b.At)
	}
	return d.compare(a, b)
}

// byEnd orders steps by the time at which they ended, which is nearly the order in which a
// generator records them.
func (d Dictionary) byEnd(a, b Record) int {
	endA, endB := int64(a.At)/1000+int64(a.Latency), int64(b.At)/1000+int64(b.Latency)
	if endA != endB {
		return cmp.Compare(endA, endB)
	}
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(d.Steps.List[a.Step], d.Steps.List[b.Step]), d.compare(a, b))
}

// compare orders records of the same time.
func (d Dictionary) compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Latency, b.Latency),
		cmp.Compare(d.Tenants.List[a.Tenant], d.Tenants.List[b.Tenant]),
		cmp.Compare(d.Journeys.List[a.Journey], d.Journeys.List[b.Journey]),
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.Outcome, b.Outcome))
}

// sortNearly sorts records. It is fast when each is at most a few places from its own, as in
// the file of one generator.
func sortNearly(records []Record, order func(a, b Record) int) {
	const near = 64
	for i := range records {
		for k := i; k > 0 && order(records[k-1], records[k]) > 0; k-- {
			if i-k == near {
				slices.SortStableFunc(records, order)
				return
			}
			records[k-1], records[k] = records[k], records[k-1]
		}
	}
}

// keep turns a batch of samples into records. It returns the last time in the batch.
func (d Dictionary) keep(out *Trial, c *results.SampleColumns, room *room) (last results.Offset) {
	tenants, journeys := d.Tenants.numbers(c.Tenant.Names), d.Journeys.numbers(c.Journey.Names)
	steps, outcomes := d.Steps.numbers(c.Step.Names), d.Outcomes.numbers(c.Outcome.Names)
	served := make([]bool, len(c.Outcome.Names))
	for i, name := range c.Outcome.Names {
		served[i] = results.Outcome(name).Good()
	}
	whole := int32(slices.Index(c.Step.Names, results.Journey))
	n := 0
	for _, step := range c.Step.Index {
		if step == whole {
			n++
		}
	}
	out.Journeys = room.grow(out.Journeys, n, c)
	out.Steps = room.grow(out.Steps, c.Len()-n, c)
	for i, intended := range c.Intended {
		ended, outcome, step := c.Ended[i], c.Outcome.Index[i], c.Step.Index[i]
		tenant, journey := tenants[c.Tenant.Index[i]], journeys[c.Journey.Index[i]]
		first := firstRow{c.Scenario, ended}
		d.Tenants.seen(tenant, first)
		d.Journeys.seen(journey, first)
		d.Steps.seen(steps[step], first)
		last = max(last, results.Offset(ended), results.Offset(intended))
		if ended < intended || ended < c.Started[i] {
			out.Backward++
		}
		if ended-intended > longestLatency {
			out.Endless++
		}
		rec := Record{
			At: results.Offset(intended), Latency: micros(ended - intended), Service: micros(ended - c.Started[i]),
			Tenant: tenant, Journey: journey, Outcome: uint8(outcomes[outcome]),
			Served: served[outcome],
		}
		if step == whole {
			out.Journeys = append(out.Journeys, rec)
			continue
		}
		rec.Step = steps[step]
		out.Steps = append(out.Steps, rec)
	}
	return last
}
