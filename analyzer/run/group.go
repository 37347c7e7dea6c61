package run

import (
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// GroupKey names a group of journeys in one window: of one tenant or all abiding ones,
// over the trials of a setup or in one trial.
type GroupKey struct {
	Setup, Window string
	Trial         int // position in Run.Trials, -1: all of the setup
	Tenant        int // or Everyone
	Journey       int
}

// Levels returns the percentiles that are described; P50 to P99 are their positions.
func Levels() [4]float64 { return [4]float64{0.50, 0.90, 0.95, 0.99} }

// LevelNames returns the names of the described percentiles.
func LevelNames() [4]string { return [4]string{"p50", "p90", "p95", "p99"} }

// The position of a percentile in [Levels], [LevelNames] and the estimates of a [Group].
const (
	P50 = iota
	P90
	P95
	P99
)

// Group is the summary of a group of arrivals.
type Group struct {
	N, Served int
	Outcomes  map[results.Outcome]int
	Latency   [4]quantile.Estimate // s, from intended start, of all arrivals
	Service   [4]quantile.Estimate // s, from actual start, of served arrivals
	Longest   float64              // s, largest latency of any outcome
	Slowest   float64              // s, largest service time of a served arrival
}

// sample collects the arrivals of a group in the order of time.
type sample struct {
	waited  []uint32 // µs, Unserved for an arrival that was not served
	service []uint32 // µs, of served ones
	counts  []int    // by outcome number
	longest uint32
	slowest uint32
}

func (s *sample) add(rec *Record) {
	s.waited = append(s.waited, rec.Waited())
	s.longest = max(s.longest, rec.Latency)
	if rec.Served {
		s.service = append(s.service, rec.Service)
		s.slowest = max(s.slowest, rec.Service)
	}
	s.counts[rec.Outcome]++
}

// collect sorts the records of trials into samples. group returns the sample of a record,
// or -1. It counts first, so that every sample is allocated once.
func (r *Run) collect(records [][]Record, groups int, group func(trial int, rec *Record) int) []sample {
	type size struct{ all, served int }
	sizes := make([]size, groups)
	for t := range records {
		for i := range records[t] {
			if g := group(t, &records[t][i]); g >= 0 {
				sizes[g].all++
				if records[t][i].Served {
					sizes[g].served++
				}
			}
		}
	}
	samples := make([]sample, groups)
	for g, s := range sizes {
		if s.all > 0 {
			samples[g] = sample{waited: make([]uint32, 0, s.all), service: make([]uint32, 0, s.served),
				counts: make([]int, r.Outcomes.Len())}
		}
	}
	for t := range records {
		for i := range records[t] {
			if g := group(t, &records[t][i]); g >= 0 {
				samples[g].add(&records[t][i])
			}
		}
	}
	return samples
}

// summarise reduces a sample and reuses its memory.
func (r *Run) summarise(s *sample) *Group {
	g := &Group{N: len(s.waited), Served: len(s.service), Outcomes: map[results.Outcome]int{},
		Longest: float64(s.longest) / 1e6, Slowest: float64(s.slowest) / 1e6}
	for i, n := range s.counts {
		if n > 0 {
			g.Outcomes[results.Outcome(r.Outcomes.List[i])] = n
		}
	}
	g.Latency = estimates(s.waited, r.Options.Level)
	g.Service = estimates(s.service, r.Options.Level)
	return g
}

// estimates returns the described percentiles of a sample in the order of time. It sorts
// the sample in place.
func estimates(us []uint32, level float64) [4]quantile.Estimate {
	ordered := Seconds(us)
	slices.Sort(us) // integers sort twice as fast as floats
	sorted := Seconds(us)
	var all [4]quantile.Estimate
	for i, p := range Levels() {
		all[i] = quantile.OfSorted(ordered, sorted, p, level)
	}
	return all
}
