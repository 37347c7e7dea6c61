package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/internal/testing/synthetic"
)

// tenants judges a run with a number of tenants on three setups, two arrivals a second of
// every ten tenants.
func tenants(n int) *analyzer.Judgement {
	p := synthetic.Calm(7)
	p.Setups, p.Replicates, p.Tenants = []string{"multi-tenant", "dedicated", "hybrid"}, 1, n
	p.Rate, p.Seconds, p.Workers, p.Neighbour = 0.2, 180, 4*n, 40
	return p.Judge()
}

// A page of many tenants has rows of those that are shown, and how all of them differ. What
// is left out of the page is in the judgement.
func TestPageOfManyTenants(t *testing.T) {
	j := tenants(60)
	before := len(j.Windows)
	var page bytes.Buffer
	if err := report.HTML(&page, j); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, tenant := range j.Manifest.Setups[0].Tenants {
		cell := "<th scope=\"row\">" + tenant.Name + "<"
		if got, want := strings.Contains(text, cell), slices.Contains(j.Spread.Shown, tenant.Name); got != want {
			t.Errorf("%s has rows: %t, shown: %t", tenant.Name, got, want)
		}
	}
	for _, words := range []string{"Of 60 tenants, ", "Each tenant counts once", "Slowest tenant"} {
		if !strings.Contains(text, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if len(j.Windows) != before {
		t.Errorf("the page left %d of %d rows in the judgement", len(j.Windows), before)
	}
}

// BenchmarkManyTenants judges and reports 500 tenants on three setups.
//
//	go test ./analyzer/report -run - -bench ManyTenants -benchtime 3x
func BenchmarkManyTenants(b *testing.B) {
	j := tenants(500)
	var page bytes.Buffer
	for b.Loop() {
		page.Reset()
		if err := report.HTML(&page, j); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(page.Len())/1e6, "MB-page")
}
