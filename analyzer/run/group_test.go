package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
)

// A window's percentiles are those of its trials: 300 arrivals of 1 to 300 ms, 200 of 2 to 400 ms,
// and none in the third, in two journeys that alternate. What was served took 1 ms less.
func TestPercentilesOfTrials(t *testing.T) {
	r := &Run{Dictionary: newDictionary(), Options: Options{Level: 0.95}}
	var records [][]Record
	waited, service := make([][]float64, 3), make([][]float64, 3)
	for trial, n := range []int{600, 400, 0} {
		var all []Record
		for i := range n {
			latency := uint32((trial + 1) * (i/2 + 1) * 1000)
			rec := Record{Latency: latency, Service: latency - 1000, Journey: uint16(i % 2), Served: true}
			all = append(all, rec)
			if i%2 == 1 {
				waited[trial] = append(waited[trial], float64(latency)/1e6)
				service[trial] = append(service[trial], float64(latency-1000)/1e6)
			}
		}
		records = append(records, all)
	}
	samples := r.collect(records, 2, func(_ int, rec *Record) int { return int(rec.Journey) })
	got := r.summarise(&samples[1])
	for i, p := range Levels() {
		want := level.PercentileOf(waited, p, moderated.Default())
		if diff := cmp.Diff(want, got.Latency[i], cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("latency P%g (-want +got):\n%s", 100*p, diff)
		}
		want = level.PercentileOf(service, p, moderated.Default())
		if diff := cmp.Diff(want, got.Service[i], cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("service P%g (-want +got):\n%s", 100*p, diff)
		}
	}
	if got.N != 500 || got.Latency[P95].N != 2 || got.Latency[P95].Arrivals != 500 || got.Latency[P95].Value != 0.35 || got.Longest != 0.4 {
		t.Errorf("%d arrivals, %+v, longest %g", got.N, got.Latency[P95], got.Longest)
	}
}
