package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/executor"

	"example.org/odooharness/scenarios/arrivals"
	"example.org/odooharness/scenarios/k6/openarrival"
)

// extent is how long a k6 scenario starts iterations, and how many.
type extent struct {
	length   time.Duration // since the script's begin; 0: until its iterations are done
	arrivals int64         // 0: not known, since virtual users start one after the other
}

// mostArrivals bounds the arrivals of a k6 scenario: they are counted one by one.
const mostArrivals = 500_000_000

// extentOf reads the options of a k6 scenario. Arrivals of the executor open-arrival are
// exact, since they follow from the seed; those of k6's arrival-rate executors are
// the area below the rate.
func extentOf(spec Spec, name, kind string, raw json.RawMessage) (extent, error) {
	if kind == openarrival.Type {
		config, err := openarrival.Parse(name, raw, nil)
		if err != nil {
			return extent{}, err
		}
		schedule := config.Schedule(arrivals.Seed(spec.Seed, spec.Name+"/"+name))
		if expected := schedule.Profile.Expected(schedule.Duration()); expected > mostArrivals || math.IsNaN(expected) {
			return extent{}, fmt.Errorf("scenario %s of the script has %.3g arrivals in %s, and at most 500 million are possible; "+
				"write a smaller scale or a shorter duration", name, expected, schedule.Duration())
		}
		return extent{config.GetStartTime() + schedule.Duration(), schedule.Count()}, nil
	}
	parsed, err := lib.GetParsedExecutorConfig(name, kind, raw)
	if err != nil {
		return extent{}, fmt.Errorf("scenario %s: %w", name, err)
	}
	e := extent{}
	switch c := parsed.(type) {
	case executor.ConstantVUsConfig:
		e.length = c.Duration.TimeDuration()
	case executor.RampingVUsConfig:
		e.length, _ = stages(c.StartVUs.Int64, c.Stages, time.Second)
	case *executor.ConstantArrivalRateConfig:
		e.length = c.Duration.TimeDuration()
		e.arrivals = area(float64(c.Rate.Int64), e.length, c.TimeUnit.TimeDuration())
	case *executor.RampingArrivalRateConfig:
		e.length, e.arrivals = stages(c.StartRate.Int64, c.Stages, c.TimeUnit.TimeDuration())
	case executor.ExternallyControlledConfig:
		e.length = c.Duration.TimeDuration()
	case executor.SharedIterationsConfig:
		e.arrivals = c.Iterations.Int64
	case executor.PerVUIterationsConfig:
		e.arrivals = c.Iterations.Int64 * c.VUs.Int64
	}
	if e.length > 0 {
		e.length += parsed.GetStartTime()
	}
	return e, nil
}

// stages returns the length of linear stages, and the area below them.
func stages(start int64, all []executor.Stage, unit time.Duration) (length time.Duration, sum int64) {
	from, total := float64(start), 0.0
	for _, stage := range all {
		to, lasts := float64(stage.Target.Int64), stage.Duration.TimeDuration()
		length += lasts
		total += (from + to) / 2 * lasts.Seconds() / unit.Seconds()
		from = to
	}
	return length, int64(math.Round(total))
}

func area(rate float64, length, unit time.Duration) int64 {
	if unit <= 0 {
		return 0
	}
	return int64(math.Round(rate * length.Seconds() / unit.Seconds()))
}
