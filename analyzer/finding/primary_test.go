package finding

import (
	"math"
	"testing"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
)

func TestWouldTake(t *testing.T) {
	of := func(within float64, logs ...float64) moderated.Estimate {
		var all []effect.Effect
		for _, l := range logs {
			all = append(all, effect.Effect{Log: l, Var: within})
		}
		return moderated.Of(all, moderated.Default())
	}
	for name, c := range map[string]struct {
		e        moderated.Estimate
		arrivals float64
		want     string
	}{
		"two trials": {of(0.04, math.Log(2.6), math.Log(2.9)), 180,
			"It would take about 6 replicates instead of 2, or 1,268 arrivals a window instead of 180 to decide it with a chance of 80 %."},
		"arrivals not known": {of(0.04, math.Log(2.6), math.Log(2.9)), 0,
			"It would take about 6 replicates instead of 2 to decide it with a chance of 80 %."},
		"trials vary too much": {of(0.0001, math.Log(2.1), math.Log(2.4), math.Log(1.9)), 180,
			"It would take about 45 replicates instead of 3 to decide it with a chance of 80 %."},
		"at the limit": {of(0.04, math.Log(2), math.Log(2.001)), 180,
			"It would take more than 100 replicates to decide it: the effect is close to the limit."},
		"decided":   {of(0.001, math.Log(4), math.Log(4.1)), 180, ""},
		"not known": {of(0.04), 180, ""},
		"unserved":  {of(0.04, math.Inf(1)), 180, ""},
	} {
		if got := WouldTake(c.e, 2, 0.95, c.arrivals); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPrimaryKey(t *testing.T) {
	p := Primary{ID: "ISO-001", Scope: Scope{Setup: "shared"}}
	if got := p.Key() + "|" + (Primary{ID: "CMP-002"}).Key(); got != "ISO-001 shared|CMP-002" {
		t.Error(got)
	}
}
