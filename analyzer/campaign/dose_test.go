package campaign

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/finding"
)

// lasting is a search whose measurements follow from a truth: up to pass everything passes,
// from fail on everything fails, and between them nothing can be decided. The share served
// falls by 1 % a second from 100 %.
func lasting(t *testing.T, pass, fail, longest float64) (*Dose, []float64) {
	t.Helper()
	d := &Dose{Fault: "ingress-down", At: "cutoff", Journey: "shipping", Expect: Expect{Served: 0.96}, Shortest: 0.5,
		Longest: longest, Within: 0.25}
	var measured []float64
	for range 30 {
		length, more := d.Next()
		if !more {
			break
		}
		measured = append(measured, length)
		v := finding.Inconclusive
		switch {
		case length <= pass:
			v = finding.Pass
		case length >= fail:
			v = finding.Fail
		}
		d.Probes = append(d.Probes, Probe{Length: length, Verdict: v,
			Measure: &Measure{What: Served, Limit: 0.96, Quantity: finding.Number(1-length/100, "share", "by hand", 1000)}})
	}
	d.Answer()
	return d, measured
}

// The search ends with the interval around the truth, by hand: the geometric mean of 0.5 and 8
// is 2, of 2 and 8 it is 4, and so on.
func TestDose(t *testing.T) {
	about := cmpopts.EquateApprox(0, 1e-9)
	d, measured := lasting(t, 3.2, 4.4, 8)
	if diff := cmp.Diff([]float64{0.5, 8, 2, 4, 2.83, 3.36, 5.66, 4.76}, measured, about); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	if q := d.Breaks; !d.Done || math.Abs(q.Value-4) > 1e-9 || math.Abs(*q.Lo-2.83) > 1e-9 || math.Abs(*q.Hi-4.76) > 1e-9 {
		t.Errorf("%+v", q)
	}
	if want := "ingress-down may last 4 s [2.83, 4.76] at cutoff before shipping breaks its limit."; d.Why != want {
		t.Errorf("%s, want %s", d.Why, want)
	}
	lengths := slices.Collect(func(yield func(float64) bool) {
		for _, p := range d.Probes {
			if !yield(p.Length) {
				return
			}
		}
	})
	if !slices.IsSorted(lengths) {
		t.Errorf("probes %v", lengths)
	}
}

// Without lengths that cannot be decided, the search is a plain bisection.
func TestDoseSharp(t *testing.T) {
	d, measured := lasting(t, 3, 3, 8)
	if diff := cmp.Diff([]float64{0.5, 8, 2, 4, 2.83, 3.36}, measured, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	if q := d.Breaks; math.Abs(*q.Lo-2.83) > 1e-9 || math.Abs(*q.Hi-3.36) > 1e-9 || q.Value < *q.Lo || q.Value > *q.Hi {
		t.Errorf("%+v", q)
	}
}

// A range that does not contain the answer ends the search at once.
func TestDoseEnds(t *testing.T) {
	for name, c := range map[string]struct {
		pass, fail float64
		probes     int
		why        string
	}{
		"breaks at once":      {0.1, 0.2, 1, "Even 500 ms breaks it."},
		"undecided at once":   {0.1, 1, 1, "500 ms cannot be decided, the shortest length of the search."},
		"never breaks":        {100, 200, 2, "Even 8 s keeps it."},
		"undecided until end": {1, 200, 2, "8 s cannot be decided, the longest length of the search."},
	} {
		d, measured := lasting(t, c.pass, c.fail, 8)
		if len(measured) != c.probes || d.Why != c.why || !d.Done {
			t.Errorf("%s: %v, %s", name, measured, d.Why)
		}
		q, keeps := d.Breaks, name == "never breaks" // up to 8 s at least
		if q.Lo != nil || q.Hi != nil || q.Missing == keeps || q.Censored != keeps || keeps && q.Value != 8 {
			t.Errorf("%s: %+v", name, q)
		}
	}
	d := &Dose{Shortest: 1, Longest: 2, Within: 0.2, Probes: []Probe{{Length: 1, Verdict: finding.Invalid}}}
	if d.Answer(); d.Done || d.Why != "The measurement of 1 s is invalid, so that the search cannot go on." {
		t.Errorf("invalid: %+v", d)
	}
	d = &Dose{Shortest: 1, Longest: 2, Within: 0.2, Probes: []Probe{{Length: 1, Verdict: finding.Pass}}}
	if d.Answer(); d.Done || !d.Breaks.Missing {
		t.Errorf("half done: %+v", d)
	}
}
