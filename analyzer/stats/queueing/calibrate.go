package queueing

import (
	"errors"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/stats/quantile"
)

// Measured is what a calm run showed of a setup, at a load that it carried.
type Measured struct {
	Rate    float64   // arrivals a second
	Service []float64 // s, service times at the least load, without waiting
	Workers int
}

// Calibrate makes a model from measured service times: Poisson arrivals, the pool of
// workers, service drawn from what was measured. Where the service times themselves
// grow with the load (locks, a database near its limit) it is too hopeful: check it on
// a load that was held out ([Predict]) before believing it on another.
func Calibrate(m Measured) (Model, error) {
	if m.Workers <= 0 || !(m.Rate > 0) || len(m.Service) < 20 {
		return Model{}, errors.New("calibrate queue model: workers are needed, a rate and at least 20 service times")
	}
	if slices.ContainsFunc(m.Service, func(v float64) bool { return !(v >= 0) }) {
		return Model{}, errors.New("calibrate queue model: service times must not be negative")
	}
	return Model{Arrivals: Exponential(1 / m.Rate), Workers: m.Workers, Compute: Empirical(m.Service)}, nil
}

// At is the same setup at another rate, and with another number of workers.
func (m Model) At(rate float64, workers int) Model {
	m.Arrivals = Exponential(1 / rate)
	m.Workers = workers
	return m
}

// Prediction is a percentile of the response with the interval of its replications.
type Prediction struct{ Value, Lo, Hi float64 }

// Predict simulates the model replications times for n arrivals each and gives the mean
// of the p-quantile of the response with its smallest and largest.
func Predict(m Model, p float64, n, replications int, random *rand.Rand) Prediction {
	var out Prediction
	for i := range replications {
		o := Simulate(m, n, n/10, random.Uint64())
		slices.Sort(o.Responses)
		q := quantile.Type1(o.Responses, p)
		out.Value += q / float64(replications)
		if i == 0 || q < out.Lo {
			out.Lo = q
		}
		out.Hi = max(out.Hi, q)
	}
	return out
}
