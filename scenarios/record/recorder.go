package record

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

// flushEvery bounds what a killed generator loses. With the time of sending a part to the
// harness, and to object storage, it is less than two seconds.
const flushEvery = time.Second

// maxLateness is the upper end of the histogram of start lateness, in microseconds.
const maxLateness = 600_000_000

// Recorder takes the records of one scenario. It is safe for concurrent use.
type Recorder struct {
	scenario string
	samples  *results.Table[results.Sample] // nil: counts only
	journal  *journal

	mu       sync.Mutex // guards what follows
	base     time.Time  // zero before the load begins
	progress wire.Progress
	load     map[key]*results.Load
	order    []key
	indexed  map[key]int // k6 scenarios of a journey whose arrivals have indices
	late     *hdrhistogram.Histogram
	steps    map[string]bool // names of steps that have rows of their own
	grouped  int64           // rows of steps beyond them
	notes    []string
	err      error
}

// maxSteps is how many step names of a scenario have rows of their own. A script that
// names its steps by URL has one for each page: the rows beyond are of the step
// [OtherSteps].
const maxSteps = 300

// OtherSteps is the step of rows whose own names are too many.
const OtherSteps = "(other steps)"

type key struct{ tenant, journey string }

// Open makes the tables of a generator in dir: samples-FILE and writes-FILE, with rows of
// the scenario. With an empty dir nothing is written and only counts are kept.
func Open(dir, file, scenario string) (*Recorder, error) {
	r := &Recorder{
		scenario: scenario, load: map[key]*results.Load{}, indexed: map[key]int{},
		progress: wire.Progress{Outcomes: map[results.Outcome]int64{}},
		late:     hdrhistogram.New(1, maxLateness, 3),
		steps:    map[string]bool{},
		journal:  &journal{open: map[*Pending]struct{}{}},
	}
	if dir == "" {
		return r, nil
	}
	var err error
	if r.samples, err = results.NewTable[results.Sample](dir, "samples-"+file, flushEvery); err != nil {
		return nil, fmt.Errorf("open recorder: %w", err)
	}
	if r.journal, err = openJournal(dir, file); err != nil {
		return nil, errors.Join(fmt.Errorf("open recorder: %w", err), r.samples.Close())
	}
	return r, nil
}

// SetBase sets the instant that all offsets count from, when the load begins. Writes of
// a script's setup() before that are at offset 0.
func (r *Recorder) SetBase(base time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base = base
}

// Offset is an instant on the trial's clock.
func (r *Recorder) Offset(t time.Time) results.Offset {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.base.IsZero() {
		return 0
	}
	return results.OffsetOf(t.Sub(r.base))
}

// Plan announces arrivals of a tenant's journey.
func (r *Recorder) Plan(tenant, journey string, arrivals int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(tenant, journey).Planned += arrivals
}

// Indexed notes that the arrivals of a journey have indices over all generators. A journey
// of two k6 scenarios has each index twice, and is noted as not indexed.
func (r *Recorder) Indexed(tenant, journey string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := key{tenant, journey}
	r.indexed[k]++
	r.of(tenant, journey).Indexed = r.indexed[k] == 1
}

// of is the load of a journey. The caller holds mu.
func (r *Recorder) of(tenant, journey string) *results.Load {
	k := key{tenant, journey}
	load := r.load[k]
	if load == nil {
		load = &results.Load{Scenario: r.scenario, Tenant: tenant, Journey: journey}
		r.load[k] = load
		r.order = append(r.order, k)
	}
	return load
}

// Arrived counts an arrival whose time has come.
func (r *Recorder) Arrived() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Planned++
}

// Times of a record, as instants.
type Times struct{ Intended, Started, Ended time.Time }

// Step records one step. Scenario and offsets are filled in.
func (r *Recorder) Step(s results.Sample, t Times) {
	r.mu.Lock()
	r.progress.Outcomes[s.Outcome]++
	s.Step = r.stepName(s.Step)
	base := r.base
	r.mu.Unlock()
	r.append(s, t, base)
}

