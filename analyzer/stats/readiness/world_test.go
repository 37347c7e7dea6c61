package readiness

import (
	"math"
	"math/rand/v2"

	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/queueing"
)

// world is a platform and its peak, as they truly are. Only the simulators below see it.
type world struct {
	workers  int
	service  float64 // s, mean
	cv2      float64 // squared coefficient of variation of service times
	limit    float64 // s, of an arrival
	target   float64
	rate     float64 // 1/s, what the forecast expects at the peak
	forecast float64 // standard deviation of the logarithm of what comes
	varies   float64 // of the speed of runs and of the day
	window   float64 // s
	faults   []trueFault
}

// trueFault is a fault that stops some workers.
type trueFault struct {
	hourly, lasts, spread float64
	stops                 int
}

// step runs one trial of a ladder with the workers that are left, and counts its arrivals.
func (w world) step(rate float64, workers int, speed float64, random *rand.Rand) (level.Counted, float64) {
	const seconds = 300
	served := w.serve(rate, seconds, speed, make([][]outage, workers), random)
	return level.Counted{Good: served.total - served.late, Offered: served.total, Time: 3}, float64(served.total) / served.last
}

// speed is how fast a run or a day is.
func (w world) speed(random *rand.Rand) float64 { return math.Exp(w.varies * random.NormFloat64()) }

// measured is what a ladder of three trials finds with the workers that are left.
type measured struct {
	capacity                 Estimate
	varies, steepness, drain float64
	carried                  float64 // highest step that was kept
}

func (w world) ladder(workers int, random *rand.Rand) measured {
	const trials = 3
	top := float64(workers) / w.service
	single := make([][]capacity.Step, trials)
	speeds := make([]float64, trials)
	for i := range speeds {
		speeds[i] = w.speed(random)
	}
	var steps []capacity.Step
	var points []Point
	var m measured
	most := 0.0
	for _, portion := range []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15} {
		var counted []level.Counted
		throughput := 0.0
		for i, speed := range speeds {
			c, done := w.step(portion*top, workers, speed, random)
			counted, throughput = append(counted, c), throughput+done/trials
			single[i] = append(single[i], capacity.Step{Level: portion, Rate: portion * top,
				Within: level.ShareOf([]level.Counted{c}, level.DefaultShare())})
		}
		most = max(most, throughput)
		share := level.ShareOf(counted, level.DefaultShare())
		step := capacity.Step{Level: portion, Rate: portion * top, Within: share, State: capacity.Unknown}
		switch share.Compare(w.target, 0.9) {
		case 1:
			step.State = capacity.Kept
		case -1:
			step.State = capacity.Broken
		}
		steps = append(steps, step)
		points = append(points, Point{step.Rate, 1 - share.Value, share.Effective})
	}
	if i := capacity.NewLadder(steps, w.target).Carried(); i >= 0 {
		m.carried = steps[i].Rate
	}
	var crossings []float64
	for _, one := range single {
		if c := capacity.NewLadder(one, w.target).Crossing(0).Value; !math.IsNaN(c) {
			crossings = append(crossings, c)
		}
	}
	m.capacity, m.varies = OverTrials(crossings)
	m.steepness, m.drain = Slope(points, m.capacity.Value, w.target), most/m.capacity.Value
	return m
}

// at150 tests the platform once at 150 % of the forecast.
func (w world) at150(random *rand.Rand) bool {
	c, _ := w.step(1.5*w.rate, w.workers, w.speed(random), random)
	return float64(c.Good) >= w.target*float64(c.Offered)
}

// plan is what the harness knows of the world: measurements, and rates of faults.
func (w world) plan(random *rand.Rand, seed uint64, threshold float64) (Plan, measured) {
	all := w.ladder(w.workers, random)
	p := Plan{Forecast: Estimate{Value: w.rate, Spread: w.forecast}, Window: w.window, Capacity: all.capacity, Target: w.target,
		Steepness: all.steepness, Drain: all.drain, Transfer: Estimate{Value: 1, Spread: all.varies}, Threshold: threshold, Seed: seed,
		Draws: 1000}
	for i, f := range w.faults {
		left := w.ladder(w.workers-f.stops, random)
		p.Faults = append(p.Faults, Fault{Name: string(rune('a' + i)), Rate: f.hourly, Lasts: Estimate{Value: f.lasts, Spread: f.spread},
			Left:     Measured(left.capacity.Value/all.capacity.Value, math.Hypot(left.capacity.Spread, all.capacity.Spread)),
			Recovery: Measured(0, 0)})
	}
	return p, all
}

