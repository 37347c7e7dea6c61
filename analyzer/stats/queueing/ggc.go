package queueing

import "math"

// AllenCunneen approximates the mean wait of G/G/c: that of [MMC] times the mean of the
// squared coefficients of variation of the times between arrivals and of service,
// (ca2 + cs2)/2. Exact for M/M/c and M/G/1; for evenly spaced arrivals at medium load
// it is on the safe side.
//
// Source: Allen (1990), 5.2.4.
func AllenCunneen(q MMC, ca2, cs2 float64) float64 { return q.Wait() * (ca2 + cs2) / 2 }

// DM1 is a server of rate mu with evenly spaced arrivals, rho = lambda/mu < 1.
type DM1 struct {
	Sigma float64 // chance of having to wait
	Wait  float64 // s, mean time in the queue
	P95   float64 // s, of the response
}

// NewDM1 solves sigma = exp(-(1-sigma)/rho); then the wait is sigma/(mu (1-sigma)) and
// the response exponential with rate mu (1-sigma). It shows how much an evenly spaced
// load generator flatters: P95 is about half that of Poisson arrivals.
//
// Source: Kleinrock, Queueing Systems I (1975), 6.4.
func NewDM1(rho, mu float64) DM1 {
	if !(rho > 0 && rho < 1) {
		return DM1{Sigma: math.NaN(), Wait: math.NaN(), P95: math.NaN()}
	}
	sigma := 0.0
	for range 10_000 {
		sigma = math.Exp(-(1 - sigma) / rho)
	}
	return DM1{Sigma: sigma, Wait: sigma / (mu * (1 - sigma)), P95: -math.Log(0.05) / (mu * (1 - sigma))}
}
