package carried

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/results"
)

// Judge judges how much each setup carries, and adds the documents an hour in calm windows.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	rows, findings := capacities(r)
	return Rows{Capacity: rows, Throughput: throughput(r)}, findings
}

// capacities judges each setup with a ladder.
func capacities(r *run.Run) ([]Row, []finding.Finding) {
	requested := r.Results.Manifest.Capacity
	if requested == nil {
		return nil, nil
	}
	var rows []Row
	var all []finding.Finding
	for _, setup := range r.Setups {
		steps := Steps(r, setup, 0)
		if len(steps) == 0 {
			all = append(all, finding.New("CAP-001", finding.Inconclusive, finding.Scope{Setup: setup, Tenant: finding.Everyone},
				"No step of the ladder was recorded."))
			continue
		}
		row := rowOf(r, setup, steps, *requested)
		rows = append(rows, row)
		all = append(all, findings(row, *requested)...)
	}
	return rows, all
}

func rowOf(r *run.Run, setup string, steps [][]StepRun, requested results.Capacity) Row {
	objective := Objective{Percentile: 0.95, Latency: requested.P95, Errors: requested.Errors, Delivered: requested.Delivered}
	ladder := LadderOf(steps, objective, r.Options.Level)
	row := Row{Setup: setup, P95: requested.P95, Steps: stepRows(r, steps, ladder)}
	trials := len(steps[0])
	row.Carried, row.Stopped, row.Next = carriedRate(ladder, trials)
	row.Crossing = crossing(ladder, trials, r.Options.Level)
	row.Doubling = doubling(row.Steps)
	perArrival := documentsPerArrival(r, setup, row.Steps)
	row.Documents = documents(row, perArrival, requested.Peak)
	row.Peak, row.Carries = carriesPeak(ladder, perArrival, requested, trials)
	row.Users = usersPerWorker(r, setup, row.Carried, requested.PerUser)
	row.Scaling = scaling(r, steps)
	row.Saturated = saturated(r, setup, row.Steps)
	row.Predicted = predicted(r, setup, steps, row, requested, perArrival)
	return row
}

// carriedRate returns the rate of the highest step that was kept, and why the next one was
// broken or is not known. The rate is a lower bound unless the next step is broken.
func carriedRate(ladder capacity.Ladder, trials int) (q finding.Quantity, stopped, unknown string) {
	const method = "highest step that kept the objective and has no broken step below it. The interval of P95 or of the share of " +
		"arrivals within the latency decides, with errors, delivered load and growing queues"
	at := ladder.Carried()
	if next := at + 1; next < len(ladder.Steps) {
		if s := ladder.Steps[next]; s.State == capacity.Broken {
			stopped = s.Why
		} else {
			unknown = s.Why
		}
	}
	if at < 0 {
		why := "no step is decided"
		if stopped != "" {
			why = "the lowest step broke the objective: " + stopped
		}
		return finding.None("1/s", method, trials, why), stopped, unknown
	}
	q = finding.Number(ladder.Steps[at].Rate, "1/s", method, trials)
	switch {
	case at == len(ladder.Steps)-1:
		q.Censored = true
		q.Warnings = append(q.Warnings, "the highest step was kept: the capacity lies above the ladder")
	case stopped == "":
		q.Censored = true
		q.Warnings = append(q.Warnings, "the next step is not known: "+unknown)
	}
	return q, stopped, unknown
}

// crossing returns the estimated capacity between steps.
func crossing(ladder capacity.Ladder, trials int, confidence float64) finding.Quantity {
	const method = "isotonic regression of the logit of the share of slow arrivals over the offered rate, inverted at the " +
		"objective; " +
		"interval from the intervals of the steps"
	e := ladder.Crossing(confidence)
	switch {
	case math.IsNaN(e.Value):
		return finding.None("1/s", method, trials, e.Why)
	case e.Censored:
		q := finding.Number(e.Value, "1/s", method, trials, "the ladder ends below the crossing")
		q.Censored = true
		return q
	}
	lo := e.Lo
	if lo == 0 {
		lo = math.Inf(-1)
	}
	return finding.Number(e.Value, "1/s", method, trials).Bounded(lo, e.Hi, confidence)
}

// doubling returns the rate at which the median has doubled: the rule of Odoo for a full
// server.
func doubling(steps []Step) finding.Quantity {
	const method = "offered rate at which the isotonic median is twice that of the lowest step, linear between steps"
	var rates, medians []float64
	for _, s := range steps {
		if !s.P50.Missing && !s.P50.Censored {
			rates, medians = append(rates, s.Rate), append(medians, s.P50.Value)
		}
	}
	v := capacity.DoublingLoad(rates, medians)
	if math.IsNaN(v) {
		return finding.None("1/s", method, len(rates), "the median did not double on the ladder")
	}
	return finding.Number(v, "1/s", method, len(rates))
}

