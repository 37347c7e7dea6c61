package queueing

import (
	"math"
	"sort"
)

// ErlangB is the share of arrivals that find all c servers busy when none waits, at an
// offered load of a erlangs (arrival rate times mean service time):
//
//	B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)).
//
// NaN for c < 0 or a < 0.
func ErlangB(c int, a float64) float64 {
	if c < 0 || !(a >= 0) {
		return math.NaN()
	}
	b := 1.0
	for k := 1; k <= c; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b
}

// ErlangC is the share of arrivals that have to wait when all may:
//
//	C = B / (1 - rho (1-B)), rho = a/c.
//
// 1 for a >= c, where the queue grows without bound.
func ErlangC(c int, a float64) float64 {
	switch {
	case c <= 0 || !(a >= 0):
		return math.NaN()
	case a >= float64(c):
		return 1
	}
	b := ErlangB(c, a)
	return b / (1 - a/float64(c)*(1-b))
}

// MMC is a pool of c servers with Poisson arrivals at rate Lambda and exponential
// service at rate Mu each, both 1/s.
type MMC struct {
	C          int
	Lambda, Mu float64
}

func (q MMC) load() float64 { return q.Lambda / q.Mu }

// Wait is the mean time in the queue, C/(c mu - lambda); +Inf when overloaded.
func (q MMC) Wait() float64 {
	if q.load() >= float64(q.C) {
		return math.Inf(1)
	}
	return ErlangC(q.C, q.load()) / (float64(q.C)*q.Mu - q.Lambda)
}

// Waits is the share that waits longer than t: C exp(-(c mu - lambda) t).
func (q MMC) Waits(t float64) float64 {
	if q.load() >= float64(q.C) {
		return 1
	}
	return ErlangC(q.C, q.load()) * math.Exp(-(float64(q.C)*q.Mu-q.Lambda)*t)
}

// Exceeds is the share whose response, wait and service, takes longer than t:
//
//	exp(-mu t) (1 + C (1 - exp(-(c-a-1) mu t)) / (c-a-1)),
//
// with the limit 1 + C mu t at c-a = 1.
func (q MMC) Exceeds(t float64) float64 {
	a := q.load()
	if a >= float64(q.C) {
		return 1
	}
	k, c := float64(q.C)-a-1, ErlangC(q.C, a)
	x := q.Mu * t
	factor := x
	if math.Abs(k) > 1e-9 {
		factor = -math.Expm1(-k*x) / k
	}
	return math.Exp(-x) * (1 + c*factor)
}

// Quantile is the p-quantile of the response, in seconds, by bisection; +Inf when
// overloaded, NaN for p outside (0, 1).
func (q MMC) Quantile(p float64) float64 {
	switch {
	case !(p > 0 && p < 1):
		return math.NaN()
	case q.load() >= float64(q.C):
		return math.Inf(1)
	}
	hi := 1 / q.Mu
	for q.Exceeds(hi) > 1-p {
		hi *= 2
	}
	lo := 0.0
	for range 200 {
		if mid := (lo + hi) / 2; q.Exceeds(mid) > 1-p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// LargestLoad is the largest offered load, in erlangs, at which the p-quantile of the
// response stays within limit seconds.
func LargestLoad(c int, mu, p, limit float64) float64 {
	const steps = 1 << 40
	at := func(i int) float64 { return float64(c) * float64(i) / steps }
	i := sort.Search(steps, func(i int) bool {
		return MMC{C: c, Lambda: at(i) * mu, Mu: mu}.Quantile(p) > limit
	})
	if i == 0 {
		return 0
	}
	return at(i - 1)
}
