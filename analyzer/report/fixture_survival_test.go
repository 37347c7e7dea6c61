package report

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/background"
	"example.org/odooharness/analyzer/drill"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// What the tests render of drills, background work and scorecards.

func plainQ(v float64, unit string) finding.Quantity {
	return finding.Quantity{Value: v, Unit: unit, N: 40, Method: "by hand"}
}

func noneQ(unit, why string) finding.Quantity {
	return finding.Quantity{Missing: true, Unit: unit, Method: "by hand", Warnings: []string{why}}
}

func fixtureDrills() []drill.Row {
	return []drill.Row{
		{Setup: "multi-tenant", Trial: "01-multi-tenant", Took: plainQ(22, "s"), Offered: 40, Failed: 31, Slowdown: plainQ(1.4, "ratio"),
			FirstGood: plainQ(8.5, "s"), Back: plainQ(12, "s"), Lost: 3, RPO: plainQ(4.25, "s"),
			Rollback: noneQ("s", "nothing was rolled back"),
			Drill: results.Drill{Kind: results.DrillRecovery, Name: "recovery", Strategy: "lab", Bytes: 5e7, Steps: []results.DrillStep{
				{Name: "backup", Target: "shared/postgres", From: sec(20), To: at(24), Note: "50000000 bytes"},
				{Name: "break", Target: "shared/postgres", From: sec(45), To: at(46)}}}},
		{Setup: "multi-tenant", Trial: "01-multi-tenant", Took: plainQ(9, "s"), Offered: 18, Sessions: 2, Slowdown: noneQ("ratio", "too few"),
			FirstGood: noneQ("s", "the data were not lost"), Back: noneQ("s", "the data were not lost"), RPO: noneQ("s", "the data were not lost"), Rollback: plainQ(4, "s"),
			Drill: results.Drill{Kind: results.DrillChange, Name: "bad", Strategy: "command", Err: "deploy: exit status 1", RolledBack: true,
				Steps: []results.DrillStep{{Name: "deploy", From: sec(60), To: at(61), Err: "exit status 1"}}}},
	}
}

func fixtureBackground() []background.Row {
	return []background.Row{{Setup: "multi-tenant", Window: "baseline", Kind: results.WindowBaseline, Tenant: "*", Job: "label",
		Queued: 40, Undone: 1, Repeated: 2, P50: plainQ(0.4, "s"), P95: noneQ("s", "too few"), Longest: plainQ(7, "s"),
		Interactive: plainQ(0.2, "s"), Drain: plainQ(3, "s")}}
}

func fixtureBacklogs() []background.BacklogRow {
	late := plainQ(30, "s")
	late.Censored = true
	return []background.BacklogRow{
		{Setup: "multi-tenant", Window: "fault redis-down", Kind: results.WindowFault, Tenant: "t1", Component: "shared/postgres",
			Series: "jobs.cron.overdue", What: "scheduled jobs overdue", Largest: plainQ(3, "count"), Oldest: plainQ(12.4, "s"), Drain: late},
		{Setup: "multi-tenant", Window: "fault redis-down", Kind: results.WindowFault, Component: "shared/redis",
			Series: "redis.queue.lag[jobs]", What: "stream entries not delivered", Largest: plainQ(7, "count"),
			Oldest: noneQ("s", "its age was not read"), Drain: plainQ(0, "s")}}
}

func fixtureCalls() []background.CallRow {
	return []background.CallRow{{Setup: "multi-tenant", Window: "fault redis-down", Kind: results.WindowFault, Asked: 40, Refused: 4, Repeated: 1,
		Done: plainQ(0.9, "share")}}
}

func fixtureScorecards() []analyzer.Scorecard {
	return []analyzer.Scorecard{{Setup: "multi-tenant",
		Words: "Recovery readiness fails; availability holds; change reliability was not measured.",
		Domains: []analyzer.ScoreDomain{
			{Name: "availability", Verdict: finding.Pass, Words: "The one promise that was judged is kept.", Measures: []analyzer.ScoreMeasure{
				{Name: "Objective dispatch", Objective: "its target", Figure: plainQ(0.97, "share"), Verdict: finding.Pass, Finding: "SLO-001"}}},
			{Name: "recovery readiness", Verdict: finding.Fail, Words: "The backup could not be restored.", Measures: []analyzer.ScoreMeasure{
				{Name: "Backup can be restored", Objective: "restores", Figure: noneQ("", "see the finding"), Verdict: finding.Fail,
					Finding: "REC-003", Remedy: "Verify backups when they are made."}}},
			{Name: "change reliability", Verdict: finding.Inconclusive, Words: "Not measured.", Missing: "harness change EXPERIMENT"}},
		Workflows: []analyzer.ScoreMeasure{
			{Name: "order entry", Objective: "none lost, none doubled", Figure: plainQ(0.99, "share"), Verdict: finding.Pass},
			{Name: "label", Objective: "all done", Figure: noneQ("share", "no job"), Verdict: finding.Info}},
	}}
}

// The page shows the drills, the background work and the scorecard. For a domain that was
// not measured it names the command that measures it.
func TestSurvivalSections(t *testing.T) {
	var b strings.Builder
	if err := HTML(&b, fixture()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="scorecard"`, `id="drills"`, `id="background"`, "<code>harness change EXPERIMENT</code>",
		"Recovery readiness fails", "31 of 40", `<span class="alarm">exit status 1</span>`, "Verify backups when they are made.", "order entry",
		"scheduled jobs overdue", "12.4 s", "&gt; 30 s", "stream entries not delivered", "Calls to the carrier"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
