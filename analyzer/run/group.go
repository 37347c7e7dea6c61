package run

import (
	"slices"

	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// GroupKey names a group of journeys in one window: of one tenant or all abiding ones,
// over the trials of a setup.
type GroupKey struct {
	Setup, Window string
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
	Latency   [4]level.Percentile // s, from intended start, of all arrivals
	Service   [4]level.Percentile // s, from actual start, of served arrivals
	Longest   float64             // s, largest latency of any outcome
	Slowest   float64             // s, largest service time of a served arrival
}

// sample collects the arrivals of a group, trial by trial, in the order of time.
type sample struct {
	waited  []uint32 // µs, Unserved for an arrival that was not served
	service []uint32 // µs, of served ones
	begins  [][2]int // where each trial begins in waited and in service
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
		for g := range samples {
			if sizes[g].all > 0 {
				samples[g].begins = append(samples[g].begins, [2]int{len(samples[g].waited), len(samples[g].service)})
			}
		}
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
	g.Latency = percentiles(s.trials(s.waited, 0))
	g.Service = percentiles(s.trials(s.service, 1))
	return g
}

// trials cuts one of the two series of a sample.
func (s *sample) trials(us []uint32, which int) [][]uint32 {
	trials := make([][]uint32, len(s.begins))
	for t := range s.begins {
		end := len(us)
		if t+1 < len(s.begins) {
			end = s.begins[t+1][which]
		}
		trials[t] = us[s.begins[t][which]:end]
	}
	return trials
}

// percentiles returns the described percentiles of trials, each in the order of time. It
// sorts each in place.
func percentiles(trials [][]uint32) [4]level.Percentile {
	time := quantile.CorrelationTime(Seconds(slices.Concat(trials...)))
	sorted := make([][]float64, len(trials))
	for t, us := range trials {
		slices.Sort(us) // integers sort twice as fast as floats
		sorted[t] = Seconds(us)
	}
	pooled := level.PoolSorted(sorted, time)
	var all [4]level.Percentile
	for i, p := range Levels() {
		all[i] = pooled.Percentile(p, moderated.Default())
	}
	return all
}
