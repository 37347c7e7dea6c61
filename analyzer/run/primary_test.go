package run

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

// The levels are those of Pocock's boundary (Jennison & Turnbull, table 2.1): 2.178 for two
// looks, 2.413 for five, 2.555 for ten.
func TestPrimaryLevelPaysForTheLooks(t *testing.T) {
	for _, c := range []struct {
		stopping *results.Stopping
		want     float64
	}{
		{nil, 0.95},
		{&results.Stopping{AtLeast: 1, AtMost: 1}, 0.95},
		{&results.Stopping{AtLeast: 1, AtMost: 2}, 0.9706},
		{&results.Stopping{AtLeast: 1, AtMost: 5}, 0.9842},
		{&results.Stopping{AtLeast: 6, AtMost: 10}, 0.9842},
		{&results.Stopping{AtLeast: 1, AtMost: 10}, 0.9894},
	} {
		r := &Run{Results: &results.Run{Manifest: results.Manifest{Stopping: c.stopping}}, Options: Options{}.OrDefaults()}
		if got := r.PrimaryLevel(); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%+v: level %.5f, want %.4f", c.stopping, got, c.want)
		}
	}
}

func TestPriorOf(t *testing.T) {
	r := &Run{Results: &results.Run{Manifest: results.Manifest{Priors: []results.Prior{
		{Question: "ISO-001 shared", Tau: 0.07, DF: 12, Runs: 5}, {Question: "ISO-001 hybrid", Tau: 0, DF: 12},
	}}}}
	for setup, want := range map[string]moderated.Prior{
		"shared": {Tau: 0.07, DF: 12, Runs: 5}, "hybrid": moderated.Default(), "dedicated": moderated.Default(),
	} {
		if got := r.PriorOf("ISO-001", finding.Scope{Setup: setup, Tenant: "*"}, moderated.Default()); got != want {
			t.Errorf("%s: %+v, want %+v", setup, got, want)
		}
	}
	if got := r.PriorOf("CMP-002", finding.Scope{Setup: "shared"}, moderated.Switchback()); got != moderated.Switchback() {
		t.Errorf("another question: %+v", got)
	}
}
