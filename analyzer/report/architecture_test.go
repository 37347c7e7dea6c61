package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// The answer to which setup serves better, for every outcome of latency and share served.
func TestArchitectureAnswer(t *testing.T) {
	main := setups.Endpoint{ID: "CMP-002", A: "multi", B: "own", Family: "neighbour", Measure: setups.MeasureLatency, Main: true, Quantile: "p95",
		Pairs: 3, Effect: q(0.26, 0.21, 0.33, 3, "ratio"), Verdict: finding.Info, Side: -1}
	served := setups.Endpoint{ID: "CMP-002", A: "multi", B: "own", Family: "neighbour", Measure: setups.MeasureServed, Pairs: 3,
		ValueA: q(1, 1, 1, 400, "share"), ValueB: q(0.9, 0.9, 0.9, 400, "share"), Effect: q(-0.1, -0.12, -0.08, 3, "share"), Verdict: finding.Inconclusive}
	for name, c := range map[string]struct {
		change func(latency, served *setups.Endpoint)
		want   string
	}{
		"better": {func(_, _ *setups.Endpoint) {}, "own serves better than multi next to the disruptive tenant: P95 of own is 0.26× [0.21, 0.33] " +
			"that of multi over 3 replicates; price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"worse": {func(l, _ *setups.Endpoint) { l.Side, l.Effect = 1, q(3.9, 2, 7, 3, "ratio") },
			"multi serves better than own next to the disruptive tenant: P95 of own is 3.9× [2, 7] that of multi over 3 replicates; " +
				"price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"serves less": {func(l, s *setups.Endpoint) {
			l.Side, l.Verdict, s.Side, s.Verdict = 0, finding.Inconclusive, 1, finding.Info
		},
			"multi serves better than own next to the disruptive tenant: multi serves 100 %, own 90 %; " +
				"price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"both": {func(l, s *setups.Endpoint) {
			l.Side, l.Effect, s.Side, s.Verdict = 1, finding.None("ratio", "", 3, "unserved"), 1, finding.Info
		}, "multi serves better than own next to the disruptive tenant: P95 of own is among the arrivals that were not served, over 3 replicates; " +
			"multi serves 100 %, own 90 %; price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"faster, serves less": {func(_, s *setups.Endpoint) { s.Side, s.Verdict = 1, finding.Info },
			"Neither multi nor own serves better next to the disruptive tenant: P95 of own is 0.26× [0.21, 0.33] that of multi over 3 replicates; " +
				"but multi serves 100 %, own 90 %; price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"undecided": {func(l, _ *setups.Endpoint) {
			l.Side, l.Verdict, l.Effect, l.Takes = 0, finding.Inconclusive, q(1.3, 0.7, 2.4, 3, "ratio"), "These trials find 2.1× or more (power 80 %)"
		}, "Undecided whether multi or own serves better next to the disruptive tenant: P95 of own is 1.3× [0.7, 2.4] that of multi over 3 replicates. " +
			"These trials find 2.1× or more (power 80 %); price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"not known": {func(l, _ *setups.Endpoint) {
			l.Side, l.Verdict, l.Effect = 0, finding.Inconclusive, finding.None("ratio", "", 0, "unserved")
			l.Words = "The latency next to the disruptive tenant cannot be compared: unserved."
		}, "Undecided. The latency next to the disruptive tenant cannot be compared: unserved; " +
			"price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
		"equal": {func(l, _ *setups.Endpoint) {
			l.Side, l.Verdict, l.Effect = 0, finding.Pass, q(1.01, 0.95, 1.07, 3, "ratio")
		},
			"multi and own do not differ materially next to the disruptive tenant: P95 of own is 1.01× [0.95, 1.07] that of multi over 3 replicates; " +
				"price: multi 0.5 EUR/h (0.4 EUR per 1,000 of \"order\"), own 0.9 EUR/h (0.7 EUR)."},
	} {
		latency, share := main, served
		c.change(&latency, &share)
		j := &analyzer.Judgement{Endpoints: []setups.Endpoint{latency, share}}
		for i, s := range []string{"multi", "own"} {
			cost := 0.4 + 0.3*float64(i)
			j.Manifest.Setups = append(j.Manifest.Setups, results.Setup{Name: s, CostPerHour: 0.5 + 0.4*float64(i), Currency: "EUR"})
			j.Throughput = append(j.Throughput, carried.ThroughputRow{Setup: s, Tenant: everyone, Document: "order", Cost: q(cost, cost, cost, 1, "EUR")})
		}
		if diff := cmp.Diff([]string{c.want}, architecture(j, Headlines(j))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
