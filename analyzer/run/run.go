package run

import (
	"iter"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

func (r *Run) TenantName(number int) string {
	if number == Everyone {
		return finding.Everyone
	}
	return r.Tenants.List[number]
}

func (r *Run) AllAbiding() []int {
	var all []int
	for i, abiding := range r.Abiding {
		if abiding {
			all = append(all, i)
		}
	}
	return all
}

// Run is a run in memory.
type Run struct {
	Results *results.Run
	Options Options
	Setups  []string // in the order of the manifest, then of the trials
	Trials  []*Trial

	Dictionary
	Abiding []bool // by tenant number

	Windows []*Described // journeys over the trials of a setup, by setup, tenant, window and journey
	ByStep  []*Described // steps of abiding tenants, by setup, window and step
	Groups  map[GroupKey]*Group
}

// Source is where the rows of a trial come from: a run on disk, or a simulation.
type Source struct {
	*results.TrialData
	Samples iter.Seq2[*results.SampleColumns, error]
	Writes  iter.Seq2[results.Write, error]
	Jobs    iter.Seq2[results.Job, error] // nil: none were read
}

// Sources are the trials of a run on disk.
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
	Windows  []results.Window // as cut by what really happened; Planned has those of the plan
	End      results.Offset   // of what was recorded
	Journeys []Record         // by intended start
	Steps    []Record         // in the order of the file
	Failure  error            // rows that could not be read
	Written  map[WriteKey]int // acknowledged writes in calm windows
	Attempts int              // writes in the journal
	Unread   error            // writes that could not be read
}

// Planned returns the windows of the plan. [Trial.Windows] has them as they happened.
func (t *Trial) Planned() []results.Window { return t.TrialData.Windows }

// WriteKey names a count of acknowledged writes.
type WriteKey struct{ Tenant, Op string }

// Setup returns the manifest's entry of a setup, or one with its name alone.
func (r *Run) Setup(name string) results.Setup {
	for _, s := range r.Results.Manifest.Setups {
		if s.Name == name {
			return s
		}
	}
	return results.Setup{Name: name}
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

func (r *Run) CountAbiding() int {
	n := 0
	for _, a := range r.Abiding {
		if a {
			n++
		}
	}
	return n
}

func (r *Run) IsAbiding(tenant string) bool {
	at, ok := r.Tenants.Index[tenant]
	return !ok || r.Abiding[at]
}
