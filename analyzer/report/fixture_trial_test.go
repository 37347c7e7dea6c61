package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

func trialName(setup string, replicate int) string {
	position := map[string][]int{"multi-tenant": {1, 4}, "dedicated": {2, 3}}[setup][replicate-1]
	return fmt.Sprintf("%02d-%s", position, setup)
}

func fixtureTrials() []latency.TrialView {
	var all []latency.TrialView
	for i, setup := range []string{"multi-tenant", "dedicated", "dedicated", "multi-tenant"} {
		replicate := i/2 + 1
		trial := results.Trial{Name: trialName(setup, replicate), Setup: setup, Replicate: replicate, Position: i + 1,
			Seed: 42, Base: time.Date(2026, 11, 24, 6, 4*i, 0, 0, time.UTC), Length: sec(180), Warmup: sec(10),
			Landmarks: map[string]results.Offset{"cutoff": sec(150), "batch-start": sec(70)},
			Windows:   fixtureWindows(), State: results.TrialComplete,
			Load: []results.Load{
				{Scenario: "dispatch", Tenant: "t1", Journey: "orders", Planned: 540, Started: 538, Dropped: 2},
				{Scenario: "dispatch", Tenant: hostile, Journey: "orders", Planned: 540, Started: 540},
			},
			Generator: results.Generator{CPUSeconds: 71.2, Wall: 180, CPUs: 2, LateP50: 0.00021, LateP99: 0.0042},
			Audit:     fixtureAudit(setup)}
		if i == 3 {
			trial.State, trial.Reason = results.TrialHalted, "error share 0.93 for 20 s"
			trial.Problems = []string{"probe of t1/redis: connection refused 3 times"}
		}
		all = append(all, latency.TrialView{Trial: trial, Injections: fixtureInjections(), Windows: fixtureWindows(),
			Bin: 1, Curves: fixtureCurves(setup, uint64(i)), Spectrum: fixtureSpectrum(setup, i)})
	}
	return all
}

func fixtureAudit(setup string) *results.Audit {
	audit := &results.Audit{Method: "sql", Operations: []results.AuditOp{
		{Tenant: "t1", Op: "order", Attempted: 538, Acknowledged: 520, LostAck: 4, Indeterminate: 11},
		{Tenant: hostile, Op: "ship", Attempted: 216, Acknowledged: 209, Indeterminate: 3, LostAck: 1},
	}, Invariants: []results.Invariant{
		{Tenant: "t1", Name: "reserved-within-stock", Held: true},
		{Tenant: "t1", Name: "one-invoice-per-order", Held: true},
	}}
	if setup == "multi-tenant" {
		audit.Operations[0].Lost, audit.Operations[0].Examples = 1, []string{"peak-season-42-000181"}
		audit.Invariants[1].Held, audit.Invariants[1].Broken = false, 2
		audit.Invariants[1].Examples = []string{"S00181", "S00204"}
		rpo := 4.2
		audit.RPO = &rpo
		audit.Losses = []results.Loss{{Fault: "pg-restart", At: sec(100.4), Lost: 1, RPO: 4.2, Near: 61},
			{Fault: "ingress-kill", At: sec(130.2), Near: 58}}
	}
	return audit
}

func fixtureCurves(setup string, seed uint64) []latency.Curve {
	random := rand.New(rand.NewPCG(seed, 42))
	names := map[string]string{"p50": "s", "p95": "s", "offered": "1/s", "started": "1/s", "good": "1/s", "errors": "1/s",
		"outcome:gateway": "1/s", "outcome:timeout": "1/s", "outcome:reset": "1/s"}
	var all []latency.Curve
	for _, tenant := range []string{everyone, "t1", hostile} {
		for _, name := range []string{"p50", "p95", "offered", "started", "good", "errors", "outcome:gateway",
			"outcome:timeout", "outcome:reset"} {
			curve := latency.Curve{Name: name, Tenant: tenant, Unit: names[name]}
			for second := range 180 {
				curve.Values = append(curve.Values, fixtureBin(setup, name, float64(second), random))
			}
			all = append(all, curve)
		}
	}
	return all
}

// fixtureBin is one bin of a curve; a second without data is nil.
func fixtureBin(setup, name string, second float64, random *rand.Rand) *float64 {
	kind := results.WindowOther
	for _, w := range fixtureWindows() {
		if second >= w.From.Seconds() && second < w.To.Seconds() {
			kind = w.Kind
		}
	}
	factor, share := slower(setup, kind)
	noise := 0.85 + 0.3*random.Float64()
	peak := (second - 145) / 30
	offered := 6 + 8*math.Exp(-peak*peak)
	v := 0.0
	switch name {
	case "p50":
		v = 0.08 * factor * noise
	case "p95":
		v = 0.25 * factor * noise * noise
		if kind == results.WindowFault && random.Float64() < 0.3 {
			return nil
		}
	case "offered", "started":
		v = offered
	case "good":
		v = offered * share * noise
	case "errors":
		v = offered * (1 - share) * noise
	case "outcome:gateway":
		v = offered * (1 - share) * noise * 0.7
	case "outcome:timeout", "outcome:reset":
		v = offered * (1 - share) * noise * 0.15
	}
	v = math.Round(v*10000) / 10000
	return &v
}

func fixtureSpectrum(setup string, trial int) []latency.SpectrumLine {
	var all []latency.SpectrumLine
	for _, w := range fixtureWindows()[1:4] {
		factor, _ := slower(setup, w.Kind)
		line := latency.SpectrumLine{Window: w.Name, N: 1290}
		for _, p := range []float64{0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9} {
			v := 0.06 * factor * math.Pow(1/(1-p/100.001), 0.40+0.03*float64(trial))
			line.Points = append(line.Points, [2]float64{p, math.Round(v*1e5) / 1e5})
		}
		all = append(all, line)
	}
	return all
}
