package analyzer

import (
	"container/heap"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"example.org/odooharness/results"
)

// The runs that tests judge: seeded simulations of FCFS worker pools, written as
// real runs on disk. A shared setup has one pool for all tenants, a dedicated one
// splits it. What is planted is known, so that findings can be held to it.

// plant is what a synthetic run has in it.
type plant struct {
	seed       uint64
	replicates int
	setups     []string           // names; "dedicated" splits the pool
	slower     map[string]float64 // service time factor of a setup
	wobble     float64            // sd of the log of a run's own factor
	rate       float64            // arrivals a second and tenant
	seconds    int
	service    float64 // s, mean
	workers    int
	neighbour  float64 // arrivals a second of t4 in [20, 30), 0: none
	outage     bool    // pool down in [40, 44)
	slowBack   float64 // s until the pool is back after the outage
	tenants    int
	objectives []results.Objective
	mangle     func(*results.Trial, []results.Injection, *[]results.Sample)
	audit      *results.Audit
}

func calmPlant(seed uint64) plant {
	return plant{seed: seed, replicates: 2, setups: []string{"multi-tenant", "dedicated"}, rate: 10, seconds: 60,
		service: 0.05, workers: 8, tenants: 4, outage: true, neighbour: 0,
		objectives: []results.Objective{{Name: "orders", Journeys: []string{"orders"}, Target: 0.9, Threshold: 2,
			Budgeting: "Occurrences"}},
		audit: &results.Audit{Method: "sql", Operations: []results.AuditOp{{Tenant: "t1", Op: "order", Attempted: 100,
			Acknowledged: 99}},
			Invariants: []results.Invariant{{Tenant: "t1", Name: "reserved-within-stock", Held: true}}}}
}

func off(s float64) results.Offset { return results.Offset(s * 1e9) }

func offp(s float64) *results.Offset { o := off(s); return &o }

// manifest is that of the run.
func (p plant) manifest() results.Manifest {
	m := results.Manifest{Schema: results.SchemaVersion, Experiment: "synthetic", Seed: p.seed,
		Started:    time.Unix(1_800_000_000, 0).UTC(),
		Objectives: p.objectives}
	for _, s := range p.setups {
		setup := results.Setup{Name: s, Tenancy: s, Workers: p.workers, CPU: 2, CPUEnforced: true, Currency: "EUR", CostPerHour: 0.5}
		for i := range p.tenants {
			role := "abiding"
			if i == 3 {
				role = "disruptive"
			}
			setup.Tenants = append(setup.Tenants, results.Tenant{Name: fmt.Sprintf("t%d", i+1), Role: role})
		}
		m.Setups = append(m.Setups, setup)
	}
	return m
}

// recorded is a trial with its rows in memory.
type recorded struct {
	results.TrialData
	samples []results.Sample
	writes  []results.Write
}

// trials simulates all trials of the run, in ABAB order.
func (p plant) trials() []recorded {
	var all []recorded
	for replicate := 1; replicate <= p.replicates; replicate++ {
		for _, s := range p.setups {
			all = append(all, p.trial(s, replicate, len(all)+1))
		}
	}
	return all
}

func (p plant) trial(setup string, replicate, position int) recorded {
	samples, injections := p.simulate(setup, replicate)
	trial := results.Trial{Name: fmt.Sprintf("%02d-%s", position, setup), Setup: setup, Replicate: replicate, Position: position,
		Seed: p.seed, Base: time.Unix(1_800_000_000, 0).UTC(), Length: off(float64(p.seconds)), Warmup: off(4),
		State: results.TrialComplete, Generator: results.Generator{CPUSeconds: 10, Wall: float64(p.seconds), CPUs: 2,
			LateP50: 1e-4, LateP99: 2e-3},
		Audit: p.audit}
	if p.neighbour > 0 {
		trial.Windows = append(trial.Windows, results.Window{Name: "neighbour", Kind: results.WindowNeighbor, From: off(20),
			To: off(30)})
	}
	if p.outage {
		trial.Windows = append(trial.Windows, results.Window{Name: "fault:pg", Kind: results.WindowFault, Fault: "pg",
			From: off(40), To: off(44)})
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
	if p.mangle != nil {
		p.mangle(&trial, injections, &samples)
	}
	r := recorded{TrialData: results.TrialData{Trial: trial, Injections: injections}, samples: samples,
		writes: make([]results.Write, 0, len(samples)/2)}
	for i := range samples {
		if s := &samples[i]; s.Step == results.Journey && s.Journey == "orders" {
			ack := results.Acknowledged
			if s.Outcome.Indeterminate() {
				ack = results.Indeterminate
			}
			r.writes = append(r.writes, results.Write{Tenant: s.Tenant, Op: "order", Ref: fmt.Sprint(i), Attempted: s.Started,
				Answered: s.Ended, Ack: ack, Outcome: s.Outcome})
		}
	}
	return r
}

// rows yields a slice the way a file is read.
func rows[R any](all []R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// stretch yields samples that are in columns already. Large simulations make no rows:
// with the race detector, copying these takes longer than all of the analysis.
func stretch(c *results.SampleColumns) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) { yield(c, nil) }
}

// columns yields samples the way a file is read by column.
func columns(all []results.Sample) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) {
		left := len(all)
		for part := range slices.Chunk(all, 10_000) {
			left -= len(part)
			c := results.SampleColumns{Left: left}
			for i := range part {
				c.Append(part[i])
			}
			if !yield(&c, nil) {
				return
			}
		}
	}
}

