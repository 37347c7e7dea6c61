package carried

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/results"
)

// Judge judges how much each setup carries (CAP-), and adds the documents an
// hour while calm.
func Judge(r *run.Run) (Rows, []finding.Finding) {
	rows, findings := capacities(r)
	return Rows{Capacity: rows, Throughput: throughput(r)}, findings
}

// capacities answers, for each setup whose trials climbed a ladder, how much it
// carries.
func capacities(r *run.Run) ([]Row, []finding.Finding) {
	asked := r.Results.Manifest.Capacity
	if asked == nil {
		return nil, nil
	}
	var rows []Row
	var all []finding.Finding
	for _, setup := range r.Setups {
		steps := Steps(r, setup, 0)
		if len(steps) == 0 {
			continue
		}
		row := rowOf(r, setup, steps, *asked)
		rows = append(rows, row)
		all = append(all, findings(row, *asked)...)
	}
	return rows, all
}

func rowOf(r *run.Run, setup string, steps [][]StepRun, asked results.Capacity) Row {
	promise := capacity.Promise{P95: asked.P95, Errors: asked.Errors, Delivered: asked.Delivered}
	ladder := LadderOf(steps, 0.95, r.Options.Level)
	random := rand.New(rand.NewPCG(r.Results.Manifest.Seed, 4)) //nolint:gosec // reproducible on purpose
	row := Row{Setup: setup, P95: asked.P95, Steps: stepRows(r, steps, promise)}
	row.Carried, row.Stopped = carriedRate(ladder, promise, len(steps[0]))
	row.Crossing = crossing(r, ladder, promise, len(steps[0]), random)
	row.Doubling = doubling(row.Steps)
	perArrival := documentsPerArrival(r, setup, row.Steps)
	row.Documents = documents(row, perArrival, asked.Peak)
	row.Carries = carriesPeak(ladder, promise, perArrival, asked, len(steps[0]), random)
	row.Users = usersPerWorker(r, setup, row.Carried, asked.PerUser)
	row.Scaling = scaling(r, steps)
	row.Saturated = saturated(r, setup, steps)
	row.Predicted = predicted(r, setup, steps, row, asked, perArrival)
	return row
}

func carriedRate(ladder capacity.Ladder, p capacity.Promise, trials int) (finding.Quantity, string) {
	const method = "highest step up to which all kept the objective: upper bound of P95, errors, delivered, no growing queue"
	rate, why, reached := ladder.Within(p)
	q := finding.Number(rate, "1/s", method, trials)
	switch {
	case rate == 0:
		return finding.None("1/s", method, trials, "the lowest step was too much already: "+why), why
	case !reached:
		q.Censored = true
		q.Warnings = append(q.Warnings, "the highest step was carried: the capacity lies above the ladder")
	}
	return q, why
}

func crossing(r *run.Run, ladder capacity.Ladder, p capacity.Promise, trials int, random *rand.Rand) finding.Quantity {
	const method = "isotonic regression of the trials' P95 over the offered rate, inverted at the objective; " +
		"interval from resampling trials"
	e := ladder.Capacity(p, r.Options.Level, run.Resamples, random)
	if math.IsNaN(e.Value) {
		return finding.None("1/s", method, trials, e.Why)
	}
	q := finding.Number(e.Value, "1/s", method, trials)
	q.Censored = e.Censored
	if trials < run.EnoughTrials {
		q.Warnings = append(q.Warnings, fmt.Sprintf("%d trials give no interval", trials))
		return q
	}
	return q.Bounded(e.Lo, e.Hi, r.Options.Level)
}

// doubling is Odoo's rule for a full server.
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
		return finding.None("1/s", method, len(rates), "the median never doubled on the ladder")
	}
	return finding.Number(v, "1/s", method, len(rates))
}

// documentsPerArrival is how many documents of each kind an arrival of abiding
// tenants makes: acknowledged writes over arrivals, in the steps that kept the
// objective. In those that did not, work is left undone, and what an arrival makes
// falls with the load. The lowest step stands in where none kept it.
func documentsPerArrival(r *run.Run, setup string, steps []Step) map[string]float64 {
	writes, arrivals := map[string]float64{}, 0.0
	kept := map[float64]bool{steps[0].Level: true}
	for _, s := range steps {
		kept[s.Level] = kept[s.Level] || s.Kept
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
				writes[string(w.Op)]++
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
func documents(row Row, perArrival map[string]float64, peak map[string]float64) []Document {
	var all []Document
	for _, op := range []string{"order", "ship", "invoice", "receive", "pay"} {
		share := perArrival[op]
		if share == 0 && peak[op] == 0 {
			continue
		}
		method := "carried arrivals times documents an arrival"
		doc := Document{Document: op, Peak: peak[op], PerHour: finding.None("1/h", method, row.Carried.N, "nothing was carried")}
		doc.Headroom = finding.None("share", "documents carried over the forecast peak, less one", 0, "no peak is forecast")
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

// carriesPeak is the probability that the peak is carried: capacities from resampled
// trials against forecasts drawn around the given one.
func carriesPeak(ladder capacity.Ladder, p capacity.Promise, perArrival map[string]float64,
	asked results.Capacity, trials int, random *rand.Rand,
) finding.Quantity {
	const method = "share of capacities from resampled trials above forecasts drawn from a normal distribution"
	peak := peakRate(perArrival, asked.Peak)
	switch {
	case peak == 0:
		return finding.None("share", method, trials, "no peak is forecast")
	case math.IsInf(peak, 1):
		return finding.None("share", method, trials, "the scenario does not make the documents of the forecast")
	case trials < run.EnoughTrials:
		return finding.None("share", method, trials, fmt.Sprintf("%d trials do not show how much capacity varies", trials))
	}
	held := 0
	for _, draw := range ladder.Draws(p, run.Resamples, random) {
		if draw >= peak*(1+asked.PeakSpread*random.NormFloat64()) {
			held++
		}
	}
	return finding.Number(float64(held)/run.Resamples, "share", method, trials)
}

// usersPerWorker is Little's law for people: each begins so many journeys an hour.
func usersPerWorker(r *run.Run, setup string, carried finding.Quantity, perUser float64) finding.Quantity {
	const method = "carried arrivals an hour over journeys a user begins in an hour, over workers"
	workers := r.Setup(setup).Workers
	switch {
	case !(perUser > 0):
		return finding.None("count", method, 0, "the experiment does not say how many journeys a user begins in an hour")
	case workers <= 0:
		return finding.None("count", method, 0, "the number of workers is not known")
	case carried.Missing:
		return finding.None("count", method, 0, "nothing was carried")
	}
	q := finding.Number(3600*carried.Value/perUser/float64(workers), "count", method, carried.N)
	q.Censored = carried.Censored
	return q
}

// scaling fits the Universal Scalability Law to throughput over the mean number of
// journeys in the system, which Little's law gives: N = X R. An open ladder has no
// other concurrency.
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
	out.Peak = finding.None("1/s", method, len(n), "the data do not carry a peak: "+
		"the interval of coherency touches 0, or the peak lies beyond the ladder")
	if ok {
		out.Peak = finding.Number(top, "1/s", method, len(n))
	}
	return out
}
