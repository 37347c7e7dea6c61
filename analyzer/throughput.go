package analyzer

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/results"
)

// calmWrites counts the acknowledged writes of calm windows by tenant and kind, and
// all attempts there were.
func calmWrites(t source, windows []results.Window) (counts map[writeKey]int, attempts int, err error) {
	counts = map[writeKey]int{}
	for w, err := range t.writes {
		if err != nil {
			return counts, attempts, err
		}
		if w.IsRead() {
			continue
		}
		attempts++
		if w.Ack != results.Acknowledged {
			continue
		}
		if at := windowAt(windows, w.Attempted); at >= 0 && calm(windows[at].Kind) {
			counts[writeKey{w.Tenant, w.Op}]++
		}
	}
	return counts, attempts, nil
}

// throughput is the business side: documents an hour while calm, at the load that
// was offered, and what a thousand of them cost.
func (d *dataset) throughput() []ThroughputRow {
	var rows []ThroughputRow
	for _, setup := range d.setups {
		trials := d.of(setup)
		var documents []string
		for _, t := range trials {
			for key := range t.written {
				documents = appendNew(documents, key.op)
			}
		}
		slices.Sort(documents)
		tenants := append([]string{Everyone}, d.tenants.list...)
		for _, tenant := range tenants {
			for _, document := range documents {
				if row, ok := d.throughputRow(setup, trials, tenant, document); ok {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

func (d *dataset) throughputRow(setup string, trials []*trialData, tenant, document string) (ThroughputRow, bool) {
	const method = "acknowledged writes in calm windows, an hour"
	var perHour []float64
	total, hours := 0, 0.0
	for _, t := range trials {
		n, length := 0, 0.0
		for key, count := range t.written {
			if key.op == document && (key.tenant == tenant || tenant == Everyone && d.isAbiding(key.tenant)) {
				n += count
			}
		}
		for _, w := range t.windows {
			if calm(w.Kind) {
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
	rate := number(float64(total)/hours, "1/h", method, len(perHour))
	switch {
	case len(perHour) >= 3:
		mean, sd := stat.MeanStdDev(perHour, nil)
		n := float64(len(perHour))
		half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+d.opts.Level)/2) * sd / math.Sqrt(n)
		rate = rate.bounded(mean-half, mean+half, d.opts.Level)
	default:
		rate.Warnings = append(rate.Warnings, fmt.Sprintf("%d trials give no interval", len(perHour)))
	}
	return ThroughputRow{Setup: setup, Tenant: tenant, Document: document, PerHour: rate,
		Cost: d.costOf(setup, tenant, rate)}, true
}

// costOf is the price of the whole setup for an hour over the documents of all
// abiding tenants in that hour, a thousand of them.
func (d *dataset) costOf(setup, tenant string, rate Quantity) Quantity {
	const method = "price of the setup an hour over documents an hour, times 1000"
	s := d.setup(setup)
	switch {
	case !(s.CostPerHour > 0):
		return none(s.Currency, method, 0, "the setup names no price")
	case tenant != Everyone:
		return none(s.Currency, method, 0, "the price is that of the whole setup")
	}
	q := number(1000*s.CostPerHour/rate.Value, s.Currency, method, rate.N)
	if rate.Lo != nil && rate.Hi != nil && *rate.Lo > 0 {
		q = q.bounded(1000*s.CostPerHour / *rate.Hi, 1000*s.CostPerHour / *rate.Lo, rate.Level)
	}
	return q
}

func (d *dataset) isAbiding(tenant string) bool {
	at, ok := d.tenants.index[tenant]
	return !ok || d.abiding[at]
}
