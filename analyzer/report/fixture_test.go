package report

import (
	"fmt"
	"math"
	"time"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/fault"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/analyzer/objective"
	"example.org/odooharness/analyzer/remedy"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// The hand-made judgement that the tests render: two setups, two trials each,
// four tenants of which one is disruptive and one has a hostile name, three
// faults, of which one left the multi-tenant setup down and one had no effect.

const hostile = `</script><script>alert("t3")</script>`

func sec(s float64) results.Offset { return results.OffsetOf(time.Duration(s * float64(time.Second))) }

func at(s float64) *results.Offset { o := sec(s); return &o }

func q(value, lo, hi float64, n int, unit string) finding.Quantity {
	return finding.Quantity{Value: value, Lo: &lo, Hi: &hi, N: n, Unit: unit, Level: 0.95,
		Method: "type 1 percentile, moving-block bootstrap, 10 s blocks"}
}

func refused(n, need int, unit string) finding.Quantity {
	return finding.Quantity{Missing: true, N: n, Need: need, Unit: unit, Method: "type 1 percentile",
		Warnings: []string{fmt.Sprintf("n=%d < %d", n, need)}}
}

func percentiles(median float64, n int) latency.Percentiles {
	p := latency.Percentiles{
		P50: q(median, median*0.96, median*1.05, n, "s"),
		P90: q(median*2.1, median*2.0, median*2.3, n, "s"),
		P95: q(median*3.0, median*2.7, median*3.4, n, "s"),
		P99: q(median*6.2, median*4.9, median*8.8, n, "s"),
	}
	if n < 368 {
		p.P99 = refused(n, 368, "s")
	}
	if n < 72 {
		p.P95 = refused(n, 72, "s")
	}
	return p
}

func fixtureTenants() []results.Tenant {
	return []results.Tenant{
		{Name: "t1", Role: "abiding"}, {Name: "t2", Role: "abiding"}, {Name: hostile, Role: "abiding"},
		{Name: "t4", Role: "disruptive"},
	}
}

func fixtureWindows() []results.Window {
	return []results.Window{
		{Name: "warm-up", Kind: results.WindowWarmup, From: 0, To: sec(10)},
		{Name: "baseline", Kind: results.WindowBaseline, From: sec(10), To: sec(60)},
		{Name: "neighbour", Kind: results.WindowNeighbor, From: sec(60), To: sec(90)},
		{Name: "pg-restart", Kind: results.WindowFault, Fault: "pg-restart", From: sec(100), To: sec(110)},
		{Name: "after pg-restart", Kind: results.WindowRecovery, Fault: "pg-restart", From: sec(110), To: sec(130)},
		{Name: "ingress-kill", Kind: results.WindowFault, Fault: "ingress-kill", From: sec(130), To: sec(140)},
		{Name: "after ingress-kill", Kind: results.WindowRecovery, Fault: "ingress-kill", From: sec(140), To: sec(160)},
		{Name: "redis-pause", Kind: results.WindowFault, Fault: "redis-pause", From: sec(160), To: sec(170)},
		{Name: "after redis-pause", Kind: results.WindowRecovery, Fault: "redis-pause", From: sec(170), To: sec(180)},
	}
}

// slower is how much a window slows a setup; share is what it still serves.
func slower(setup, kind string) (slower, share float64) {
	shared := setup == "multi-tenant"
	switch {
	case kind == results.WindowNeighbor && shared:
		return 3.9, 0.96
	case kind == results.WindowFault && shared:
		return 14, 0.41
	case kind == results.WindowFault:
		return 9, 0.80
	case kind == results.WindowRecovery && shared:
		return 1.9, 0.985
	case kind == results.WindowRecovery:
		return 1.2, 0.999
	}
	return 1.02, 0.9996
}

func fixture() *analyzer.Judgement {
	j := &analyzer.Judgement{
		Drills: fixtureDrills(), Background: fixtureBackground(), Backlogs: fixtureBacklogs(), Calls: fixtureCalls(), Scorecards: fixtureScorecards(),
		Schema: 1, Manifest: fixtureManifest(), Verdict: finding.Fail,
		Reason: "SLO-001: dispatch on multi-tenant served 97.4 % of 99 % within 2 s; " +
			"ingress-kill alone spent 2.1 times the error budget.",
	}
	for _, setup := range []string{"multi-tenant", "dedicated"} {
		addWindows(j, setup)
		addRecoveries(j, setup)
		addJudged(j, setup)
	}
	j.Trials = fixtureTrials()
	j.Endpoints, j.Compared = fixtureEndpoints(), fixtureCompared()
	j.Remedies = fixtureRemedies()
	j.Primary = []finding.Primary{{ID: "CMP-002", Scope: finding.Scope{Setup: "dedicated"}, Decided: true,
		Question: "Does dedicated serve abiding tenants slower or faster than multi-tenant next to the disruptive tenant?"}}
	j.Findings = fixtureFindings()
	return j
}

func fixtureManifest() results.Manifest {
	setup := func(name string, tenancy results.Tenancy) results.Setup {
		return results.Setup{Name: name, Tenancy: tenancy, Target: "lab-embedded", Environment: "lab",
			Tenants: fixtureTenants(), Workers: 8, CPU: 2, CPUEnforced: true, Currency: "EUR", CostPerHour: 0.42}
	}
	dedicated := setup("dedicated", "dedicated")
	dedicated.CPUEnforced, dedicated.CPUNote = false, "cgroups could not be written, so CPU shares were not held"
	return results.Manifest{
		Schema: 1, Experiment: "peak-season",
		Hypothesis: "Dispatch holds its cut-off on both setups when PostgreSQL, Redis or the ingress fails for ten seconds.",
		Started:    time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC), Seed: 42,
		Versions: map[string]string{"harness": "0.1.0", "go": "go1.26.8", "k6": "v1.8.1",
			"multi-tenant/odoo": "19.0 (embedded target)", "multi-tenant/postgres": "15.14", "dedicated/odoo": "19.0 (embedded target)"},
		Host: results.Host{OS: "linux", Arch: "amd64", CPUs: 2, Memory: 8 << 30},
		Inputs: []results.Input{
			{Path: "examples/peak-season.yaml", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
			{Path: "scenarios/dispatch-cutoff.js", SHA256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"},
		},
		Setups: []results.Setup{setup("multi-tenant", "shared"), dedicated},
		Objectives: []results.Objective{{Name: "dispatch", Journeys: []string{"shipping"}, Target: 0.99, Threshold: 2,
			Budgeting: "Occurrences"}},
		Caveats: []string{"These figures describe the embedded target, not Odoo."},
		Command: "harness run examples/peak-season.yaml --seed 42",
	}
}

func addWindows(j *analyzer.Judgement, setup string) {
	medians := map[string]float64{"orders": 0.082, "shipping": 0.131, "tracking": 0.024}
	if setup == "dedicated" {
		medians["orders"], medians["shipping"] = 0.085, 0.129
	}
	counts := map[string]int{"orders": 30, "shipping": 12, "tracking": 44}
	for _, w := range fixtureWindows() {
		length := (w.To - w.From).Seconds()
		factor, share := slower(setup, w.Kind)
		for _, tenant := range []string{everyone, "t1", "t2", hostile} {
			for _, journey := range []string{"orders", "shipping", "tracking"} {
				offered := int(float64(counts[journey]) * length / 10)
				if tenant == everyone {
					offered *= 3
				}
				good := int(math.Round(float64(offered) * share))
				row := latency.WindowRow{Setup: setup, Window: w.Name, Kind: w.Kind, Tenant: tenant, Journey: journey,
					Seconds: length, Offered: offered, Good: good, Latency: percentiles(medians[journey]*factor, offered),
					Service:  percentiles(medians[journey]*math.Sqrt(factor), offered),
					Outcomes: map[results.Outcome]int{results.OK: good}}
				if bad := offered - good; bad > 0 {
					row.Outcomes[results.Gateway] = bad - bad/3
					row.Outcomes[results.Timeout] = bad / 3
				}
				j.Windows = append(j.Windows, row)
			}
		}
		for i, step := range []string{"confirm", "reserve", "ship"} {
			n := 200 * (3 - i)
			j.Steps = append(j.Steps, latency.StepRow{Setup: setup, Window: w.Name, Step: step, Count: n,
				Outcomes: map[results.Outcome]int{results.OK: n - 3, results.Concurrency: 3},
				Latency:  percentiles(0.04*factor, n), Service: percentiles(0.03*factor, n)})
		}
	}
}

func fixtureInjections() []results.Injection {
	base := results.Injection{Driver: "local", Tenants: []string{"t1", "t2", hostile, "t4"}}
	pg, ingress, redis := base, base, base
	pg.Fault, pg.Class, pg.Kind, pg.Action = "pg-restart", "database", "PostgresChaos", "restart"
	pg.Targets, pg.Manifest = []string{"shared/postgres"}, "chaos/catalogue/postgres-restart.yaml"
	pg.Requested, pg.Injected, pg.InEffect = sec(100), at(100.1), at(100.4)
	pg.Removing, pg.Removed, pg.Recovered = at(110), at(110.6), at(111.2)
	pg.Proof, pg.GoneProof = "connection refused on 127.0.0.1:41233", "select 1 answered in 3 ms"
	ingress.Fault, ingress.Class, ingress.Kind, ingress.Action = "ingress-kill", "ingress", "PodChaos", "pod-kill"
	ingress.Targets, ingress.Manifest = []string{"shared/ingress"}, "chaos/catalogue/ingress-kill.yaml"
	ingress.Requested, ingress.Injected, ingress.InEffect = sec(130), at(130), at(130.2)
	ingress.Removing, ingress.Removed, ingress.Recovered = at(140), at(140.1), at(140.9)
	ingress.Proof, ingress.GoneProof = "process 8812 gone, port closed", "GET /web/health answered 200"
	redis.Fault, redis.Class, redis.Kind, redis.Action = "redis-pause", "redis", "RedisChaos", "pause"
	redis.Targets, redis.Manifest = []string{"shared/redis"}, "chaos/catalogue/redis-pause.yaml"
	redis.Requested, redis.Err = sec(160), "prove in effect: PING answered within 1 ms for 10 s"
	return []results.Injection{pg, ingress, redis}
}

func addRecoveries(j *analyzer.Judgement, setup string) {
	shared := setup == "multi-tenant"
	for replicate := 1; replicate <= 2; replicate++ {
		for i, injection := range fixtureInjections() {
			row := fault.Row{Setup: setup, Trial: trialName(setup, replicate), Injection: injection,
				Outcomes: map[results.Outcome]int{results.OK: 412, results.Gateway: 41, results.Timeout: 3, results.Reset: 2 * i},
				Affected: []string{"t1", "t2", hostile}, Indeterminate: 14 + replicate,
				Detect:   q(0.6, 0.4, 0.9, 1, "s"),
				Recover:  q(3.2+float64(replicate), 3, 6, 1, "s"),
				AreaLost: q(2.9, 2.2, 3.8, 1, "share·s"),
				Alert:    &finding.Quantity{Value: 4 + float64(replicate), N: 1, Unit: "s"}, AlertName: "SlowOrders"}
			if injection.Fault == "ingress-kill" {
				row.Alert, row.AlertName = &finding.Quantity{Value: 20, Censored: true, N: 1, Unit: "s"}, ""
			}
			if shared && injection.Fault == "ingress-kill" {
				row.Recover = finding.Quantity{Value: 20, Censored: true, N: 1, Unit: "s", Method: "first bin back in band for good"}
			}
			if injection.InEffect == nil {
				none := finding.Quantity{Missing: true, Unit: "s", Warnings: []string{"never shown in effect"}}
				row.Detect, row.Recover, row.AreaLost, row.Alert, row.AlertName = none, none, none, &none, ""
				row.Affected, row.Indeterminate, row.Outcomes = nil, 0, map[results.Outcome]int{results.OK: 460}
			}
			j.Recoveries = append(j.Recoveries, row)
		}
	}
}

func addJudged(j *analyzer.Judgement, setup string) {
	shared := setup == "multi-tenant"
	slow, verdict, achieved := q(1.02, 0.96, 1.09, 2, "ratio"), finding.Pass, q(0.9962, 0.9948, 0.9975, 8120, "share")
	if shared {
		slow, verdict, achieved = q(3.9, 3.1, 4.8, 2, "ratio"), finding.Fail, q(0.9742, 0.9701, 0.9781, 8120, "share")
	}
	for _, tenant := range []string{everyone, "t1", "t2", hostile} {
		j.Isolation = append(j.Isolation, neighbour.Row{Setup: setup, Tenant: tenant,
			Base: q(0.131, 0.125, 0.139, 1204, "s"), Disrupt: q(0.131*slow.Value, 0.125*slow.Value, 0.14*slow.Value, 702, "s"),
			Slowdown: slow, IQoS: q((slow.Value-1)/2.5, 0, 1.6, 2, "ratio"), Errors: q(0.04, 0.02, 0.06, 702, "share")})
	}
	j.Objectives = append(j.Objectives, objective.Row{Setup: setup, Tenant: everyone,
		Objective: j.Manifest.Objectives[0], Achieved: achieved, Verdict: verdict,
		Budget: finding.Quantity{Value: (1 - achieved.Value) / 0.01, N: 8120, Unit: "share"},
		Burn:   finding.Quantity{Value: (1 - achieved.Value) / 0.01, N: 8120, Unit: "ratio"}})
	for i, document := range []results.Op{results.OpOrder, results.OpShip, results.OpInvoice} {
		perHour := 1240.0 / float64(i+1)
		j.Throughput = append(j.Throughput, carried.ThroughputRow{Setup: setup, Tenant: everyone, Document: document,
			PerHour: q(perHour, perHour*0.97, perHour*1.02, 2, "1/h"), Cost: q(0.34*float64(i+1), 0.33, 0.36, 2, "EUR")})
	}
	j.Throughput = append(j.Throughput, carried.ThroughputRow{Setup: setup, Tenant: "t1", Document: "order",
		PerHour: q(410, 398, 420, 2, "1/h"),
		Cost:    finding.Quantity{Missing: true, Unit: "EUR", Warnings: []string{"no price for one tenant"}}})
}

func fixtureEndpoints() []setups.Endpoint {
	e := setups.Endpoint{ID: "CMP-002", A: "multi-tenant", B: "dedicated", Family: "neighbour", Measure: setups.MeasureLatency, Main: true,
		Quantile: "p95", Journeys: []string{"orders", "shipping"}, Pairs: 2, ValueA: q(1.52, 1.52, 1.52, 2, "s"), ValueB: q(0.4, 0.4, 0.4, 2, "s"),
		Effect: q(0.26, 0.21, 0.33, 2, "ratio"), P: q(0.001, 0.001, 0.001, 2, ""), Alpha: 0.0375, Assumed: "assuming that trials vary by 15 %",
		Tipping: q(0.6, 0.6, 0.6, 2, "share"), Verdict: finding.Info, Side: -1, Words: "dedicated is faster than multi-tenant."}
	served := e
	served.Measure, served.Main, served.Quantile, served.Side, served.Verdict = setups.MeasureServed, false, "", 0, finding.Inconclusive
	served.ValueA, served.ValueB, served.Effect = q(0.99, 0.99, 0.99, 400, "share"), q(1, 1, 1, 400, "share"), q(0.01, -0.01, 0.03, 2, "share")
	served.Takes, served.Tipping = "These trials find a difference of 2 points or more (power 80 %)", finding.None("share", "", 2, "undecided")
	calm := e
	calm.ID, calm.Family, calm.Main, calm.Side, calm.Verdict = "CMP-001", "calm", false, 0, finding.Pass
	calm.Effect, calm.Tipping = q(1.02, 0.94, 1.09, 2, "ratio"), served.Tipping
	return []setups.Endpoint{e, served, calm}
}

func fixtureRemedies() []remedy.Row {
	return []remedy.Row{
		{Name: "import-workers", Of: "multi-tenant", About: "imports on workers of their own", Answer: remedy.Helps,
			Where: "next to the disruptive tenant", Quantile: "p95", Effect: q(0.28, 0.2, 0.4, 2, "ratio"),
			Served: q(0.01, -0.01, 0.03, 2, "share"), Before: q(3.9, 3.1, 4.8, 2, "ratio"), After: q(1.1, 1, 1.3, 2, "ratio"),
			Calm: q(1.02, 0.94, 1.09, 2, "ratio"), Disruptive: [2]remedy.Share{{Offered: 400, Served: 388}, {Offered: 400, Served: 240}},
			Price: finding.Number(0, "share", "", 1), Pairs: 2,
			Words: "import-workers helps: slowdown 3.9× -> 1.1× [1, 1.3], +0 % cost, decided in 2 replicates."},
		{Name: "jobs-redis", Of: "multi-tenant", About: "a Redis of its own for jobs", Answer: remedy.Undecided, Takes: "About 4 replicates",
			Effect: finding.None("ratio", "", 0, "too few arrivals"), Served: finding.None("share", "", 0, "too few arrivals"),
			Before: q(3.9, 3.1, 4.8, 2, "ratio"), After: finding.None("ratio", "", 0, "too few arrivals"),
			Calm: finding.None("ratio", "", 0, "too few arrivals"), Price: finding.None("share", "", 0, "no price"),
			Words: "jobs-redis is undecided: open after 1 replicate."},
	}
}

func fixtureCompared() []setups.Row {
	var all []setups.Row
	for _, journey := range []string{"orders", "shipping", "tracking"} {
		for _, window := range []string{"baseline", "neighbour", "pg-restart"} {
			row := setups.Row{A: "multi-tenant", B: "dedicated", Journey: journey, Window: window, Quantile: "p95",
				ValueA: q(0.39, 0.36, 0.43, 2, "s"), ValueB: q(0.40, 0.37, 0.44, 2, "s"), Ratio: q(1.02, 0.94, 1.11, 2, "ratio"),
				Verdict: finding.Info, Words: journey + " in " + window + ": P95 dedicated/multi-tenant 1.02× [0.94, 1.11]."}
			switch window {
			case "neighbour":
				row.Ratio = q(0.26, 0.21, 0.33, 2, "ratio")
			case "pg-restart":
				row.Ratio = q(0.7, 0.3, 1.6, 2, "ratio")
			}
			all = append(all, row)
		}
	}
	return all
}

func fixtureFindings() []finding.Finding {
	achieved, slow := q(0.9742, 0.9701, 0.9781, 8120, "share"), q(3.9, 3.1, 4.8, 2, "ratio")
	return []finding.Finding{
		{ID: "VAL-001", Title: "Load was delivered as planned", Verdict: finding.Pass,
			Because: []string{"99.8 % of planned arrivals started."}},
		{ID: "VAL-003", Title: "Every fault was shown in effect", Verdict: finding.Invalid,
			Scope:   finding.Scope{Fault: "redis-pause"},
			Because: []string{"redis-pause was never shown in effect in 4 of 4 trials."},
			Remedy:  "See the trial's log; lengthen the fault or mend its probe."},
		{ID: "SLO-001", Title: "Objective dispatch", Verdict: finding.Fail, Quantity: &achieved,
			Scope:   finding.Scope{Setup: "multi-tenant", Journey: "shipping"},
			Because: []string{"97.4 % of 99 % within 2 s.", "ingress-kill spent 2.1 times the budget."},
			Remedy:  "Give dispatch a worker pool of its own."},
		{ID: "SLO-001", Title: "Objective dispatch", Verdict: finding.Pass,
			Scope: finding.Scope{Setup: "dedicated", Journey: "shipping"}, Because: []string{"99.6 % of 99 % within 2 s."}},
		{ID: "ISO-001", Title: "Slowdown of abiding tenants", Verdict: finding.Fail, Quantity: &slow,
			Scope: finding.Scope{Setup: "multi-tenant", Tenant: everyone}, Because: []string{"More than the allowed 1.5×."}},
		{ID: "DUR-001", Title: "Acknowledged writes are kept", Verdict: finding.Fail,
			Scope:   finding.Scope{Setup: "multi-tenant", Tenant: "t1"},
			Because: []string{"2 of 1,458 acknowledged writes are not there."}},
		{ID: "CMP-001", Title: "Multi-tenant against dedicated after pg-restart", Verdict: finding.Inconclusive,
			Because: []string{"2 pairs cannot decide a difference below 60 %."}, Remedy: "Run 6 replicates."},
		{ID: "LAT-001", Title: "Latency from the intended start", Verdict: finding.Info, Scope: finding.Scope{Tenant: hostile}},
	}
}
