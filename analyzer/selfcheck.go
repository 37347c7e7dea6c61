package analyzer

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// SelfChecked is the result of a self-check.
type SelfChecked struct {
	Experiments int
	Alarms      int // comparisons of identical setups that found a difference
	Most        int // alarms that chance alone does not exceed in 99 of 100 self-checks
	Planted     int // experiments with one setup that is 20 % slower
	Found       int // of these, with a difference found
	Level       float64
}

// OK reports whether there are at most as many alarms as chance explains.
func (s SelfChecked) OK() bool { return s.Alarms <= s.Most }

// Words returns the result in two sentences.
func (s SelfChecked) Words() string {
	return fmt.Sprintf("%d of %s of identical setups found a difference; chance explains up to %d at a level of %s. "+
		"A setup that is 20 %% slower was found in %d of %d.", s.Alarms, finding.Plural(s.Experiments, "comparison"), s.Most,
		finding.Share(1-s.Level), s.Found, s.Planted)
}

// SelfCheck compares identical setups in simulated runs, through loading, cutting,
// summarising and comparing, and counts false alarms. It also compares setups of which one
// is 20 % slower: an analyzer that finds nothing has no false alarms. An experiment has six
// pairs of trials that vary by 5 %. The same seed gives the same result.
//
// Each experiment counts once, by the P95 of one journey in the baseline. The number of
// alarms is then binomial, and Most is its 99 % quantile.
func SelfCheck(seed uint64, experiments int) SelfChecked {
	opts := run.Options{}.OrDefaults()
	s := SelfChecked{Experiments: experiments, Planted: max(experiments/5, 1), Level: opts.Level}
	usual := distuv.Binomial{N: float64(experiments), P: 1 - opts.Level}
	for usual.CDF(float64(s.Most)) < 0.99 {
		s.Most++
	}
	for i := range experiments {
		if simulatedDifference(seed, uint64(i), 1, opts) {
			s.Alarms++
		}
	}
	for i := range s.Planted {
		if simulatedDifference(seed+1, uint64(i), 1.2, opts) {
			s.Found++
		}
	}
	return s
}

// simulatedDifference reports whether the comparison of a simulated experiment finds a
// difference.
func simulatedDifference(seed, number uint64, slower float64, opts run.Options) bool {
	recorded, trials := simulated(seed, number, slower)
	r := run.Load(recorded, trials, opts)
	rows, _, _ := setups.Judge(r)
	for _, row := range rows.Compared {
		if row.Window == results.WindowBaseline && row.Quantile == run.LevelNames()[run.P95] && row.Verdict != finding.Inconclusive {
			lo, hi := finding.RatioBounds(row.Ratio)
			return lo > 1 || hi < 1
		}
	}
	return false
}

// simulated returns an experiment of six pairs: Poisson arrivals, lognormal service without
// a queue, and a random factor for each trial.
func simulated(seed, number uint64, slower float64) (*results.Run, []run.Source) {
	const pairs, seconds, rate = 6, 30, 25
	recorded := &results.Run{Manifest: results.Manifest{Schema: results.SchemaVersion, Seed: seed}}
	var trials []run.Source
	for i := range 2 * pairs {
		random := rand.New(rand.NewPCG(seed, number<<8|uint64(i))) // reproducible on purpose
		setup, factor := "a", math.Exp(0.05*random.NormFloat64())
		if i%2 == 1 {
			setup, factor = "b", factor*slower
		}
		var c results.SampleColumns
		for at := random.ExpFloat64() / rate; at < seconds; at += random.ExpFloat64() / rate {
			start := results.Offset(at * 1e9)
			took := results.Offset(5e7 * factor * math.Exp(0.55*random.NormFloat64()))
			c.Append(results.Sample{Tenant: "t1", Journey: "orders", Step: results.Journey, Outcome: results.OK,
				Intended: start, Started: start, Ended: start + took})
		}
		td := &results.TrialData{Trial: results.Trial{Name: fmt.Sprintf("%02d-%s", i+1, setup), Setup: setup, Replicate: i/2 + 1,
			Position: i + 1, Length: seconds * 1e9, State: results.TrialComplete}}
		recorded.Trials = append(recorded.Trials, td)
		trials = append(trials, run.Source{TrialData: td, Samples: once(&c), Writes: func(func(results.Write, error) bool) {}})
	}
	return recorded, slices.Clip(trials)
}

func once(c *results.SampleColumns) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) { yield(c, nil) }
}
