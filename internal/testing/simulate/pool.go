package simulate

import "math/rand/v2"

// Pool is a first-come first-served pool of workers: when each becomes free, in s.
// Arrivals must come in the order of time.
type Pool []float64

// NewPool is an idle pool.
func NewPool(workers int) Pool { return make(Pool, workers) }

// Serve gives an arrival the worker that is free first and returns when it ends.
func (p Pool) Serve(at, service float64) float64 {
	first := 0
	for i, free := range p {
		if free < p[first] {
			first = i
		}
	}
	p[first] = max(at, p[first]) + service
	return p[first]
}

// Idle is the least time from at until a worker is free: the wait of an arrival.
func (p Pool) Idle(at float64) float64 {
	least := p[0]
	for _, free := range p {
		least = min(least, free)
	}
	return max(0, least-at)
}

// Settle puts the pool at time 0 into the stationary state of M/M/c at utilisation
// rho with the given mean service time: jobs under way and jobs that wait.
func (p Pool) Settle(random *rand.Rand, rho, service float64) {
	clear(p)
	// Weights a^n/n! up to c, then geometric with ratio rho.
	c := float64(len(p))
	weight, total := 1.0, 0.0
	var weights []float64
	for n := range len(p) {
		weights = append(weights, weight)
		total += weight
		weight *= c * rho / float64(n+1)
	}
	tail := weight / (1 - rho)
	u := random.Float64() * (total + tail)
	jobs := len(p)
	for n, w := range weights {
		if u < w {
			jobs = n
			break
		}
		u -= w
	}
	if jobs == len(p) {
		for random.Float64() < rho {
			jobs++
		}
	}
	for range jobs {
		p.Serve(0, service*random.ExpFloat64())
	}
}

// MMc is n consecutive sojourn times of M/M/c in the order of arrival, with a mean
// service time of 1. The first arrival comes at time 0 and finds the stationary state;
// one that comes later would find a pool that nobody has entered for a while.
func MMc(random *rand.Rand, workers int, rho float64, n int) []float64 {
	p := NewPool(workers)
	p.Settle(random, rho, 1)
	x := make([]float64, n)
	at := 0.0
	for i := range x {
		x[i] = p.Serve(at, random.ExpFloat64()) - at
		at += random.ExpFloat64() / (rho * float64(workers))
	}
	return x
}
