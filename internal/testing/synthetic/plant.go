package synthetic

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Plant is what a synthetic run has in it.
type Plant struct {
	Seed       uint64
	Replicates int
	Setups     []string           // names; "dedicated" splits the pool
	Slower     map[string]float64 // service time factor of a setup
	Wobble     float64            // sd of the log of a run's own factor
	Rate       float64            // arrivals a second and tenant
	Seconds    int
	Service    float64 // s, mean
	Workers    int
	Neighbour  float64 // arrivals a second of t4 in [20, 30), 0: none
	Outage     bool    // pool down in [40, 44)
	SlowBack   float64 // s until the pool is back after the outage
	Tenants    int
	Objectives []results.Objective
	Mangle     func(*results.Trial, []results.Injection, *[]results.Sample)
	Audit      *results.Audit // an operation without Attempted has the counts of the journal
}

// Calm is a sound run: two setups of two trials, each with one outage.
func Calm(seed uint64) Plant {
	return Plant{Seed: seed, Replicates: 2, Setups: []string{"multi-tenant", "dedicated"}, Rate: 10, Seconds: 60,
		Service: 0.05, Workers: 8, Tenants: 4, Outage: true, Neighbour: 0,
		Objectives: []results.Objective{{Name: "orders", Journeys: []string{"orders"}, Target: 0.9, Threshold: 2,
			Budgeting: "Occurrences"}},
		Audit: &results.Audit{Method: "sql", Operations: []results.AuditOp{{Tenant: "t1", Op: "order"}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "reserved-within-stock", Held: true}}}}
}

// Manifest is that of the run.
func (p Plant) Manifest() results.Manifest {
	m := results.Manifest{Schema: results.SchemaVersion, Experiment: "synthetic", Seed: p.Seed,
		Started:    time.Unix(1_800_000_000, 0).UTC(),
		Objectives: p.Objectives}
	for _, s := range p.Setups {
		setup := results.Setup{Name: s, Tenancy: results.Tenancy(s), Workers: p.Workers, CPU: 2, CPUEnforced: true,
			Currency: "EUR", CostPerHour: 0.5}
		for i := range p.Tenants {
			role := results.Abiding
			if i == 3 {
				role = results.Disruptive
			}
			setup.Tenants = append(setup.Tenants, results.Tenant{Name: fmt.Sprintf("t%d", i+1), Role: role})
		}
		m.Setups = append(m.Setups, setup)
	}
	return m
}

// Trial is a trial with its rows in memory.
type Trial struct {
	results.TrialData
	Samples []results.Sample
	Writes  []results.Write
}

// Trials simulates all trials of the run, in ABAB order.
func (p Plant) Trials() []Trial {
	var all []Trial
	for replicate := 1; replicate <= p.Replicates; replicate++ {
		for _, s := range p.Setups {
			all = append(all, p.trial(s, replicate, len(all)+1))
		}
	}
	return all
}