// judge analyzes the run without a disk.
func (p plant) judge() *Judgement {
	run := &results.Run{Manifest: p.manifest()}
	var all []source
	for _, r := range p.trials() {
		run.Trials = append(run.Trials, &r.TrialData)
		all = append(all, source{TrialData: &r.TrialData, samples: columns(r.samples), writes: rows(r.writes)})
	}
	return judge(run, all, Options{})
}

// write writes the run to disk and opens it.
func (p plant) write(t testing.TB) *results.Run {
	t.Helper()
	w, err := results.Create(t.TempDir(), p.manifest(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.trials() {
		tw, err := w.CreateTrial(r.Trial)
		if err != nil {
			t.Fatal(err)
		}
		writeTable(t, tw.Dir, "samples-s", r.samples)
		writeTable(t, tw.Dir, "writes-s", r.writes)
		if err := tw.WriteTrial(r.Trial); err != nil { // as left, not as running
			t.Fatal(err)
		}
		if err := tw.WriteInjections(r.Injections); err != nil {
			t.Fatal(err)
		}
	}
	run, err := results.Open(w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// outageRun is a run on disk of one calm trial with a fault, and the fault's window.
func outageRun(t *testing.T) (*results.Run, results.Window) {
	t.Helper()
	p := calmPlant(2)
	p.setups, p.replicates, p.outage = []string{"multi-tenant"}, 1, true
	run := p.write(t)
	for _, w := range run.Trials[0].Windows {
		if w.Kind == results.WindowFault {
			return run, w
		}
	}
	t.Fatal("the plant has no fault")
	return nil, results.Window{}
}

func writeTable[R any](t testing.TB, dir, base string, rows []R) {
	t.Helper()
	table, err := results.NewTable[R](dir, base, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Append(rows...); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}

// pool is a FCFS station: when each worker is free.
type pool []float64

func (p pool) Len() int           { return len(p) }
func (p pool) Less(i, j int) bool { return p[i] < p[j] }
func (p pool) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *pool) Push(any)          {}
func (p *pool) Pop() any          { return nil }

// serve starts a job as soon as a worker is free and returns when it ends.
func (p pool) serve(at, service float64) float64 {
	end := max(at, p[0]) + service
	p[0] = end
	heap.Fix(&p, 0)
	return end
}

// simulate makes the samples of one trial. Both setups of a replicate get the same
// arrivals, as the harness does it.
func (p plant) simulate(setup string, replicate int) ([]results.Sample, []results.Injection) {
	arrivals := rand.New(rand.NewPCG(p.seed, uint64(replicate)))
	own := rand.New(rand.NewPCG(p.seed+1, uint64(replicate)*1000+uint64(len(setup))))
	factor := math.Exp(p.wobble * own.NormFloat64())
	if f := p.slower[setup]; f > 0 {
		factor *= f
	}
	type job struct {
		at      float64
		tenant  int
		journey string
		mean    float64
	}
	var jobs []job
	for tenant := range p.tenants {
		for at := 0.0; ; {
			rate := p.rate
			if tenant == 3 && p.neighbour > 0 && at >= 20 && at < 30 {
				rate += p.neighbour
			}
			at += arrivals.ExpFloat64() / rate
			if at >= float64(p.seconds) {
				break
			}
			journey, mean := "orders", p.service
			if arrivals.Float64() < 0.4 {
				journey, mean = "tracking", p.service/4
			}
			jobs = append(jobs, job{at, tenant, journey, mean})
		}
	}
	sort.Slice(jobs, func(i, j int) bool { return jobs[i].at < jobs[j].at })
	pools := []pool{make(pool, p.workers)}
	if setup == "dedicated" {
		pools = nil
		for range p.tenants {
			pools = append(pools, make(pool, max(p.workers/p.tenants, 1)))
		}
	}
	samples := make([]results.Sample, 0, 2*len(jobs))
	for i, j := range jobs {
		s := results.Sample{Scenario: "s", Tenant: fmt.Sprintf("t%d", j.tenant+1), Journey: j.journey, Step: results.Journey,
			Iteration: int64(i),
			Intended:  off(j.at), Started: off(j.at), Outcome: results.OK, Status: 200}
		service := j.mean * factor * own.ExpFloat64()
		switch {
		case p.outage && j.at >= 40 && j.at < 44+p.slowBack:
			s.Ended, s.Outcome = off(j.at+0.002), results.Gateway
		default:
			s.Ended = off(pools[j.tenant%len(pools)].serve(j.at, service))
		}
		step := s
		step.Step = "confirm"
		samples = append(samples, step, s)
	}
	var injections []results.Injection
	if p.outage {
		in := results.Injection{Fault: "pg", Class: "database", Kind: "PostgresChaos", Action: "restart", Driver: "local",
			Requested: off(40),
			Injected:  offp(40.05), InEffect: offp(40.1), Removing: offp(44), Removed: offp(44), Recovered: offp(44.2),
			Proof: "refused", GoneProof: "answered"}
		for i := range p.tenants {
			in.Tenants = append(in.Tenants, fmt.Sprintf("t%d", i+1))
		}
		injections = append(injections, in)
	}
	return samples, injections
}

func findingOf(t *testing.T, j *Judgement, id string) Finding {
	t.Helper()
	i := slices.IndexFunc(j.Findings, func(f Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("there is no %s", id)
	}
	return j.Findings[i]
}

// dump logs the decisive findings, for a failing test to show.
func dump(t testing.TB, j *Judgement) {
	t.Helper()
	t.Logf("%s: %s", j.Verdict, j.Reason)
	for _, f := range j.Findings {
		t.Logf("%-12s %s %s (%s) %v", f.Verdict, f.ID, f.Title, f.Scope.words(), f.Because)
	}
}
