package trend_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/trend"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// The figure rises with the fifth of nine runs: the change is found there, and what
// differs in the manifests is named.
func TestTrend(t *testing.T) {
	t.Parallel()
	var runs []*results.Run
	for i := range 9 {
		slower, version := 1.0, "19.0"
		if i >= 5 {
			slower, version = 1.5, "19.1"
		}
		recorded := synthetic.OneSetup(t, uint64(300+i), "multi-tenant", 1, slower)
		recorded.Manifest.Started = recorded.Manifest.Started.AddDate(0, 0, i)
		recorded.Manifest.Versions = map[string]string{"odoo": version}
		runs = append(runs, recorded)
	}
	runs[0], runs[8] = runs[8], runs[0] // given in any order
	all, notes, err := trend.Follow(runs, run.Options{})
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	for _, h := range all {
		if h.Figure != "orders p50, calm" {
			continue
		}
		if len(h.Points) != 9 || len(h.Breaks) != 1 || h.Breaks[0].Run != h.Points[5].Run {
			t.Fatalf("breaks %+v", h.Breaks)
		}
		if words := h.Breaks[0].Words(h); !strings.Contains(words, "version of odoo 19.0 → 19.1") {
			t.Errorf("said %q", words)
		}
		return
	}
	t.Error("no history of orders p50")
}
