package simulate

import (
	"fmt"
	"time"

	"example.org/odooharness/results"
)

// Recorded is a run in memory, as it will be written.
type Recorded struct {
	Manifest results.Manifest
	Plan     []byte
	Trials   []Trial
}

// Trial is a trial with its rows.
type Trial struct {
	results.TrialData
	Samples []results.Sample
	Writes  []results.Write
}

// at is an offset of a time in s.
func at(seconds float64) results.Offset { return results.Offset(seconds * 1e9) }

func pointer(seconds float64) *results.Offset {
	o := at(seconds)
	return &o
}

func tenantName(role results.Role, i int) string {
	if role == results.Disruptive {
		return fmt.Sprintf("n%d", i+1)
	}
	return fmt.Sprintf("t%d", i+1)
}

// started is when all simulated runs begin.
func started() time.Time { return time.Unix(1_800_000_000, 0).UTC() }

// Record simulates the run. Trials of a replicate follow each other, in alternating order
// (ABBA).
func (w World) Record() Recorded {
	r := Recorded{Manifest: w.manifest()}
	for replicate := 1; replicate <= w.Replicates; replicate++ {
		for i := range w.Setups {
			if replicate%2 == 0 {
				i = len(w.Setups) - 1 - i
			}
			r.Trials = append(r.Trials, w.record(w.Setups[i], replicate, len(r.Trials)+1))
		}
	}
	r.Plan = w.plan(r.Trials)
	return r
}

func (w World) manifest() results.Manifest {
	name := w.Experiment
	if name == "" {
		name = "simulated"
	}
	m := results.Manifest{Schema: results.SchemaVersion, Experiment: name, Hypothesis: "what was planted is found", Seed: w.Seed,
		Started: started(), Objectives: w.Objectives, Promises: w.Promises, Capacity: w.Capacity}
	for _, s := range w.Setups {
		setup := results.Setup{Name: s.Name, Tenancy: s.Tenancy, Target: "simulated", Workers: s.Workers, CPU: 2, CPUEnforced: true,
			Currency: "EUR", CostPerHour: s.CostPerHour}
		if s.Tenancy == results.Dedicated {
			setup.Workers *= w.Abiding + w.Disruptive
		}
		for t := range w.Abiding {
			setup.Tenants = append(setup.Tenants, results.Tenant{Name: tenantName(results.Abiding, t), Role: results.Abiding})
		}
		for t := range w.Disruptive {
			setup.Tenants = append(setup.Tenants, results.Tenant{Name: tenantName(results.Disruptive, t), Role: results.Disruptive})
		}
		m.Setups = append(m.Setups, setup)
	}
	return m
}

// record simulates one trial.
func (w World) record(setup Setup, replicate, position int) Trial {
	arrivals := w.trial(setup, replicate)
	t := Trial{TrialData: results.TrialData{Trial: results.Trial{
		Name: fmt.Sprintf("%02d-%s", position, setup.Name), Setup: setup.Name, Replicate: replicate, Position: position,
		Seed: w.Seed + uint64(replicate), Base: started().Add(time.Duration(position) * time.Hour), Length: at(w.Length),
		Warmup: at(w.Warmup), Windows: w.windows(), State: results.TrialComplete,
		Generator: results.Generator{CPUSeconds: w.Length / 20, Wall: w.Length, CPUs: 2, LateP50: 1e-4, LateP99: 2e-3},
	}}}
	counts := map[[2]string]int64{}
	var order [][2]string
	for i, a := range arrivals {
		t.add(w, a, i)
		key := [2]string{a.tenant, w.journeyName(a)}
		if counts[key] == 0 {
			order = append(order, key)
		}
		counts[key]++
	}
	for _, key := range order {
		n := counts[key]
		t.Load = append(t.Load, results.Load{Scenario: "simulated", Tenant: key[0], Journey: key[1], Planned: n, Started: n})
	}
	for _, f := range w.Faults {
		t.Injections = append(t.Injections, f.injection(w))
	}
	if w.Audited {
		t.Audit = w.audit(t.Writes)
	}
	return t
}

func (w World) journeyName(a arrival) string {
	if a.journey < 0 {
		return "noise"
	}
	return w.Journeys[a.journey].Name
}

// add appends an arrival as rows: the journey, and the write that it does.
func (t *Trial) add(w World, a arrival, i int) {
	s := results.Sample{Scenario: "simulated", Tenant: a.tenant, Journey: w.journeyName(a), Step: results.Journey,
		Iteration: int64(i), Intended: at(a.at), Started: at(a.at), Ended: at(a.ended), Outcome: results.OK, Status: 200}
	if a.refused {
		s.Outcome, s.Status = results.Refused, 0
	}
	t.Samples = append(t.Samples, s)
	if a.journey < 0 || w.Journeys[a.journey].Op == "" {
		return
	}
	ack := results.Acknowledged
	if a.refused {
		ack = results.Rejected
	}
	t.Writes = append(t.Writes, results.Write{Tenant: a.tenant, Op: w.Journeys[a.journey].Op, Ref: fmt.Sprintf("%s-%d", t.Name, i),
		Document: int64(i + 1), Attempted: s.Started, Answered: s.Ended, Ack: ack, Outcome: s.Outcome})
}

// injection is a fault as a driver marks it.
func (f Fault) injection(w World) results.Injection {
	in := results.Injection{Fault: f.Name, Class: "database", Kind: "PostgresChaos", Action: "restart", Driver: "local",
		Requested: at(f.At), Injected: pointer(f.At + 0.05), InEffect: pointer(f.At + max(f.Delay, 0.1)),
		Removing: pointer(f.At + f.For), Removed: pointer(f.At + f.For), Recovered: pointer(f.At + f.For + 0.2),
		Proof: "connection refused", GoneProof: "answered", Tenants: f.Tenants}
	if len(in.Tenants) == 0 {
		in.Tenants = w.tenants()
	}
	return in
}

// audit finds every acknowledged write, and every law kept.
func (w World) audit(writes []results.Write) *results.Audit {
	a := &results.Audit{Method: "sql"}
	for t := range w.Abiding {
		name := tenantName(results.Abiding, t)
		counts := map[results.Op]*results.AuditOp{}
		for _, write := range writes {
			if write.Tenant != name {
				continue
			}
			if counts[write.Op] == nil {
				counts[write.Op] = &results.AuditOp{Tenant: name, Op: write.Op}
			}
			counts[write.Op].Attempted++
			if write.Ack == results.Acknowledged {
				counts[write.Op].Acknowledged++
			}
		}
		for _, j := range w.Journeys {
			if c := counts[j.Op]; c != nil {
				a.Operations = append(a.Operations, *c)
				delete(counts, j.Op)
			}
		}
		a.Invariants = append(a.Invariants, results.Invariant{Tenant: name, Name: "reserved-within-stock", Held: true})
	}
	return a
}