func (p Plant) trial(setup string, replicate, position int) Trial {
	samples, injections := p.simulate(setup, replicate)
	trial := results.Trial{Name: fmt.Sprintf("%02d-%s", position, setup), Setup: setup, Replicate: replicate, Position: position,
		Seed: p.Seed, Base: time.Unix(1_800_000_000, 0).UTC(), Length: At(float64(p.Seconds)), Warmup: At(4),
		State: results.TrialComplete, Generator: results.Generator{CPUSeconds: 10, Wall: float64(p.Seconds), CPUs: 2,
			LateP50: 1e-4, LateP99: 2e-3},
		Audit: p.Audit}
	if p.Neighbour > 0 {
		trial.Windows = append(trial.Windows, results.Window{Name: "neighbour", Kind: results.WindowNeighbor, From: At(20),
			To: At(30)})
	}
	if p.Outage {
		trial.Windows = append(trial.Windows, results.Window{Name: "fault:pg", Kind: results.WindowFault, Fault: "pg",
			From: At(40), To: At(44)})
	}
	loads := map[string]*results.Load{}
	for i := range samples {
		s := &samples[i]
		if s.Step != results.Journey {
			continue
		}
		key := s.Tenant + s.Journey
		if loads[key] == nil {
			loads[key] = &results.Load{Scenario: "s", Tenant: s.Tenant, Journey: s.Journey}
		}
		loads[key].Planned++
		loads[key].Started++
	}
	for _, l := range loads {
		trial.Load = append(trial.Load, *l)
	}
	if p.Mangle != nil {
		p.Mangle(&trial, injections, &samples)
	}
	r := Trial{TrialData: results.TrialData{Trial: trial, Injections: injections}, Samples: samples,
		Writes: make([]results.Write, 0, len(samples)/2)}
	for i := range samples {
		if s := &samples[i]; s.Step == results.Journey && s.Journey == "orders" {
			ack := results.Acknowledged
			if s.Outcome.Indeterminate() {
				ack = results.Indeterminate
			}
			r.Writes = append(r.Writes, results.Write{Tenant: s.Tenant, Op: "order", Ref: fmt.Sprint(i), Attempted: s.Started,
				Answered: s.Ended, Ack: ack, Outcome: s.Outcome})
		}
	}
	r.Audit = countJournal(r.Audit, r.Writes)
	return r
}

// countJournal gives operations without counts those of the journal.
func countJournal(audit *results.Audit, writes []results.Write) *results.Audit {
	if audit == nil {
		return nil
	}
	counted := *audit
	counted.Operations = slices.Clone(audit.Operations)
	for i := range counted.Operations {
		op := &counted.Operations[i]
		if op.Attempted > 0 {
			continue
		}
		for _, w := range writes {
			op.Attempted++
			if w.Ack == results.Acknowledged {
				op.Acknowledged++
			}
		}
	}
	return &counted
}

// Judge analyzes the run without a disk.
func (p Plant) Judge() *analyzer.Judgement {
	recorded := &results.Run{Manifest: p.Manifest()}
	var all []run.Source
	for _, r := range p.Trials() {
		recorded.Trials = append(recorded.Trials, &r.TrialData)
		all = append(all, run.Source{TrialData: &r.TrialData, Samples: Columns(r.Samples), Writes: Rows(r.Writes)})
	}
	return analyzer.Judge(recorded, all, analyzer.Options{})
}

// Write writes the run to disk and opens it.
func (p Plant) Write(t testing.TB) *results.Run {
	t.Helper()
	w, err := results.Create(t.TempDir(), p.Manifest(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Trials() {
		tw, err := w.CreateTrial(r.Trial)
		if err != nil {
			t.Fatal(err)
		}
		WriteTable(t, tw.Dir, "samples-s", r.Samples)
		WriteTable(t, tw.Dir, "writes-s", r.Writes)
		if err := tw.WriteTrial(r.Trial); err != nil { // as left, not as running
			t.Fatal(err)
		}
		if err := tw.WriteInjections(r.Injections); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := results.Open(w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return recorded
}

// OutageRun is a run on disk of one calm trial with a fault, and the fault's window.
func OutageRun(t *testing.T) (*results.Run, results.Window) {
	t.Helper()
	p := Calm(2)
	p.Setups, p.Replicates, p.Outage = []string{"multi-tenant"}, 1, true
	recorded := p.Write(t)
	for _, w := range recorded.Trials[0].Windows {
		if w.Kind == results.WindowFault {
			return recorded, w
		}
	}
	t.Fatal("the plant has no fault")
	return nil, results.Window{}
}

// OneSetup is a run of one setup without faults, a little slower or not.
func OneSetup(t *testing.T, seed uint64, name string, replicates int, slower float64) *results.Run {
	t.Helper()
	p := Calm(seed)
	p.Setups, p.Replicates, p.Outage, p.Wobble, p.Seconds = []string{name}, replicates, false, 0.03, 60
	p.Workers = 40
	p.Slower = map[string]float64{name: slower}
	recorded := p.Write(t)
	for _, trial := range recorded.Trials {
		trial.Seed = seed + uint64(trial.Replicate)
	}
	return recorded
}
