package carried

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// throughput returns the documents an hour in calm windows, at the offered load, and the
// cost of a thousand of them.
func throughput(r *run.Run) []ThroughputRow {
	var rows []ThroughputRow
	for _, setup := range r.Setups {
		trials := r.TrialsOf(setup)
		var documents []results.Op
		for _, t := range trials {
			for key := range t.Written {
				documents = run.AppendNew(documents, key.Op)
			}
		}
		slices.Sort(documents)
		tenants := append([]string{finding.Everyone}, r.Tenants.List...)
		for _, tenant := range tenants {
			for _, document := range documents {
				if row, ok := throughputRow(r, setup, trials, tenant, document); ok {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

// throughputRow is false when no such document was written.
func throughputRow(r *run.Run, setup string, trials []*run.Trial, tenant string, document results.Op) (ThroughputRow, bool) {
	const method = "acknowledged writes in calm windows, an hour"
	var perHour []float64
	total, hours := 0, 0.0
	for _, t := range trials {
		n, length := 0, 0.0
		for key, count := range t.Written {
			if key.Op == document && (key.Tenant == tenant || tenant == finding.Everyone && r.IsAbiding(key.Tenant)) {
				n += count
			}
		}
		for _, w := range t.Windows {
			if run.Calm(w.Kind) {
				length += (w.To - w.From).Seconds() / 3600
			}
		}
		if length > 0 {
			perHour = append(perHour, float64(n)/length)
			total, hours = total+n, hours+length
		}
	}
	if total == 0 {
		return ThroughputRow{}, false
	}
	rate := finding.Number(float64(total)/hours, "1/h", method, len(perHour))
	switch {
	case len(perHour) >= 3:
		mean, sd := stat.MeanStdDev(perHour, nil)
		n := float64(len(perHour))
		half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+r.Options.Level)/2) * sd / math.Sqrt(n)
		if mean <= half {
			rate.Warnings = append(rate.Warnings, finding.Plural(len(perHour), "trial")+" differ too much for an interval")
			break
		}
		rate = rate.Bounded(mean-half, mean+half, r.Options.Level)
	default:
		rate.Warnings = append(rate.Warnings, finding.Plural(len(perHour), "trial")+": too few for an interval")
	}
	return ThroughputRow{Setup: setup, Tenant: tenant, Document: document, PerHour: rate,
		Cost: costOf(r, setup, tenant, rate)}, true
}

// costOf returns the price of the whole setup for 1,000 documents of all abiding tenants.
func costOf(r *run.Run, setup, tenant string, rate finding.Quantity) finding.Quantity {
	const method = "price of the setup an hour over documents an hour, times 1000"
	s := r.Setup(setup)
	switch {
	case !(s.CostPerHour > 0):
		return finding.None(s.Currency, method, 0, "the setup has no price")
	case tenant != finding.Everyone:
		return finding.None(s.Currency, method, 0, "the price is that of the whole setup")
	}
	q := finding.Number(1000*s.CostPerHour/rate.Value, s.Currency, method, rate.N)
	if rate.Lo != nil && rate.Hi != nil && *rate.Lo > 0 {
		q = q.Bounded(1000*s.CostPerHour / *rate.Hi, 1000*s.CostPerHour / *rate.Lo, rate.Level)
	}
	return q
}
