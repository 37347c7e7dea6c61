package finding

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/moderated"
)

func TestPrimaryKey(t *testing.T) {
	p := Primary{ID: "ISO-001", Scope: Scope{Setup: "shared"}}
	if got := p.Key() + "|" + (Primary{ID: "CMP-002"}).Key(); got != "ISO-001 shared|CMP-002" {
		t.Error(got)
	}
}

// What later runs read is the estimate, without what JSON cannot hold.
func TestShow(t *testing.T) {
	of := func(logs ...float64) *Shown {
		var all []effect.Effect
		for _, l := range logs {
			all = append(all, effect.Effect{Log: l, Var: 0.04})
		}
		p := Primary{Estimate: moderated.Of(all, moderated.Prior{Tau: 0.1, DF: 6, Runs: 3}), Limit: 2, Level: 0.9}
		p.Show()
		return p.Shown
	}
	got := of(0.5, 0.7)
	want := Shown{N: 2, Log: 0.6, SE: math.Sqrt((6*0.05 + 0.02) / 7 / 2), DF: 7, Within: 0.04, Spread: math.Sqrt(0.02), Tau: 0.1, DF0: 6, Runs: 3,
		Limit: 2, Level: 0.9}
	if diff := cmp.Diff(&want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if one := of(0.5); one == nil || one.Spread != 0 {
		t.Errorf("one trial: %+v", one)
	}
	if of(math.Inf(1)) != nil || of() != nil || of(math.Inf(1), 0.5) != nil {
		t.Error("an estimate without a figure is shown")
	}
}
