package run

import (
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Everyone is its number in a groupKey.
const Everyone = -1

// GroupKey names a group of journeys: one tenant or all abiding ones, in one
// window, over the trials of a setup or in one trial.
type GroupKey struct {
	Setup, Window string
	Trial         int // position in dataset.trials, -1: all of the setup
	Tenant        int
	Journey       int
}

// The percentiles that are described, in this order everywhere.
func Levels() [4]float64 { return [4]float64{0.50, 0.90, 0.95, 0.99} }

// The index of a percentile in levels.
const (
	P50 = iota
	P90
	P95
	P99
)

func LevelNames() [4]string { return [4]string{"p50", "p90", "p95", "p99"} }

// Group is what is known of a group of arrivals.
type Group struct {
	N, Served int
	Outcomes  map[results.Outcome]int
	Latency   [4]quantile.Estimate
	Service   [4]quantile.Estimate
	Longest   float64 // s, largest latency seen, of whatever outcome
	Slowest   float64 // s, largest service time of what was served
}

// sample collects a group's arrivals in the order of time.
type sample struct {
	waited  []uint32 // latency, unserved ones at the top
	service []uint32 // of served ones
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

// sizes allots samples by counting first: group of a record gives its sample's
// number, or -1.
func collect(r *Run, records [][]Record, groups int, group func(trial int, rec *Record) int) []sample {
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

// summarise reduces a sample. The sample is used up.
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

// estimates are the described percentiles of a sample in the order of time, which
// is sorted in place.
func estimates(us []uint32, level float64) [4]quantile.Estimate {
	ordered := Seconds(us)
	slices.Sort(us) // as integers: twice as fast as floats
	sorted := Seconds(us)
	var all [4]quantile.Estimate
	for i, p := range Levels() {
		all[i] = quantile.OfSorted(ordered, sorted, p, level)
	}
	return all
}
