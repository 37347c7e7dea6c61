package simulate

import "example.org/odooharness/results"

// World is what an experiment does and what is true of it. Times are in s since the
// beginning of a trial.
type World struct {
	Seed       uint64
	Experiment string // "simulated" when empty
	Replicates int
	Setups     []Setup
	Abiding    int // tenants t1, t2, ...
	Disruptive int // tenants n1, n2, ...
	Journeys   []Journey
	Warmup     float64
	Length     float64
	Neighbour  []Span // when the disruptive tenants are above their reference load
	Washout    float64
	Faults     []Fault
	Ladder     []Step
	Vary       Variation
	Drift      float64 // of the logarithm of latencies, 1/s
	Swings     []Swing // of the load of abiding tenants
	Objectives []results.Objective
	Promises   *results.Promises
	Capacity   *results.Capacity
	Audited    bool // each trial has an audit that found everything
}

// Setup is an architecture and the truth about it. Factors of 0 mean 1.
type Setup struct {
	Name        string
	Tenancy     results.Tenancy // Dedicated: a pool for each tenant, else one for all
	Workers     int             // of each pool
	Latency     float64         // factor of all latencies
	Slowdown    float64         // factor of latencies of abiding tenants under the neighbour
	Noise       float64         // arrivals a second of the neighbour that queue in the pools of abiding tenants
	Refused     float64         // share of arrivals that is refused
	RefusedLoud float64         // the same under the neighbour
	CostPerHour float64
}

// Journey is one kind of arrival of each abiding tenant.
type Journey struct {
	Name    string
	Rate    float64    // arrivals a second and tenant
	Loud    float64    // the same under the neighbour, 0: as Rate; a shift of the mix
	Service float64    // s, mean; exponential
	Op      results.Op // write that it does, empty: none
}

// Span is a stretch of a trial.
type Span struct{ From, To float64 }

func (s Span) holds(at float64) bool { return at >= s.From && at < s.To }

// Fault is an injection and what it does.
type Fault struct {
	Name    string
	At, For float64 // from the request to the removal
	Delay   float64 // from the request to the effect
	Slower  float64 // factor of latencies while in effect; 0: no arrival is served
	Back    float64 // from the removal until service is as usual; beyond the trial: never
	Setups  []string
	Tenants []string // those hit, none: all
}

// Step is one step of a ladder: a factor on the rates of abiding tenants.
type Step struct {
	Span
	Level float64
}

// Swing is a factor on the rates of abiding tenants, e.g. a peak.
type Swing struct {
	Span
	Factor float64
}

// Variation is by how much latencies vary, as standard deviations of the logarithm.
type Variation struct {
	Run      float64 // from trial to trial
	Slowdown float64 // of what the neighbour adds, from trial to trial
	Window   float64 // within a trial, with correlation time Time
	Time     float64 // s, 20 when 0
}

// Standard is the world of docs/methods.md: a pool of eight workers at a utilisation of
// 0.8, three abiding tenants, one pair of setups that do not differ, one disturbed window
// as long as the calm one (20 s, 180 arrivals in each), sd 10 % between runs, 10 % of the
// slowdown, 15 % of windows.
func Standard(seed uint64) World {
	return World{
		Seed: seed, Replicates: 1, Abiding: 3, Disruptive: 1, Warmup: 2, Length: 42,
		Setups: []Setup{
			{Name: "shared", Tenancy: results.Shared, Workers: 8, CostPerHour: 0.5},
			{Name: "hybrid", Tenancy: results.Hybrid, Workers: 8, CostPerHour: 0.6},
		},
		Journeys:  []Journey{{Name: "orders", Rate: 3, Service: 0.8 * 8 / 9, Op: results.OpOrder}},
		Neighbour: []Span{{22, 42}},
		Vary:      Variation{Run: 0.1, Slowdown: 0.1, Window: 0.15},
		Audited:   true,
	}
}

// Switchback are the spans under the neighbour when a stretch alternates OFF ON ON OFF
// OFF ON ON OFF in so many blocks.
func Switchback(from, to float64, blocks int) []Span {
	var on []Span
	length := (to - from) / float64(blocks)
	for b := range blocks {
		if b%4 == 1 || b%4 == 2 {
			on = append(on, Span{from + float64(b)*length, from + float64(b+1)*length})
		}
	}
	return on
}

// setup is a setup by its name.
func (w World) setup(name string) Setup {
	for _, s := range w.Setups {
		if s.Name == name {
			return s
		}
	}
	return Setup{}
}

// loud reports whether the neighbour is above its reference load.
func (w World) loud(at float64) bool {
	for _, s := range w.Neighbour {
		if s.holds(at) {
			return true
		}
	}
	return false
}

// load is the factor on the rates of abiding tenants at a time; 0 between steps.
func (w World) load(at float64) float64 {
	factor := 1.0
	for _, s := range w.Swings {
		if s.holds(at) {
			factor *= s.Factor
		}
	}
	if len(w.Ladder) == 0 {
		return factor
	}
	for _, s := range w.Ladder {
		if s.holds(at) {
			return factor * s.Level
		}
	}
	return 0
}

// or replaces a factor of 0.
func or(factor, other float64) float64 {
	if factor == 0 {
		return other
	}
	return factor
}
