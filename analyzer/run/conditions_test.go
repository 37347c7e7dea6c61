package run

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/results"
)

// at is a time in s.
func at(seconds float64) results.Offset { return results.Offset(seconds * 1e9) }

// oneEvery is a run of one trial whose journey of each second has that second as latency.
// Every third is of another tenant, which is disruptive. The journey of second 30 is not
// served. Even seconds are orders, odd ones trackings.
func oneEvery(events []results.Window, length int) (*Run, *Trial) {
	r := &Run{Dictionary: newDictionary(), Abiding: []bool{true, false}}
	r.Tenants.number("t1")
	r.Tenants.number("t2")
	r.Journeys.number("orders")
	r.Journeys.number("tracking")
	t := &Trial{Windows: results.Cut(events, at(10), at(float64(length)))}
	for s := range length {
		rec := Record{At: at(float64(s)), Latency: uint32(s * 1e6), Journey: uint16(s % 2), Served: s != 30}
		if s%3 == 2 {
			rec.Tenant = 1
		}
		t.Journeys = append(t.Journeys, rec)
	}
	place(t.Windows, t.Journeys)
	r.Trials = []*Trial{t}
	return r, t
}

func latencies(blocks []effect.Condition) [][]float64 {
	var all [][]float64
	for _, b := range blocks {
		all = append(all, b.Latency)
	}
	return all
}

func TestConditions(t *testing.T) {
	window := func(kind string, block int, from, to float64) results.Window {
		return results.Window{Name: kind, Kind: kind, Block: block, From: at(from), To: at(to)}
	}
	inf := math.Inf(1)
	for _, tt := range []struct {
		name            string
		events          []results.Window
		calm, neighbour [][]float64
		calmTime, time  float64
	}{
		{"a burst: the onset, the moment before it, its aftermath and the fault are neither",
			[]results.Window{window(results.WindowNeighbor, 0, 20, 40), results.FaultEvent("pg", at(50), at(52))},
			[][]float64{{10, 12, 13, 15, 16, 18, 19}}, [][]float64{{22, 24, 25, 27, 28, inf, 31, 33, 34, 36, 37, 39}}, 9.5, 18},
		{"a fault within the burst ends it",
			[]results.Window{window(results.WindowNeighbor, 0, 20, 40), results.FaultEvent("pg", at(30), at(32))},
			[][]float64{{10, 12, 13, 15, 16, 18, 19}}, [][]float64{{21, 22, 24, 25, 27, 28}}, 9.5, 8.5},
		{"planned blocks: nothing else is calm, and nothing is left out twice",
			[]results.Window{window(results.WindowBaseline, 1, 15, 20), window(results.WindowWashout, 0, 20, 22),
				window(results.WindowNeighbor, 2, 22, 28), window(results.WindowWashout, 0, 28, 31),
				window(results.WindowBaseline, 3, 31, 36)},
			[][]float64{{15, 16, 18, 19}, {31, 33, 34}}, [][]float64{{22, 24, 25, 27}}, 10, 6},
	} {
		r, trial := oneEvery(tt.events, 60)
		c := r.Conditions(trial, Everyone)
		if diff := cmp.Diff([][][]float64{tt.calm, tt.neighbour}, [][][]float64{latencies(c.Calm), latencies(c.Neighbour)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if c.CalmTime != tt.calmTime || c.NeighbourTime != tt.time {
			t.Errorf("%s: %g s and %g s, want %g s and %g s", tt.name, c.CalmTime, c.NeighbourTime, tt.calmTime, tt.time)
		}
		if of := r.Conditions(trial, 1); len(of.Calm[0].Latency) == 0 || math.Mod(of.Calm[0].Latency[0], 3) != 2 {
			t.Errorf("%s: the other tenant has %v", tt.name, of.Calm)
		}
	}
}

// The percentile is the highest that three quarters of the calm arrivals have enough
// arrivals for, in every condition of every trial.
func TestStrata(t *testing.T) {
	of := func(orders, trackings int) []effect.Condition {
		c := effect.Condition{Journey: make([]int32, orders), Latency: make([]float64, orders+trackings)}
		for range trackings {
			c.Journey = append(c.Journey, 1)
		}
		return []effect.Condition{c}
	}
	r, _ := oneEvery(nil, 20)
	for _, tt := range []struct {
		name   string
		trials []Conditions
		want   Strata
	}{
		{"enough of both", []Conditions{{Calm: of(60, 40), Neighbour: of(50, 80)}}, Strata{P: 0.95, Lowest: 0.5, Weights: []float64{0.6, 0.4}, Share: 1}},
		{"one trial has too few trackings for P95",
			[]Conditions{{Calm: of(60, 40), Neighbour: of(50, 80)}, {Calm: of(60, 39)}},
			Strata{P: 0.9, Lowest: 0.5, Weights: []float64{120. / 199, 79. / 199}, Share: 1}},
		{"few trackings are left out", []Conditions{{Calm: of(80, 20), Neighbour: of(40, 3)}},
			Strata{P: 0.95, Lowest: 0.5, Weights: []float64{1, 0}, Left: []int{1}, Share: 0.8}},
		{"too few of everything", []Conditions{{Calm: of(3, 3), Neighbour: of(80, 80)}}, Strata{P: math.NaN(), Lowest: 0.5}},
		{"a few of one", []Conditions{{Calm: of(4, 96), Neighbour: of(9, 0)}},
			Strata{P: 0.5, Lowest: 0.5, Weights: []float64{1, 0}, Left: []int{1}, Share: 0.04}},
	} {
		got := r.Strata(tt.trials)
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if got.Known() != !math.IsNaN(tt.want.P) {
			t.Errorf("%s: known is %v", tt.name, got.Known())
		}
	}
	// A stated percentile is that of every comparison, or there is none.
	few, many := []Conditions{{Calm: of(19, 30), Neighbour: of(50, 19)}}, []Conditions{{Calm: of(60, 40), Neighbour: of(50, 80)}}
	for _, tt := range []struct {
		stated float64
		trials []Conditions
		want   Strata
	}{
		{0.5, many, Strata{P: 0.5, Lowest: 0.5, Weights: []float64{0.6, 0.4}, Share: 1}},
		{0.9, many, Strata{P: 0.9, Lowest: 0.9, Weights: []float64{0.6, 0.4}, Share: 1}},
		{0.9, few, Strata{P: math.NaN(), Lowest: 0.9}},
	} {
		r.Options.Percentile = tt.stated
		if diff := cmp.Diff(tt.want, r.Strata(tt.trials), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("stated %g (-want +got):\n%s", tt.stated, diff)
		}
	}
}
