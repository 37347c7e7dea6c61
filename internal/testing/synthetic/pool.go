package synthetic

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"example.org/odooharness/results"
)

// Pool is a FCFS station: when each worker is free.
type Pool []float64

func (p Pool) Len() int { return len(p) }

func (p Pool) Less(i, j int) bool { return p[i] < p[j] }

func (p Pool) Swap(i, j int) { p[i], p[j] = p[j], p[i] }

// Push is part of heap.Interface, which needs it; a pool never grows.
func (p *Pool) Push(any) {}

// Pop is part of heap.Interface, which needs it; a pool never shrinks.
func (p *Pool) Pop() any { return nil }

// Serve starts a job as soon as a worker is free and returns when it ends.
func (p Pool) Serve(at, service float64) float64 {
	end := max(at, p[0]) + service
	p[0] = end
	heap.Fix(&p, 0)
	return end
}

// simulate makes the samples of one trial. Both setups of a replicate get the same
// arrivals, as the harness does it.
func (p Plant) simulate(setup string, replicate int) ([]results.Sample, []results.Injection) {
	arrivals := rand.New(rand.NewPCG(p.Seed, uint64(replicate)))
	own := rand.New(rand.NewPCG(p.Seed+1, uint64(replicate)*1000+uint64(len(setup))))
	factor := math.Exp(p.Wobble * own.NormFloat64())
	if f := p.Slower[setup]; f > 0 {
		factor *= f
	}
	type job struct {
		at      float64
		tenant  int
		journey string
		mean    float64
	}
	var jobs []job
	for tenant := range p.Tenants {
		for at := 0.0; ; {
			rate := p.Rate
			if tenant == 3 && p.Neighbour > 0 && at >= 20 && at < 30 {
				rate += p.Neighbour
			}
			at += arrivals.ExpFloat64() / rate
			if at >= float64(p.Seconds) {
				break
			}
			journey, mean := "orders", p.Service
			if arrivals.Float64() < 0.4 {
				journey, mean = "tracking", p.Service/4
			}
			jobs = append(jobs, job{at, tenant, journey, mean})
		}
	}
	sort.Slice(jobs, func(i, j int) bool { return jobs[i].at < jobs[j].at })
	pools := []Pool{make(Pool, p.Workers)}
	if setup == "dedicated" {
		pools = nil
		for range p.Tenants {
			pools = append(pools, make(Pool, max(p.Workers/p.Tenants, 1)))
		}
	}
	samples := make([]results.Sample, 0, 2*len(jobs))
	for i, j := range jobs {
		s := results.Sample{Scenario: "s", Tenant: fmt.Sprintf("t%d", j.tenant+1), Journey: j.journey, Step: results.Journey,
			Iteration: int64(i),
			Intended:  At(j.at), Started: At(j.at), Outcome: results.OK, Status: 200}
		service := j.mean * factor * own.ExpFloat64()
		switch {
		case p.Outage && j.at >= 40 && j.at < 44+p.SlowBack:
			s.Ended, s.Outcome = At(j.at+0.002), results.Gateway
		default:
			s.Ended = At(pools[j.tenant%len(pools)].Serve(j.at, service))
		}
		step := s
		step.Step = "confirm"
		samples = append(samples, step, s)
	}
	var injections []results.Injection
	if p.Outage {
		in := results.Injection{Fault: "pg", Class: "database", Kind: "PostgresChaos", Action: "restart", Driver: "local",
			Requested: At(40),
			Injected:  Mark(40.05), InEffect: Mark(40.1), Removing: Mark(44), Removed: Mark(44), Recovered: Mark(44.2),
			Proof: "refused", GoneProof: "answered"}
		for i := range p.Tenants {
			in.Tenants = append(in.Tenants, fmt.Sprintf("t%d", i+1))
		}
		injections = append(injections, in)
	}
	return samples, injections
}
