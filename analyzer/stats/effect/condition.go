package effect

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/odooharness/analyzer/stats/quantile"
)

// Condition is the arrivals of one trial under one condition, in the order of time.
type Condition struct {
	Journey []int32   // number of the journey: the stratum
	Latency []float64 // s from the intended start; +Inf: not served
}

// Of is the condition of a single journey, number 0.
func Of(latency []float64) Condition {
	return Condition{Journey: make([]int32, len(latency)), Latency: latency}
}

// Counts is the number of arrivals by journey, for journeys 0 to n-1.
func (c Condition) Counts(n int) []int {
	counts := make([]int, n)
	for i, j := range c.Journey {
		if int(j) < n && !math.IsNaN(c.Latency[i]) {
			counts[j]++
		}
	}
	return counts
}

// join puts blocks of one condition together.
func join(blocks []Condition) Condition {
	if len(blocks) == 1 {
		return blocks[0]
	}
	var all Condition
	for _, b := range blocks {
		all.Journey = append(all.Journey, b.Journey...)
		all.Latency = append(all.Latency, b.Latency...)
	}
	return all
}

// measured is one condition reduced to a percentile a journey.
type measured struct {
	p         float64
	log       []float64 // ln of the percentile by journey; +Inf unserved, NaN too few
	sd        []float64 // of it, for independent arrivals
	quantile  []float64 // the percentile itself
	n         []int
	unserved  []int
	inflation float64 // of the variance, for dependence within and between journeys
}

// measure reduces blocks of one condition. Journeys without weight are left out.
func measure(blocks []Condition, weights []float64, p float64) measured {
	k := len(weights)
	m := measured{p: p, log: make([]float64, k), sd: make([]float64, k), quantile: make([]float64, k), n: make([]int, k),
		unserved: make([]int, k), inflation: 1}
	by := byJourney(blocks, weights)
	for j, x := range by {
		m.n[j], m.log[j], m.sd[j], m.quantile[j] = len(x), math.NaN(), math.NaN(), math.NaN()
		if weights[j] == 0 || len(x) < Need(p) {
			continue
		}
		arrange(x, p)
		served := 0
		for _, v := range x {
			if !math.IsInf(v, 1) {
				served++
			}
		}
		m.unserved[j] = len(x) - served
		m.quantile[j] = quantile.Interpolated(x, p, quantile.Type8)
		m.log[j] = math.Log(m.quantile[j])
		if !math.IsInf(m.log[j], 0) {
			m.sd[j] = spread(x, served, p)
		}
	}
	m.inflate(blocks, weights)
	return m
}

// byJourney collects the latencies of the journeys that have weight.
func byJourney(blocks []Condition, weights []float64) [][]float64 {
	n := make([]int, len(weights))
	visit := func(found func(j int, x float64)) {
		for _, b := range blocks {
			for i, x := range b.Latency {
				if j := int(b.Journey[i]); j < len(weights) && weights[j] > 0 && !math.IsNaN(x) {
					found(j, x)
				}
			}
		}
	}
	visit(func(j int, _ float64) { n[j]++ })
	by := make([][]float64, len(weights))
	for j := range by {
		by[j] = make([]float64, 0, n[j])
	}
	visit(func(j int, x float64) { by[j] = append(by[j], x) })
	return by
}

// Spread is the standard deviation of ln of the p-percentile of independent arrivals:
// half the distance, on the logarithms, between the order statistics one standard
// deviation sqrt(n p (1-p)) of ranks below and above n p. Where the sample ends before
// that, the distance to its end is scaled up.
func Spread(sorted []float64, p float64) float64 {
	served, _ := slices.BinarySearch(sorted, math.Inf(1))
	return spread(sorted, served, p)
}

// spread is [Spread] of latencies that [arrange] arranged, so many of them finite.
func spread(sorted []float64, last int, p float64) float64 {
	n := float64(len(sorted))
	middle, ranks := n*p+0.5, math.Sqrt(n*p*(1-p))
	at := func(rank float64) float64 {
		rank = min(max(rank, 1), float64(last))
		i := min(int(rank), last-1)
		if i < 1 {
			return math.Log(sorted[0])
		}
		share := rank - float64(i)
		return (1-share)*math.Log(sorted[i-1]) + share*math.Log(sorted[i])
	}
	below := (at(middle) - at(middle-ranks)) * ranks / min(ranks, max(middle-1, 0.5))
	above := (at(middle+ranks) - at(middle)) * ranks / min(ranks, max(float64(last)-middle, 0.5))
	return (below + above) / 2
}

// inflate estimates how much dependence adds to the variance. To first order the
// error of the weighted mean of the logarithms is -sum_t c (I_t - p), with I_t the
// indicator "at or below the percentile of its journey" and
// c = w sd / sqrt(n p (1-p)) of its journey. The inflation is the variance of the
// sums over batches against that of independent arrivals, sum w^2 sd^2, at least 1.
// Batches are the blocks when there are at least three, else sqrt(n)/4 equal parts, at
// least five: few and long, as a queue changes slowly.
func (m *measured) inflate(blocks []Condition, weights []float64) {
	batches := blocks
	if len(blocks) < 3 {
		all := join(blocks)
		batches = parts(all, max(5, int(math.Sqrt(float64(len(all.Latency)))/4)))
	}
	independent := 0.0
	c := make([]float64, len(weights))
	for j, sd := range m.sd {
		if weights[j] > 0 && finite(sd) {
			c[j] = weights[j] * sd / math.Sqrt(float64(m.n[j])*m.p*(1-m.p))
			independent += weights[j] * weights[j] * sd * sd
		}
	}
	if !(independent > 0) {
		return
	}
	sums := make([]float64, len(batches))
	for b, batch := range batches {
		for i, x := range batch.Latency {
			j := int(batch.Journey[i])
			switch {
			case j >= len(c) || c[j] == 0 || math.IsNaN(x):
			case x <= m.quantile[j]:
				sums[b] += c[j] * (1 - m.p)
			default:
				sums[b] -= c[j] * m.p
			}
		}
	}
	k := float64(len(sums))
	m.inflation = max(1, stat.Variance(sums, nil)*k/independent)
}

// time is the correlation time of the arrivals, each over the percentile of its journey,
// so that the mix of journeys is no level.
func (m *measured) time(blocks []Condition) float64 {
	var x []float64
	for _, b := range blocks {
		for i, latency := range b.Latency {
			if j := int(b.Journey[i]); j < len(m.sd) && finite(m.sd[j]) {
				x = append(x, latency/m.quantile[j])
			}
		}
	}
	return quantile.CorrelationTime(x)
}

// parts cuts a condition into m parts of equal length.
func parts(c Condition, m int) []Condition {
	out := make([]Condition, m)
	n := len(c.Latency)
	for i := range out {
		from, to := i*n/m, (i+1)*n/m
		out[i] = Condition{Journey: c.Journey[from:to], Latency: c.Latency[from:to]}
	}
	return out
}
