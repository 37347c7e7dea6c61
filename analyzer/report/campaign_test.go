package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
)

// night is a matrix with a cell of each state, a dose and a capacity while a fault lasts.
func night() *campaign.Matrix {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	expect := campaign.Expect{Served: 0.95, Within: 3, Recovery: 10}
	served := campaign.Measure{What: campaign.Served, Limit: 0.95, Verdict: finding.Pass,
		Quantity: finding.Number(0.98, "share", "by hand", 1000).Bounded(0.97, 0.99, 0.95)}
	return &campaign.Matrix{Name: "night", Made: at, MaxAge: 48 * 3600,
		Cells: []campaign.Cell{
			{Setup: "shared", Tenancy: "shared", Fault: "redis", Moment: "at", At: "cutoff", Journey: "orders", Expect: expect,
				State: campaign.Measured, Verdict: finding.Pass, Measures: []campaign.Measure{served}, Started: &at,
				Run: "runs/a", Report: "a/report.html"},
			{Setup: "shared", Tenancy: "shared", Fault: "redis", Moment: "at", At: "cutoff", Journey: "shipping", Expect: expect,
				State: campaign.TooOld, Verdict: finding.Fail, Why: "94 % served.", Started: &at, Run: "runs/a", Report: "a/report.html"},
			{Setup: "shared", Tenancy: "shared", Fault: "ingress", Moment: "at", At: "cutoff", Journey: "shipping", Expect: expect,
				State: campaign.None, Why: "It was never run.", Experiment: "cells/x.yaml"},
		},
		Doses: []campaign.Dose{{Fault: "ingress", Setup: "shared", Moment: "at", Journey: "shipping", Expect: expect,
			Breaks: finding.Number(4.1, "s", "by hand", 6).Bounded(3.2, 5, 0.95), Why: "ingress may last 4.1 s [3.2, 5].",
			Probes: []campaign.Probe{{Length: 3.2, Verdict: finding.Pass, Measure: &served}}}},
		Worst: []campaign.Worst{{Fault: "ingress", Setup: "shared", Journey: "shipping", Expect: expect, At: "cutoff-4s",
			Served: finding.Number(0.7, "share", "by hand", 800).Bounded(0.6, 0.79, 0.99), Why: "The truck leaves.",
			Moments: []campaign.Moment{{Cell: campaign.Cell{At: "cutoff-8s", State: campaign.Measured, Report: "c/report.html",
				Measures: []campaign.Measure{served}}}, {Cell: campaign.Cell{At: "cutoff", State: campaign.None}}}}},
		Held: []campaign.Capacity{{Fault: "slow", Setup: "shared", Limit: 0.5, State: campaign.Measured, Verdict: finding.Fail,
			Run:    "runs/b",
			Report: "b/report.html", Started: &at, Left: finding.Number(0.4, "share", "by hand", 2).Bounded(0.3, 0.45,
				0.95), Why: "40 % are left."}},
	}
}

// The page and the terminal have each cell with its state, its figure and its run.
func TestMatrix(t *testing.T) {
	var page, terminal bytes.Buffer
	if err := Matrix(&page, night()); err != nil {
		t.Fatal(err)
	}
	if err := MatrixTerminal(&terminal, night(), false); err != nil {
		t.Fatal(err)
	}
	const counts = "3 cells: 1 pass, 1 too old, 1 no evidence. Capacity while a fault lasts: fail."
	for _, text := range []string{counts, "served 98 % [97, 99], limit 95 %",
		`<a href="a/report.html">20 Nov 2026 09:00</a>`, ">too old<",
		"expected: 95 % served within 3 s, recovery in 10 s", "harness run cells/x.yaml", "4.1 s [3.2, 5]", "40 % [30, 45]",
		"not part of it", "2 days", "cutoff-4s 70 % [60, 79]", `<a href="c/report.html">cutoff-8s</a> 98 % [97, 99]`,
		`cutoff <span class="badge none">no evidence</span>`} {
		if !strings.Contains(page.String(), text) {
			t.Errorf("the page has no %q", text)
		}
	}
	if strings.Contains(page.String(), "ZgotmplZ") || strings.Contains(page.String(), "<script") {
		t.Error("the page has what its content policy forbids")
	}
	want := []string{"FAIL " + counts, "served 98 % [97, 99], limit 95 %", "redis, at, shared: 94 % served.",
		"ingress, at, shared: It was never run.",
		"ingress may last 4.1 s [3.2, 5].", "capacity while slow lasts, shared, fail: 40 % are left.",
		"worst moment, ingress, shared, shipping: The truck leaves. Measured: cutoff-8s 98 %."}
	for _, text := range want {
		if !strings.Contains(strings.Join(strings.Fields(terminal.String()), " "), text) {
			t.Errorf("the terminal has no %q:\n%s", text, &terminal)
		}
	}
}
