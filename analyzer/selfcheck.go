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

// SelfChecked is how often the analyzer called identical setups different.
type SelfChecked struct {
	Experiments int
	Alarms      int // identical setups that were called different
	Most        int // alarms that chance stays below in 99 of 100 self-checks
	Found       int // experiments of the second kind in which 20 % slower was found
	Planted     int
	Level       float64
}

// OK reports whether the alarms are within their bound.
func (s SelfChecked) OK() bool { return s.Alarms <= s.Most }

// Words says the result.
func (s SelfChecked) Words() string {
	return fmt.Sprintf("%d of %d comparisons of identical setups found a difference; at %.3g %% up to %d are chance. "+
		"A setup that is 20 %% slower was found in %d of %d.", s.Alarms, s.Experiments, 100*(1-s.Level), s.Most, s.Found, s.Planted)
}

// SelfCheck compares identical setups with each other, in simulated runs through the
// whole of loading, cutting, describing and comparing, and counts false alarms; and a
// few in which one side is 20 % slower, since an analyzer that never sees anything has
// no false alarms either. Experiments are of six pairs of trials that vary by 5 % from
// run to run. The same seed gives the same answer.
//
// One row is counted an experiment, the P95 of one journey while calm: then the number
// of alarms is binomial, and Most is its 99 % quantile.
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

// simulatedDifference simulates an experiment and reports whether its comparison
// claims a difference.
func simulatedDifference(seed, number uint64, slower float64, opts run.Options) bool {
	recorded, trials := simulated(seed, number, slower)
	r := run.Load(recorded, trials, opts)
	rows, _ := setups.Judge(r)
	for _, row := range rows {
		if row.Window == results.WindowBaseline && row.Quantile == run.LevelNames()[run.P95] && row.Verdict != finding.Inconclusive {
			lo, hi := finding.RatioBounds(row.Ratio)
			return lo > 1 || hi < 1
		}
	}
	return false
}

// simulated is an experiment of six pairs: Poisson arrivals, lognormal service without
// a queue, and a factor of its own for each run.
func simulated(seed, number uint64, slower float64) (*results.Run, []run.Source) {
	const pairs, seconds, rate = 6, 30, 25
	recorded := &results.Run{Manifest: results.Manifest{Schema: results.SchemaVersion, Seed: seed}}
	var trials []run.Source
	for i := range 2 * pairs {
		random := rand.New(rand.NewPCG(seed, number<<8|uint64(i))) //nolint:gosec // reproducible on purpose
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
