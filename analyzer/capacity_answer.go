package analyzer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/results"
)

// resamples is how often runs are resampled for an interval.
const resamples = 2000

// enoughRuns is the number of trials from which on resampling them says something.
const enoughRuns = 3

// capacities answers, for each setup whose trials climbed a ladder, how much it
// carries.
func (d *dataset) capacities() ([]CapacityRow, []Finding) {
	asked := d.run.Manifest.Capacity
	if asked == nil {
		return nil, nil
	}
	var rows []CapacityRow
	var all []Finding
	for _, setup := range d.setups {
		steps := d.climbed(setup, 0)
		if len(steps) == 0 {
			continue
		}
		row := d.capacityRow(setup, steps, *asked)
		rows = append(rows, row)
		all = append(all, d.capacityFindings(row, *asked)...)
	}
	return rows, all
}

func (d *dataset) capacityRow(setup string, steps [][]stepRun, asked results.Capacity) CapacityRow {
	promise := capacity.Promise{P95: asked.P95, Errors: asked.Errors, Delivered: asked.Delivered}
	ladder := ladderOf(steps, 0.95, d.opts.Level)
	random := rand.New(rand.NewPCG(d.run.Manifest.Seed, 4)) //nolint:gosec // reproducible on purpose
	row := CapacityRow{Setup: setup, P95: asked.P95, Steps: d.capacitySteps(steps, promise)}
	row.Carried, row.Stopped = carriedRate(ladder, promise, len(steps[0]))
	row.Crossing = d.crossing(ladder, promise, len(steps[0]), random)
	row.Doubling = doubling(row.Steps)
	perArrival := d.documentsPerArrival(setup, row.Steps)
	row.Documents = documents(row, perArrival, asked.Peak)
	row.Carries = d.carries(ladder, promise, perArrival, asked, len(steps[0]), random)
	row.Users = d.usersPerWorker(setup, row.Carried, asked.PerUser)
	row.Scaling = d.scaling(steps)
	row.Saturated = d.saturated(setup, steps)
	row.Predicted = d.predicted(setup, steps, row, asked, perArrival)
	return row
}

func carriedRate(ladder capacity.Ladder, p capacity.Promise, trials int) (Quantity, string) {
	const method = "highest step up to which all kept the objective: upper bound of P95, errors, delivered, no growing queue"
	rate, why, reached := ladder.Within(p)
	q := number(rate, "1/s", method, trials)
	switch {
	case rate == 0:
		return none("1/s", method, trials, "the lowest step was too much already: "+why), why
	case !reached:
		q.Censored = true
		q.Warnings = append(q.Warnings, "the highest step was carried: the capacity lies above the ladder")
	}
	return q, why
}

func (d *dataset) crossing(ladder capacity.Ladder, p capacity.Promise, trials int, random *rand.Rand) Quantity {
	const method = "isotonic regression of the trials' P95 over the offered rate, inverted at the objective; " +
		"interval from resampling trials"
	e := ladder.Capacity(p, d.opts.Level, resamples, random)
	if math.IsNaN(e.Value) {
		return none("1/s", method, trials, e.Why)
	}
	q := number(e.Value, "1/s", method, trials)
	q.Censored = e.Censored
	if trials < enoughRuns {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d trials give no interval", trials))
		return q
	}
	return q.bounded(e.Lo, e.Hi, d.opts.Level)
}

// doubling is Odoo's rule for a full server.
func doubling(steps []CapacityStep) Quantity {
	const method = "offered rate at which the isotonic median is twice that of the lowest step, linear between steps"
	var rates, medians []float64
	for _, s := range steps {
		if !s.P50.Missing && !s.P50.Censored {
			rates, medians = append(rates, s.Rate), append(medians, s.P50.Value)
		}
	}
	v := capacity.DoublingLoad(rates, medians)
	if math.IsNaN(v) {
		return none("1/s", method, len(rates), "the median never doubled on the ladder")
	}
	return number(v, "1/s", method, len(rates))
}

// documentsPerArrival is how many documents of each kind an arrival of abiding
// tenants makes: acknowledged writes over arrivals, in the steps that kept the
// objective. In those that did not, work is left undone, and what an arrival makes
// falls with the load. The lowest step stands in where none kept it.
func (d *dataset) documentsPerArrival(setup string, steps []CapacityStep) map[string]float64 {
	writes, arrivals := map[string]float64{}, 0.0
	kept := map[float64]bool{steps[0].Level: true}
	for _, s := range steps {
		kept[s.Level] = kept[s.Level] || s.Kept
	}
	in := func(w results.Window) bool {
		return w.Step != nil && w.Kind != results.WindowNeighbor && kept[w.Step.Level]
	}
	for _, t := range d.of(setup) {
		for w, err := range t.writes {
			if err != nil {
				break
			}
			at := windowAt(t.windows, w.Attempted)
			if at >= 0 && in(t.windows[at]) && w.Ack == results.Acknowledged && d.isAbiding(w.Tenant) {
				writes[w.Op]++
			}
		}
		for i := range t.journeys {
			if r := &t.journeys[i]; r.window >= 0 && d.abiding[r.tenant] && in(t.windows[r.window]) {
				arrivals++
			}
		}
	}
	for op := range writes {
		writes[op] /= arrivals
	}
	return writes
}

