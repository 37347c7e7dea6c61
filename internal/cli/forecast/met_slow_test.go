//go:build slow

package forecast_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/cli/forecast"
	"example.org/odooharness/internal/testing/simulate"
	"example.org/odooharness/results"
)

const question, most = "CMP-002 hybrid", 4

// world is the standard world with eight blocks. It has no writes: half of the time is reading
// them.
func world(seed uint64, slowdown float64) simulate.World {
	w := simulate.Standard(seed)
	w.Neighbour = simulate.Switchback(2, 42, 8)
	w.Journeys[0].Op, w.Audited = "", false
	w.Setups[1].Slowdown, w.Replicates = slowdown, most
	return w
}

// planned is the experiment of that world, as a plan has it: 9 orders a second for 42 s.
func planned() (*spec.Experiment, *plan.Plan) {
	e := &spec.Experiment{Name: "simulated", Replicates: most, Stopping: &spec.Stopping{AtLeast: 1},
		Tenants: map[string]results.Role{"t1": results.Abiding, "t2": results.Abiding, "t3": results.Abiding, "n1": results.Disruptive}}
	p := &plan.Plan{}
	for _, s := range world(1, 1).Setups {
		e.Setups = append(e.Setups, spec.Setup{Name: s.Name, Lab: &spec.LabTarget{Kind: "embedded"},
			Tenants: []spec.TenantAccess{{Name: "t1"}, {Name: "t2"}, {Name: "t3"}, {Name: "n1"}}})
		t := plan.Trial{Setup: s.Name, Length: 42 * time.Second, Bursts: []plan.Burst{{Scenario: "day", Duration: 42 * time.Second,
			Expected: []results.Load{{Tenant: "t1", Journey: "orders", Planned: 378}}}}}
		for b := range 8 {
			kind := results.WindowBaseline
			if b%4 == 1 || b%4 == 2 {
				kind = results.WindowNeighbor
			}
			t.Windows = append(t.Windows, results.Window{Kind: kind, Block: b + 1, From: results.OffsetOf(time.Duration(2+5*b) * time.Second),
				To: results.OffsetOf(time.Duration(7+5*b) * time.Second)})
		}
		p.Trials = append(p.Trials, t)
	}
	return e, p
}

// judged writes the first replicates of a recorded run and judges them.
func judged(t *testing.T, recorded simulate.Recorded, replicates int) *analyzer.Judgement {
	t.Helper()
	recorded.Trials = recorded.Trials[:2*replicates]
	run, err := recorded.Write(simulate.Folder(t))
	if err != nil {
		t.Fatal(err)
	}
	j, err := analyzer.Analyze(run, analyzer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// inPairs runs n rounds on two processors.
func inPairs(n int, round func(i int)) {
	var all sync.WaitGroup
	for part := range 2 {
		all.Go(func() {
			for i := part; i < n; i += 2 {
				round(i)
			}
		})
	}
	all.Wait()
}

// earlierRuns are what twenty runs without an effect showed of the question.
func earlierRuns(t *testing.T) []results.Prior {
	shown := make([]*finding.Shown, 20)
	inPairs(len(shown), func(i int) {
		for _, p := range judged(t, world(900_000+100*uint64(i), 1).Record(), most).Primary {
			if p.Key() == question {
				shown[i] = p.Shown
			}
		}
	})
	var all []moderated.Varied
	within := 0.0
	for _, s := range shown {
		if s == nil {
			t.Fatal("an earlier run does not show how much trials vary")
		}
		all = append(all, moderated.Varied{N: s.N, Spread: s.Spread, Within: s.Within})
		within += s.Within / float64(len(shown))
	}
	prior := moderated.FromVaried(all, moderated.Prior{})
	return []results.Prior{{Question: question, Tau: prior.Tau, DF: prior.DF, Runs: prior.Runs, Within: within}}
}

// The chance that harness plan --detect prints is met by 200 experiments that follow, run until
// decided and judged over the public path after each replicate: within three standard errors.
func TestPromisedPowerIsMet(t *testing.T) {
	const rounds, promised = 200, 0.8
	e, p := planned()
	priors := earlierRuns(t)
	var q forecast.Question
	for _, candidate := range forecast.New(e, p, priors).Questions {
		if finding.PrimaryKey(candidate.ID, candidate.Scope.Setup) == question {
			q = candidate
		}
	}
	_, detect := q.Detect(promised)
	found, used := 0.0, 0.0
	var lock sync.Mutex
	inPairs(rounds, func(i int) {
		recorded := world(1+7*uint64(i), detect).Record()
		recorded.Manifest.Priors = priors
		recorded.Manifest.Stopping = &results.Stopping{AtLeast: 1, AtMost: most, Alpha: 0.05}
		for n := 1; n <= most; n++ {
			side := mainSide(judged(t, recorded, n))
			if side == 0 && n < most {
				continue
			}
			lock.Lock()
			used += float64(n) / rounds
			if side == 1 {
				found += 1.0 / rounds
			}
			lock.Unlock()
			break
		}
	})
	course := q.Course(detect)
	t.Logf("prior %+v; %.2f× promised with %.2f, found %.3f; %.2f replicates promised, %.2f needed", priors[0], detect, course.Right, found,
		course.Mean, used)
	if slack := 3 * math.Sqrt(promised*(1-promised)/rounds); math.Abs(found-course.Right) > slack {
		t.Errorf("%.2f× promised with %.2f, found %.3f", detect, course.Right, found)
	}
	if math.Abs(used-course.Mean) > 0.4 {
		t.Errorf("%.2f replicates promised, %.2f needed", course.Mean, used)
	}
}

// mainSide is the answer of the main endpoint: 1 when the second setup is slower.
func mainSide(j *analyzer.Judgement) int {
	for _, e := range j.Endpoints {
		if e.Main {
			return int(e.Side)
		}
	}
	return 0
}