// stepName is the name under which a step is recorded. The caller holds mu.
func (r *Recorder) stepName(name string) string {
	if r.steps[name] {
		return name
	}
	if len(r.steps) < maxSteps {
		r.steps[name] = true
		return name
	}
	r.grouped++
	return OtherSteps
}

// Journey records a whole iteration that was started. lateness is the generator's
// own delay of its start, negative when it was not the generator's.
func (r *Recorder) Journey(s results.Sample, t Times, lateness time.Duration) {
	s.Step = results.Journey
	r.mu.Lock()
	r.progress.Started++
	r.of(s.Tenant, s.Journey).Started++
	if lateness >= 0 {
		micros := min(max(lateness.Microseconds(), 1), maxLateness)
		r.err = errors.Join(r.err, r.late.RecordValue(micros))
	}
	base := r.base
	r.mu.Unlock()
	r.append(s, t, base)
}

// Missed counts arrivals that the generator could not start, through no fault of the
// target. They have no rows.
func (r *Recorder) Missed(tenant, journey string, arrivals int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Planned += arrivals
	r.progress.Dropped += arrivals
	load := r.of(tenant, journey)
	load.Planned += arrivals
	load.Missed += arrivals
}

// Note keeps a sentence on what the records do not show, for [Recorder.Close].
func (r *Recorder) Note(sentence string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, sentence)
}

// Dropped records an arrival that never started: lost load.
func (r *Recorder) Dropped(tenant, journey string, index int64, intended, now time.Time) {
	s := results.Sample{
		Tenant: tenant, Journey: journey, Step: results.Journey, Iteration: index, Outcome: results.Dropped,
		Detail: "no virtual user was free",
	}
	r.mu.Lock()
	r.progress.Dropped++
	r.of(tenant, journey).Dropped++
	base := r.base
	r.mu.Unlock()
	r.append(s, Times{Intended: intended, Started: now, Ended: now}, base)
}

func (r *Recorder) append(s results.Sample, t Times, base time.Time) {
	if r.samples == nil {
		return
	}
	s.Scenario = r.scenario
	s.Intended = results.OffsetOf(t.Intended.Sub(base))
	s.Started = results.OffsetOf(t.Started.Sub(base))
	s.Ended = results.OffsetOf(t.Ended.Sub(base))
	if err := r.samples.Append(s); err != nil {
		r.fail(err)
	}
}

// fail keeps the first error.
func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// Progress is a copy of the counts.
func (r *Recorder) Progress() wire.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.progress
	p.Outcomes = make(map[results.Outcome]int64, len(p.Outcomes))
	for outcome, n := range r.progress.Outcomes {
		p.Outcomes[outcome] = n
	}
	p.Active = max(0, p.Planned-p.Started-p.Dropped)
	return p
}

// Close writes what is left and returns the generator's account of itself.
func (r *Recorder) Close() wire.Final {
	err := r.journal.close(r.Offset(time.Now()))
	if r.samples != nil {
		err = errors.Join(err, r.samples.Close())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	final := wire.Final{
		LateP50: float64(r.late.ValueAtPercentile(50)) / 1e6,
		LateP99: float64(r.late.ValueAtPercentile(99)) / 1e6,
	}
	for _, k := range r.order {
		final.Load = append(final.Load, *r.load[k])
	}
	final.Notes = r.notes
	if r.grouped > 0 {
		final.Notes = append(final.Notes, fmt.Sprintf("Scenario %s has more than %d step names; %d steps with other names are "+
			"recorded "+
			"as %q. Give its requests the tag name, one for each kind of page.", r.scenario, maxSteps, r.grouped, OtherSteps))
	}
	if err = errors.Join(r.err, err); err != nil {
		final.Err = err.Error()
	}
	return final
}