// documents turns a rate of arrivals into documents an hour.
func documents(row CapacityRow, perArrival map[string]float64, peak map[string]float64) []CapacityDocument {
	var all []CapacityDocument
	for _, op := range []string{"order", "ship", "invoice", "receive", "pay"} {
		share := perArrival[op]
		if share == 0 && peak[op] == 0 {
			continue
		}
		method := "carried arrivals times documents an arrival"
		doc := CapacityDocument{Document: op, Peak: peak[op], PerHour: none("1/h", method, row.Carried.N, "nothing was carried")}
		doc.Headroom = none("share", "documents carried over the forecast peak, less one", 0, "no peak is forecast")
		if !row.Carried.Missing {
			doc.PerHour = number(3600*row.Carried.Value*share, "1/h", method, row.Carried.N)
			doc.PerHour.Censored = row.Carried.Censored
		}
		if doc.Peak > 0 && !row.Carried.Missing {
			doc.Headroom = number(capacity.Headroom(doc.PerHour.Value, doc.Peak), "share", doc.Headroom.Method, row.Carried.N)
			doc.Headroom.Censored = row.Carried.Censored
		}
		all = append(all, doc)
	}
	return all
}

// peakRate is the arrivals a second that the forecast peak takes: those of the
// document that takes most. 0 without a forecast, +Inf for documents that the
// scenario does not make.
func peakRate(perArrival, peak map[string]float64) float64 {
	most := 0.0
	for op, perHour := range peak {
		most = max(most, perHour/3600/perArrival[op])
	}
	return most
}

// carries is the probability that the peak is carried: capacities from resampled
// trials against forecasts drawn around the given one.
func (d *dataset) carries(ladder capacity.Ladder, p capacity.Promise, perArrival map[string]float64,
	asked results.Capacity, trials int, random *rand.Rand,
) Quantity {
	const method = "share of capacities from resampled trials above forecasts drawn from a normal distribution"
	peak := peakRate(perArrival, asked.Peak)
	switch {
	case peak == 0:
		return none("share", method, trials, "no peak is forecast")
	case math.IsInf(peak, 1):
		return none("share", method, trials, "the scenario does not make the documents of the forecast")
	case trials < enoughRuns:
		return none("share", method, trials, fmt.Sprintf("%d trials do not show how much capacity varies", trials))
	}
	held := 0
	for _, draw := range ladder.Draws(p, resamples, random) {
		if draw >= peak*(1+asked.PeakSpread*random.NormFloat64()) {
			held++
		}
	}
	return number(float64(held)/resamples, "share", method, trials)
}

// usersPerWorker is Little's law for people: each begins so many journeys an hour.
func (d *dataset) usersPerWorker(setup string, carried Quantity, perUser float64) Quantity {
	const method = "carried arrivals an hour over journeys a user begins in an hour, over workers"
	workers := d.setup(setup).Workers
	switch {
	case !(perUser > 0):
		return none("count", method, 0, "the experiment does not say how many journeys a user begins in an hour")
	case workers <= 0:
		return none("count", method, 0, "the number of workers is not known")
	case carried.Missing:
		return none("count", method, 0, "nothing was carried")
	}
	q := number(3600*carried.Value/perUser/float64(workers), "count", method, carried.N)
	q.Censored = carried.Censored
	return q
}

// scaling fits the Universal Scalability Law to throughput over the mean number of
// journeys in the system, which Little's law gives: N = X R. An open ladder has no
// other concurrency.
func (d *dataset) scaling(steps [][]stepRun) *ScalingLaw {
	var n, x []float64
	for _, runs := range steps {
		for _, s := range runs {
			if s.served > 0 && s.response > 0 {
				rate := float64(s.served) / s.seconds
				n, x = append(n, rate*s.response), append(x, rate)
			}
		}
	}
	law, err := capacity.FitUSL(n, x)
	if err != nil {
		return nil
	}
	figure := func(i int, v float64) Quantity {
		lo, hi := law.Interval(i, d.opts.Level)
		return number(v, "ratio", "least squares on X(N), N by Little's law", len(n)).bounded(lo, hi, d.opts.Level)
	}
	out := &ScalingLaw{Contention: figure(0, law.Alpha), Coherency: figure(1, law.Beta)}
	const method = "top of the fitted law"
	_, top, ok := law.Peak(d.opts.Level, slices.Max(n))
	out.Peak = none("1/s", method, len(n), "the data do not carry a peak: "+
		"the interval of coherency touches 0, or the peak lies beyond the ladder")
	if ok {
		out.Peak = number(top, "1/s", method, len(n))
	}
	return out
}
