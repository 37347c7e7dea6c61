package carried

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/queueing"
	"example.org/odooharness/results"
)

// How a prediction is simulated.
const (
	simulatedRequests     = 20_000
	simulatedReplications = 5
	methodPrediction      = "simulation of the worker pool: Poisson requests, service times drawn from the lowest step; " +
		"smallest and largest of 5 replications"
)

// calls are the requests of one step of the ladder, over the trials.
type calls struct {
	rate    float64     // a second, all tenants
	service []float64   // s, from actual start
	trials  [][]float64 // the same by trial
}

// predicted calibrates a queueing model at the lowest step. The model predicts every
// other step, which was held out, and then loads that were not measured: the peak, one
// more tenant, each tenant alone with its share of the workers.
//
// The unit is the request and not the journey, since a request holds a worker.
func predicted(r *run.Run, setup string, steps [][]StepRun, row Row, requested results.Capacity,
	perArrival map[results.Op]float64,
) []Prediction {
	workers := r.Setup(setup).Workers
	lowest := callsAt(r, setup, steps[0][0].level)
	model, err := queueing.Calibrate(queueing.Measured{Rate: lowest.rate, Service: lowest.service, Workers: workers})
	if err != nil || r.Setup(setup).Tenancy != results.Shared {
		return nil // tenants with their own workers are several pools
	}
	perJourney := lowest.rate / meanOf(steps[0], func(s StepRun) float64 { return float64(len(s.latencies)) / s.seconds })
	random := rand.New(rand.NewPCG(r.Results.Manifest.Seed, 5)) // reproducible on purpose
	predict := func(what string, rate float64, workers int) Prediction {
		p := Prediction{What: what, Rate: rate, Workers: workers,
			Measured: finding.None("s", finding.MethodService, 0, "not measured")}
		if rate*meanFloat(lowest.service) >= float64(workers) {
			p.P95 = finding.None("s", methodPrediction, 0, "more arrives than the workers can serve")
			return p
		}
		q := queueing.Predict(model.At(rate, workers), 0.95, simulatedRequests, simulatedReplications, random)
		p.P95 = finding.Number(q.Value, "s", methodPrediction, simulatedReplications).Bounded(q.Lo, q.Hi, 0)
		return p
	}
	var all []Prediction
	for _, runs := range steps[1:] {
		c := callsAt(r, setup, runs[0].level)
		p := predict(fmt.Sprintf("step of scale %g, held out", runs[0].level), c.rate, workers)
		p.Level = runs[0].level
		measured := level.PercentileOf(c.trials, 0.95, moderated.Default())
		p.Measured = finding.Percentile(measured, 0, r.Options.Level, finding.MethodService)
		all = append(all, p)
	}
	if peak := peakRate(perArrival, requested.Peak); peak > 0 && !math.IsInf(peak, 1) {
		all = append(all, predict("forecast peak", peak*perJourney, workers))
	}
	tenants := len(r.Setup(setup).Tenants)
	if !row.Carried.Missing && tenants > 0 {
		rate := row.Carried.Value * perJourney
		all = append(all, predict("one tenant more, each as busy", rate*float64(tenants+1)/float64(tenants), workers))
		if share := workers / tenants; share > 0 {
			all = append(all, predict(fmt.Sprintf("each tenant on %s of its own", finding.Plural(share, "worker")),
				rate/float64(tenants), share))
		}
	}
	return all
}

// callsAt returns the requests of a step: the rate over all tenants, and the service times.
func callsAt(r *run.Run, setup string, scale float64) calls {
	var c calls
	length := 0.0
	for _, t := range r.TrialsOf(setup) {
		var service []float64
		for at, w := range t.Windows {
			if w.Step == nil || w.Step.Level != scale || w.Kind == results.WindowNeighbor {
				continue
			}
			length += (w.To - w.From).Seconds()
			for i := range t.Steps {
				if rec := &t.Steps[i]; int(rec.Window) == at && rec.Served {
					service = append(service, float64(rec.Service)/1e6)
				}
			}
		}
		c.service, c.trials = append(c.service, service...), append(c.trials, service)
	}
	c.rate = float64(len(c.service)) / length
	return c
}

func meanFloat(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
