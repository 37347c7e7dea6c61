package analyzer

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.org/odooharness/results"
)

// dataset is a run in memory.
type dataset struct {
	run    *results.Run
	opts   Options
	setups []string // in the order of the manifest, then of the trials
	trials []*trialData

	dictionary
	abiding []bool // by tenant number

	windowRows []WindowRow
	stepRows   []StepRow
	groups     map[groupKey]*group
}

// source is where the rows of a trial come from: a run on disk, or a simulation.
type source struct {
	*results.TrialData
	samples iter.Seq2[*results.SampleColumns, error]
	writes  iter.Seq2[results.Write, error]
	jobs    iter.Seq2[results.Job, error] // nil: none were read
}

// sources are the trials of a run on disk.
func sources(run *results.Run) []source {
	var all []source
	for _, t := range run.Trials {
		all = append(all, source{TrialData: t, samples: t.SampleColumns(), writes: t.Writes(), jobs: t.Jobs()})
	}
	return all
}

// trialData is one trial in memory.
type trialData struct {
	source
	windows  []results.Window // cut by what really happened
	end      results.Offset   // of what was recorded
	journeys []record         // by intended start
	steps    []record         // in the order of the file
	failure  error            // rows that could not be read
	written  map[writeKey]int // acknowledged writes in calm windows
	attempts int              // writes in the journal
	unread   error            // writes that could not be read
}

// writeKey names a count of acknowledged writes.
type writeKey struct{ tenant, op string }

// load reads the trials of a run, as many at a time as there are processors.
func load(run *results.Run, trials []source, opts Options) *dataset {
	d := &dataset{
		run: run, opts: opts, groups: map[groupKey]*group{}, trials: make([]*trialData, len(trials)),
		dictionary: newDictionary(),
	}
	roles := map[string]string{}
	for _, s := range run.Manifest.Setups {
		d.setups = appendNew(d.setups, s.Name)
		for _, t := range s.Tenants {
			d.tenants.number(t.Name)
			roles[t.Name] = t.Role
		}
	}
	own := make([]dictionary, len(trials))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, t := range trials {
		d.setups = appendNew(d.setups, t.Setup)
		all.Go(func() error {
			own[i] = newDictionary()
			d.trials[i] = own[i].loadTrial(t)
			return nil
		})
	}
	_ = all.Wait() // what cannot be read is kept in the trial
	for i, t := range d.trials {
		d.adopt(t, own[i])
	}
	for _, name := range d.tenants.list {
		d.abiding = append(d.abiding, roles[name] != "disruptive")
	}
	return d
}

// dictionary numbers the names that records hold.
type dictionary struct{ tenants, journeys, steps, outcomes *names }

func newDictionary() dictionary {
	d := dictionary{tenants: newNames(), journeys: newNames(), steps: newNames(), outcomes: newNames()}
	for _, o := range results.Outcomes() {
		d.outcomes.number(string(o))
	}
	return d
}

// adopt renumbers a trial's records from its own dictionary to that of the run.
func (d *dataset) adopt(t *trialData, own dictionary) {
	tenants, journeys := d.tenants.numbers(own.tenants.list), d.journeys.numbers(own.journeys.list)
	steps, outcomes := d.steps.numbers(own.steps.list), d.outcomes.numbers(own.outcomes.list)
	for _, records := range [][]record{t.journeys, t.steps} {
		for i := range records {
			r := &records[i]
			r.tenant, r.journey = tenants[r.tenant], journeys[r.journey]
			r.outcome = uint8(outcomes[r.outcome])
		}
	}
	for i := range t.steps {
		t.steps[i].step = steps[t.steps[i].step]
	}
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// longestTrial is the length beyond which a trial is not believed: what a damaged file
// says of its length is no reason to make bins for centuries.
const longestTrial = results.Offset(7 * 24 * time.Hour)

func (d dictionary) loadTrial(t source) *trialData {
	out := &trialData{source: t}
	var last results.Offset
	for columns, err := range t.samples {
		if err != nil {
			out.failure = err
			break
		}
		last = max(last, d.keep(out, columns))
	}
	byTime := func(a, b record) int { return cmp.Compare(a.at, b.at) }
	if !slices.IsSortedFunc(out.journeys, byTime) {
		slices.SortStableFunc(out.journeys, byTime)
	}
	out.end = t.Length
	if t.State != results.TrialComplete && (last < out.end || out.end <= 0) {
		out.end = max(last, 0)
	}
	out.end = min(out.end, longestTrial)
	out.windows = cut(t.Trial, t.Injections, out.end)
	place(out.windows, out.journeys)
	place(out.windows, out.steps)
	out.written, out.attempts, out.unread = calmWrites(t, out.windows)
	return out
}

// keep turns a stretch of samples into records, and returns the last time in it.
func (d dictionary) keep(out *trialData, c *results.SampleColumns) (last results.Offset) {
	tenants, journeys := d.tenants.numbers(c.Tenant.Names), d.journeys.numbers(c.Journey.Names)
	steps, outcomes := d.steps.numbers(c.Step.Names), d.outcomes.numbers(c.Outcome.Names)
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
	out.journeys = allot(out.journeys, n, c)
	out.steps = allot(out.steps, c.Len()-n, c)
	for i, intended := range c.Intended {
		ended, outcome, step := c.Ended[i], c.Outcome.Index[i], c.Step.Index[i]
		last = max(last, results.Offset(ended), results.Offset(intended))
		r := record{
			at: results.Offset(intended), latency: micros(ended - intended), service: micros(ended - c.Started[i]),
			tenant: tenants[c.Tenant.Index[i]], journey: journeys[c.Journey.Index[i]], outcome: uint8(outcomes[outcome]),
			served: served[outcome],
		}
		if step == whole {
			out.journeys = append(out.journeys, r)
			continue
		}
		r.step = steps[step]
		out.steps = append(out.steps, r)
	}
	return last
}

// allot makes room for the n records of a stretch, and when there is none for as
// many as the rest of the file will have if it is alike: growing bit by bit costs
// more than reading.
func allot(records []record, n int, c *results.SampleColumns) []record {
	if cap(records)-len(records) >= n {
		return records
	}
	const most = 1 << 24 // what a file says of itself is no reason to run out of memory
	more := float64(min(max(c.Left, 0), most)) * float64(n) / float64(max(c.Len(), 1))
	all := make([]record, len(records), len(records)+n+int(1.02*more))
	copy(all, records)
	return all
}

// setup returns the manifest's entry of a setup, or one with its name alone.
func (d *dataset) setup(name string) results.Setup {
	for _, s := range d.run.Manifest.Setups {
		if s.Name == name {
			return s
		}
	}
	return results.Setup{Name: name}
}

// of returns the trials of a setup.
func (d *dataset) of(setup string) []*trialData {
	var all []*trialData
	for _, t := range d.trials {
		if t.Setup == setup {
			all = append(all, t)
		}
	}
	return all
}
