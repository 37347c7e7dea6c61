package analyzer

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// SelfChecked is the result of a self-check.
type SelfChecked struct {
	Experiments int
	Alarms      int // experiments of identical setups with a false sentence
	Sentences   int // false sentences in all of them
	Printed     int // sentences that could have been false
	Most        int // alarms that chance alone does not exceed in 99 of 100 self-checks
	Planted     int // experiments with one setup that is 50 % slower next to the disruptive tenant
	Found       int // of these, with the difference found
	Level       float64
}

// OK reports whether there are at most as many alarms as chance explains.
func (s SelfChecked) OK() bool { return s.Alarms <= s.Most }

// Words returns the result in sentences.
func (s SelfChecked) Words() string {
	return fmt.Sprintf("%d of %s of identical setups printed a false sentence; chance explains up to %d at a level of %s. "+
		"%s were false of the %s that could have been. A setup that is 50 %% slower next to a disruptive tenant was found in %d of %d.",
		s.Alarms, finding.Plural(s.Experiments, "experiment"), s.Most, finding.Share(1-s.Level), finding.Count(s.Sentences),
		finding.Plural(s.Printed, "sentence"), s.Found, s.Planted)
}

// SelfCheck judges simulated runs of identical setups, and counts the sentences of their
// reports that are false: a difference between the setups, a slowdown beyond its limit, a
// tenant that is hit, a link in time. It also judges runs of which one setup is 50 % slower
// next to a disruptive tenant: an analyzer that finds nothing has no false alarms. An
// experiment has six pairs of trials that vary by 5 %. The same seed gives the same result.
//
// An experiment counts once, however many sentences are false. The number of alarms is then
// binomial, and Most is its 99 % quantile.
func SelfCheck(seed uint64, experiments int) SelfChecked {
	opts := run.Options{}.OrDefaults()
	s := SelfChecked{Experiments: experiments, Planted: max(experiments/5, 1), Level: opts.Level}
	usual := distuv.Binomial{N: float64(experiments), P: 1 - opts.Level}
	for usual.CDF(float64(s.Most)) < 0.99 {
		s.Most++
	}
	judged := make([]*Judgement, experiments+s.Planted)
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i := range judged {
		all.Go(func() error {
			at, number, slower := seed, uint64(i), 1.0
			if i >= experiments {
				at, number, slower = seed+1, uint64(i-experiments), 1.5
			}
			recorded, trials := simulated(at, number, slower)
			judged[i] = Judge(recorded, trials, opts)
			return nil
		})
	}
	_ = all.Wait() // no judgement can fail
	for _, j := range judged[:experiments] {
		wrong, printed := falseSentences(j)
		s.Sentences, s.Printed = s.Sentences+wrong, s.Printed+printed
		s.Alarms += min(1, wrong)
	}
	for _, j := range judged[experiments:] {
		for _, e := range j.Endpoints {
			if e.Main && e.Side > 0 {
				s.Found++
			}
		}
	}
	return s
}

// falseSentences counts the false sentences about identical setups without slowdown, and
// those that could have been false.
func falseSentences(j *Judgement) (wrong, printed int) {
	count := func(is bool) {
		printed++
		if is {
			wrong++
		}
	}
	for _, e := range j.Endpoints {
		count(e.Side != 0)
	}
	for _, f := range j.Findings {
		switch {
		case f.ID == "ISO-001":
			count(f.Verdict == finding.Fail)
		case f.ID == "ISO-002":
			count(f.Quantity != nil && f.Quantity.Value > 0)
		case f.ID == "ATT-001":
			count(len(j.Links) > 0)
		case strings.HasPrefix(f.ID, "VAL-"):
			count(f.Verdict == finding.Invalid || f.Verdict == finding.Fail)
		}
	}
	return wrong, printed
}

// The simulated experiment: a disruptive tenant is active in the second half.
const (
	checkedPairs   = 6
	checkedSeconds = 60
	checkedRate    = 15 // arrivals of abiding tenants a second
)

// simulated returns an experiment of six pairs: Poisson arrivals of three tenants, lognormal
// service without a queue, and a random factor for each trial.
func simulated(seed, number uint64, slower float64) (*results.Run, []run.Source) {
	recorded := &results.Run{Manifest: results.Manifest{Schema: results.SchemaVersion, Seed: seed}}
	for _, setup := range []string{"a", "b"} {
		s := results.Setup{Name: setup, Workers: 8, CPU: 2, CPUEnforced: true, Tenants: []results.Tenant{
			{Name: "t1", Role: results.Abiding}, {Name: "t2", Role: results.Abiding}, {Name: "t3", Role: results.Abiding},
			{Name: "n1", Role: results.Disruptive},
		}}
		recorded.Manifest.Setups = append(recorded.Manifest.Setups, s)
	}
	var trials []run.Source
	for i := range 2 * checkedPairs {
		random := rand.New(rand.NewPCG(seed, number<<8|uint64(i))) // reproducible on purpose
		setup, factor, disturbed := "a", math.Exp(0.05*random.NormFloat64()), 1.0
		if i%2 == 1 {
			setup, disturbed = "b", slower
		}
		c, n := simulatedTrial(random, factor, disturbed)
		td := &results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("%02d-%s", i+1, setup), Setup: setup, Replicate: i/2 + 1,
			Position: i + 1, Seed: seed + uint64(i/2), Length: checkedSeconds * 1e9, State: results.TrialComplete,
			Generator: results.Generator{CPUSeconds: 1, Wall: checkedSeconds, CPUs: 2, LateP50: 1e-4, LateP99: 1e-3},
			Load:      []results.Load{{Scenario: "simulated", Tenant: "t1", Journey: "orders", Planned: n, Started: n}},
			Windows: []results.Window{{Name: results.WindowBaseline, Kind: results.WindowBaseline, To: checkedSeconds / 2 * 1e9},
				{Name: "neighbour", Kind: results.WindowNeighbor, From: checkedSeconds / 2 * 1e9, To: checkedSeconds * 1e9}}}}
		recorded.Trials = append(recorded.Trials, td)
		trials = append(trials, run.Source{TrialData: td, Samples: once(c), Writes: func(func(results.Write, error) bool) {}})
	}
	return recorded, trials
}

// simulatedTrial draws the journeys of a trial. disturbed is the factor in its second half.
func simulatedTrial(random *rand.Rand, factor, disturbed float64) (c *results.SampleColumns, n int64) {
	c = &results.SampleColumns{}
	for at := random.ExpFloat64() / checkedRate; at < checkedSeconds; at += random.ExpFloat64() / checkedRate {
		start, f := results.Offset(at*1e9), factor
		if at >= checkedSeconds/2 {
			f *= disturbed
		}
		took := results.Offset(5e7 * f * math.Exp(0.55*random.NormFloat64()))
		c.Append(results.Sample{Tenant: fmt.Sprintf("t%d", 1+random.IntN(3)), Journey: []string{"orders", "shipping"}[random.IntN(2)],
			Step: results.Journey, Outcome: results.OK, Intended: start, Started: start, Ended: start + took})
		n++
	}
	return c, n
}

func once(c *results.SampleColumns) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) { yield(c, nil) }
}
