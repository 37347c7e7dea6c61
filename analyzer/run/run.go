package run

import (
	"iter"
	"slices"
	"sync"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Run is a run in memory.
type Run struct {
	Results *results.Run
	Options Options
	Setups  []string // in the order of the manifest, then of the trials
	Trials  []*Trial
	Twins   []*Trial // trials without faults, which only serve as reference of another

	Dictionary
	Abiding []bool // by tenant number

	Windows []*Described // journeys over the trials of a setup, by setup, tenant, window and journey
	ByStep  []*Described // steps of abiding tenants, by setup, window and step
	Groups  map[GroupKey]*Group

	room    *room
	primary struct { // the level of [Run.PrimaryLevel], once it is known: milliseconds each time
		once  sync.Once
		level float64
	}
}

// Source is where the rows of a trial come from.
type Source struct {
	*results.TrialData
	Samples iter.Seq2[*results.SampleColumns, error]
	Writes  iter.Seq2[results.Write, error]
	Jobs    iter.Seq2[results.Job, error] // nil: none were read
}

// Sources returns the trials of a run on disk.
func Sources(recorded *results.Run) []Source {
	var all []Source
	for _, t := range recorded.Trials {
		all = append(all, Source{TrialData: t, Samples: t.SampleColumns(), Writes: t.Writes(), Jobs: t.Jobs()})
	}
	return all
}

// Trial is one trial in memory.
type Trial struct {
	Source
	Windows      []results.Window // as they happened; Planned returns those of the plan
	End          results.Offset   // of what was recorded
	Journeys     []Record         // by intended start
	Steps        []Record         // by their end
	Failure      error            // rows that could not be read
	Backward     int              // rows that end before they start
	Endless      int              // rows that last longer than a record holds
	Repeated     int              // journeys that are recorded more than once
	Written      map[WriteKey]int // acknowledged writes in calm windows
	Attempts     int              // writes in the journal
	Acknowledged map[WriteKey]int // acknowledged writes of the journal, each reference once
	Unread       error            // writes that could not be read

	byTenant *positions // of the journeys
}

// Planned returns the windows of the plan. The field Windows has them as they happened.
func (t *Trial) Planned() []results.Window { return t.TrialData.Windows }

// Setup returns the entry of a setup in the manifest, or one with its name alone.
func (r *Run) Setup(name string) results.Setup {
	for _, s := range r.Results.Manifest.Setups {
		if s.Name == name {
			return s
		}
	}
	return results.Setup{Name: name}
}

// BaseOf is the setup that another one is compared with: the one that it changes as a
// remedy, else the first of the run.
func (r *Run) BaseOf(setup string) string {
	for _, tried := range r.Results.Manifest.Remedies {
		if tried.Name == setup && slices.Contains(r.Setups, tried.Of) {
			return tried.Of
		}
	}
	return r.Setups[0]
}

// TrialsOf returns the trials of a setup.
func (r *Run) TrialsOf(setup string) []*Trial {
	var all []*Trial
	for _, t := range r.Trials {
		if t.Setup == setup {
			all = append(all, t)
		}
	}
	return all
}

// TwinOf returns the trial of the same setup, replicate and seed without faults, nil where
// there is none.
func (r *Run) TwinOf(t *Trial) *Trial {
	for _, twin := range r.Twins {
		if twin.Setup == t.Setup && twin.Replicate == t.Replicate && twin.Seed == t.Seed && twin.State == results.TrialComplete {
			return twin
		}
	}
	return nil
}

// Everyone is the tenant number of all abiding tenants together. Its name is
// [finding.Everyone].
const Everyone = -1

// TenantName returns the name of a tenant number.
func (r *Run) TenantName(number int) string {
	if number == Everyone {
		return finding.Everyone
	}
	return r.Tenants.List[number]
}

// IsOf reports whether a record belongs to a tenant. Those of every abiding tenant belong
// to [Everyone].
func (r *Run) IsOf(rec *Record, tenant int) bool {
	if tenant == Everyone {
		return r.Abiding[rec.Tenant]
	}
	return int(rec.Tenant) == tenant
}

// IsAbiding reports whether a tenant is abiding. A tenant without a record is.
func (r *Run) IsAbiding(tenant string) bool {
	at, ok := r.Tenants.Index[tenant]
	return !ok || r.Abiding[at]
}

// AbidingTenants returns the numbers of the abiding tenants.
func (r *Run) AbidingTenants() []int {
	var all []int
	for i, abiding := range r.Abiding {
		if abiding {
			all = append(all, i)
		}
	}
	return all
}

// MostBins bounds the length of a curve over a trial. Bins are longer than a second in
// trials of more than an hour, so that reports stay readable.
const MostBins = 3600