// outage is a time in which a worker stands still.
type outage struct{ from, to float64 }

// day is the peak itself: what comes, how fast the platform is, which workers stop and when.
type day struct {
	rate, speed float64
	outages     [][]outage // by worker, ascending
	seed        uint64
}

func (w world) day(random *rand.Rand) day {
	d := day{rate: w.rate * math.Exp(w.forecast*random.NormFloat64()), speed: w.speed(random), seed: random.Uint64(),
		outages: make([][]outage, w.workers)}
	for _, f := range w.faults {
		for at := -w.window; ; {
			if at += random.ExpFloat64() / f.hourly * 3600; at >= w.window {
				break
			}
			to := at + f.lasts*math.Exp(f.spread*random.NormFloat64())
			for k := range f.stops {
				if to > 0 {
					d.outages[k] = append(d.outages[k], outage{at, to})
				}
			}
		}
	}
	return d
}

// ends is when a worker ends a job that needs so many seconds of it.
func ends(begin, seconds float64, outages []outage) float64 {
	for changed := true; changed; {
		changed = false
		for _, o := range outages {
			if begin >= o.from && begin < o.to {
				begin, changed = o.to, true
			}
		}
	}
	end := begin + seconds
	for _, o := range outages {
		if o.from > begin && o.from < end {
			end += o.to - o.from
		}
	}
	return end
}

// served is what became of arrivals.
type served struct {
	total, late int
	last        float64 // s, the end of the last one
}

// serve simulates arrivals for some seconds: first come, first served, by the worker that is
// free first.
func (w world) serve(rate, seconds, speed float64, outages [][]outage, random *rand.Rand) served {
	next, service := queueing.Exponential(1/rate), queueing.Lognormal(w.service/speed, w.cv2)
	free := make([]float64, len(outages))
	for k := range free {
		free[k] = ends(0, 0, outages[k])
	}
	var s served
	for at := next(random); at < seconds; at += next(random) {
		k := 0
		for j := range free {
			if free[j] < free[k] {
				k = j
			}
		}
		end := ends(max(free[k], at), service(random), outages[k])
		free[k] = ends(end, 0, outages[k])
		s.total++
		if end-at > w.limit {
			s.late++
		}
		s.last = max(s.last, end)
	}
	return s
}

// ships simulates the peak at a factor of its load. Everything must be served soon after the
// cut-off, and the target share within the limit of its arrival.
func (w world) ships(d day, factor float64) bool {
	s := w.serve(d.rate*factor, w.window, d.speed, d.outages, rand.New(rand.NewPCG(d.seed, 1)))
	return s.last <= w.window+2*w.limit && float64(s.late) <= (1-w.target)*float64(s.total)
}

// randomWorld has four to twelve workers, a peak at 40 to 110 % of what they carry, and up to
// two faults that stop a quarter to all of them.
func randomWorld(random *rand.Rand) world {
	w := world{workers: 4 + random.IntN(9), service: 0.2 + 0.6*random.Float64(), cv2: 0.5 + random.Float64(), target: 0.95,
		forecast: 0.05 + 0.15*random.Float64(), varies: 0.1 + 0.1*random.Float64(), window: 3600}
	w.limit = w.service * (4 + 3*random.Float64())
	w.rate = (0.4 + 0.7*random.Float64()) * 0.85 * float64(w.workers) / w.service
	for range random.IntN(3) {
		stops := max(1, w.workers/4+random.IntN(w.workers/2))
		w.faults = append(w.faults, trueFault{hourly: 0.05 + 0.5*random.Float64(), lasts: 30 + 270*random.Float64(),
			spread: 0.5, stops: min(stops, w.workers-2)})
	}
	return w
}
