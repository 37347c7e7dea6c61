package synthetic

import (
	"fmt"
	"math/rand/v2"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// Ladder simulates trials that climb a ladder on M/M/8 with a mean service of 50
// ms: every figure of it is known in closed form.
func Ladder(trials int, erlangs []float64, seconds float64, asked results.Capacity) *analyzer.Judgement {
	return ladder(3, results.Shared, trials, erlangs, seconds, asked)
}

// LadderOf is Ladder with a seed of its own. The pool belongs to its one tenant, so that the
// analyzer predicts no other loads: that takes most of the time.
func LadderOf(seed uint64, trials int, erlangs []float64, seconds float64, asked results.Capacity) *analyzer.Judgement {
	return ladder(seed, results.Dedicated, trials, erlangs, seconds, asked)
}

func ladder(seed uint64, tenancy results.Tenancy, trials int, erlangs []float64, seconds float64,
	asked results.Capacity,
) *analyzer.Judgement {
	const workers, mean = 8, 0.05
	manifest := results.Manifest{Schema: results.SchemaVersion, Experiment: "ladder", Seed: 3, Capacity: &asked,
		Setups: []results.Setup{{Name: "pool", Tenancy: tenancy, Workers: workers,
			Tenants: []results.Tenant{{Name: "t1", Role: "abiding"}}}}}
	recorded := &results.Run{Manifest: manifest}
	var all []run.Source
	for i := range trials {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		trial := results.Trial{Name: fmt.Sprintf("%02d-pool", i+1), Setup: "pool", Replicate: i + 1, Position: i + 1,
			Length: At(seconds * float64(len(erlangs))), State: results.TrialComplete}
		r := &results.TrialData{Trial: trial}
		var samples results.SampleColumns
		var attempts []results.Offset
		for k, a := range erlangs {
			from, to := float64(k)*seconds, float64(k+1)*seconds
			name := fmt.Sprintf("mix-%d", k+1)
			w := results.Window{Name: name, Kind: results.WindowStep, From: At(from), To: At(to),
				Step: &results.Step{Scenario: "mix", Level: a}}
			if k == 0 {
				w.Kind = results.WindowBaseline
			}
			r.Windows = append(r.Windows, w)
			free, n := make(Pool, workers), int64(0)
			for w := range free {
				free[w] = from
			}
			for at := from; ; n++ {
				at += random.ExpFloat64() * mean / a
				if at >= to {
					break
				}
				service := mean * random.ExpFloat64()
				end := free.Serve(at, service)
				s := results.Sample{Scenario: name, Tenant: "t1", Journey: "orders", Step: "order", Intended: At(at), Started: At(at),
					Ended: At(end), Outcome: results.OK}
				samples.Append(s)
				s.Step = results.Journey
				samples.Append(s)
				attempts = append(attempts, At(at))
			}
			r.Load = append(r.Load, results.Load{Scenario: name, Tenant: "t1", Journey: "orders", Planned: n, Started: n})
		}
		recorded.Trials = append(recorded.Trials, r)
		all = append(all, run.Source{TrialData: r, Samples: Stretch(&samples), Writes: ordersAt(attempts)})
	}
	return analyzer.Judge(recorded, all, analyzer.Options{})
}