// documentsPerArrival returns how many documents of each kind an arrival of abiding tenants
// makes: acknowledged writes over arrivals, in the kept steps and the lowest one. In other
// steps work is left undone, and the figure falls with the load.
func documentsPerArrival(r *run.Run, setup string, steps []Step) map[results.Op]float64 {
	writes, arrivals := map[results.Op]float64{}, 0.0
	kept := map[float64]bool{steps[0].Level: true}
	for _, s := range steps {
		kept[s.Level] = kept[s.Level] || s.Kept()
	}
	in := func(w results.Window) bool {
		return w.Step != nil && w.Kind != results.WindowNeighbor && kept[w.Step.Level]
	}
	for _, t := range r.TrialsOf(setup) {
		for w, err := range t.Writes {
			if err != nil {
				break
			}
			at := run.WindowAt(t.Windows, w.Attempted)
			if at >= 0 && in(t.Windows[at]) && w.Ack == results.Acknowledged && r.IsAbiding(w.Tenant) {
				writes[w.Op]++
			}
		}
		for i := range t.Journeys {
			if rec := &t.Journeys[i]; rec.Window >= 0 && r.Abiding[rec.Tenant] && in(t.Windows[rec.Window]) {
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
func documents(row Row, perArrival, peak map[results.Op]float64) []Document {
	var all []Document
	for _, op := range []results.Op{results.OpOrder, results.OpShip, results.OpInvoice, results.OpReceive, results.OpPay} {
		share := perArrival[op]
		if share == 0 && peak[op] == 0 {
			continue
		}
		method := "carried arrivals times documents an arrival"
		doc := Document{Document: op, Peak: peak[op], PerHour: finding.None("1/h", method, row.Carried.N, "nothing was carried")}
		doc.Headroom = finding.None("share", "documents carried over the forecast peak, minus 1", 0, "no peak is forecast")
		if !row.Carried.Missing {
			doc.PerHour = finding.Number(3600*row.Carried.Value*share, "1/h", method, row.Carried.N)
			doc.PerHour.Censored = row.Carried.Censored
		}
		if doc.Peak > 0 && !row.Carried.Missing {
			doc.Headroom = finding.Number(capacity.Headroom(doc.PerHour.Value, doc.Peak), "share", doc.Headroom.Method, row.Carried.N)
			doc.Headroom.Censored = row.Carried.Censored
		}
		all = append(all, doc)
	}
	return all
}

// peakRate returns the arrivals a second that the forecast peak needs, by the document that
// needs most. It is 0 without a forecast, and +Inf for a document that the scenario does not
// make.
func peakRate(perArrival, peak map[results.Op]float64) float64 {
	most := 0.0
	for op, perHour := range peak {
		most = max(most, perHour/3600/perArrival[op])
	}
	return most
}

// carriesPeak returns the arrivals a second of the forecast peak, and the probability that
// it is carried: that the objective holds at a rate, averaged over a normal forecast.
func carriesPeak(ladder capacity.Ladder, perArrival map[results.Op]float64, requested results.Capacity, trials int) (
	peak, carries finding.Quantity,
) {
	const method = "probability that the objective holds at the rate of the peak, averaged over the spread of the forecast"
	rate := peakRate(perArrival, requested.Peak)
	top := ladder.Steps[len(ladder.Steps)-1].Rate
	switch {
	case rate == 0:
		return finding.None("1/s", method, trials, "no peak is forecast"), finding.None("share", method, trials, "no peak is forecast")
	case math.IsInf(rate, 1):
		const why = "the scenario does not make the documents of the forecast"
		return finding.None("1/s", method, trials, why), finding.None("share", method, trials, why)
	}
	peak = finding.Number(rate, "1/s", "documents of the forecast over documents an arrival, for the document that needs most",
		trials)
	if rate > top {
		return peak, finding.None("share", method, trials, "the peak lies above the ladder")
	}
	return peak, finding.Number(probability(ladder, rate, requested.PeakSpread), "share", method, trials)
}

// probability averages the probability of keeping the objective over a normal forecast
// with a relative spread.
func probability(ladder capacity.Ladder, peak, spread float64) float64 {
	const points = 99 // midpoints of equally likely slices of the forecast
	sum := 0.0
	for i := range points {
		z := distuv.UnitNormal.Quantile((float64(i) + 0.5) / points)
		sum += ladder.ProbabilityAt(peak * max(0, 1+spread*z))
	}
	return sum / points
}

// usersPerWorker returns the users at work whose journeys a worker carries.
func usersPerWorker(r *run.Run, setup string, carried finding.Quantity, perUser float64) finding.Quantity {
	const method = "carried arrivals an hour, over journeys of a user an hour, over workers"
	workers := r.Setup(setup).Workers
	switch {
	case !(perUser > 0):
		return finding.None("count", method, 0, "the experiment does not set journeysPerUser")
	case workers <= 0:
		return finding.None("count", method, 0, "the number of workers is unknown")
	case carried.Missing:
		return finding.None("count", method, 0, "nothing was carried")
	}
	q := finding.Number(3600*carried.Value/perUser/float64(workers), "count", method, carried.N)
	q.Censored = carried.Censored
	return q
}

// scaling fits the Universal Scalability Law to the throughput X over the mean number of
// journeys in the system. An open ladder has that from Little's law: N = X R.
func scaling(r *run.Run, steps [][]StepRun) *ScalingLaw {
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
	figure := func(i int, v float64) finding.Quantity {
		lo, hi := law.Interval(i, r.Options.Level)
		return finding.Number(v, "ratio", "least squares on X(N), N by Little's law", len(n)).Bounded(lo, hi, r.Options.Level)
	}
	out := &ScalingLaw{Contention: figure(0, law.Alpha), Coherency: figure(1, law.Beta)}
	const method = "top of the fitted law"
	_, top, ok := law.Peak(r.Options.Level, slices.Max(n))
	out.Peak = finding.None("1/s", method, len(n), "no peak: the interval of coherency contains 0, "+
		"or the peak lies beyond the ladder")
	if ok {
		out.Peak = finding.Number(top, "1/s", method, len(n))
	}
	return out
}
