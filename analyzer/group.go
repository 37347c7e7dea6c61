package analyzer

import (
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// Everyone is the tenant of rows that hold all abiding tenants together.
const Everyone = "*"

// everyone is its number in a groupKey.
const everyone = -1

// groupKey names a group of journeys: one tenant or all abiding ones, in one
// window, over the trials of a setup or in one trial.
type groupKey struct {
	setup, window string
	trial         int // position in dataset.trials, -1: all of the setup
	tenant        int
	journey       int
}

// The percentiles that are described, in this order everywhere.
func levels() [4]float64 { return [4]float64{0.50, 0.90, 0.95, 0.99} }

// The index of a percentile in levels.
const (
	atP50 = iota
	atP90
	atP95
	atP99
)

func levelNames() [4]string { return [4]string{"p50", "p90", "p95", "p99"} }

// group is what is known of a group of arrivals.
type group struct {
	n, served int
	outcomes  map[results.Outcome]int
	latency   [4]quantile.Estimate
	service   [4]quantile.Estimate
	longest   float64 // s, largest latency seen, of whatever outcome
	slowest   float64 // s, largest service time of what was served
}

// sample collects a group's arrivals in the order of time.
type sample struct {
	waited  []uint32 // latency, unserved ones at the top
	service []uint32 // of served ones
	counts  []int    // by outcome number
	longest uint32
	slowest uint32
}

func (s *sample) add(r *record) {
	s.waited = append(s.waited, r.waited())
	s.longest = max(s.longest, r.latency)
	if r.served {
		s.service = append(s.service, r.service)
		s.slowest = max(s.slowest, r.service)
	}
	s.counts[r.outcome]++
}

// sizes allots samples by counting first: group of a record gives its sample's
// number, or -1.
func collect(d *dataset, records [][]record, groups int, group func(trial int, r *record) int) []sample {
	type size struct{ all, served int }
	sizes := make([]size, groups)
	for t := range records {
		for i := range records[t] {
			if g := group(t, &records[t][i]); g >= 0 {
				sizes[g].all++
				if records[t][i].served {
					sizes[g].served++
				}
			}
		}
	}
	samples := make([]sample, groups)
	for g, s := range sizes {
		if s.all > 0 {
			samples[g] = sample{waited: make([]uint32, 0, s.all), service: make([]uint32, 0, s.served),
				counts: make([]int, d.outcomes.len())}
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
func (d *dataset) summarise(s *sample) *group {
	g := &group{n: len(s.waited), served: len(s.service), outcomes: map[results.Outcome]int{},
		longest: float64(s.longest) / 1e6, slowest: float64(s.slowest) / 1e6}
	for i, n := range s.counts {
		if n > 0 {
			g.outcomes[results.Outcome(d.outcomes.list[i])] = n
		}
	}
	g.latency = estimates(s.waited, d.opts.Level)
	g.service = estimates(s.service, d.opts.Level)
	return g
}

// estimates are the described percentiles of a sample in the order of time, which
// is sorted in place.
func estimates(us []uint32, level float64) [4]quantile.Estimate {
	ordered := seconds(us)
	slices.Sort(us) // as integers: twice as fast as floats
	sorted := seconds(us)
	var all [4]quantile.Estimate
	for i, p := range levels() {
		all[i] = quantile.OfSorted(ordered, sorted, p, level)
	}
	return all
}

// percentiles words the estimates of a group.
func percentiles(all [4]quantile.Estimate, longest float64, method string) Percentiles {
	q := func(i int) Quantity { return percentile(all[i], longest, method) }
	return Percentiles{P50: q(atP50), P90: q(atP90), P95: q(atP95), P99: q(atP99)}
}
