package validity

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
	"example.org/odooharness/results"
)

// lostShare is the share of planned arrivals that may be unaccounted for.
const lostShare = 0.01

// loadDelivered is VAL-001: every planned arrival was started or dropped, and has its
// record.
//
// A dropped arrival is sound: the generator had no virtual user free, since the target did
// not answer. It counts as not served. An arrival without any trace makes the run invalid,
// and so does one that k6's own executor dropped: the script has too few virtual users.
func loadDelivered(t *run.Trial) []finding.Finding {
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	var planned, started, dropped, missed int64
	for _, l := range t.Load {
		planned += l.Planned
		started += l.Started
		dropped += l.Dropped
		missed += l.Missed
	}
	if planned == 0 {
		if t.State == results.TrialComplete {
			return []finding.Finding{finding.New("VAL-001", finding.Inconclusive, scope, "trial.json has no planned load.")}
		}
		return nil
	}
	recorded := int64(len(t.Journeys))
	missing := max(planned-started-dropped, started+dropped-recorded, 0)
	share := float64(missing) / float64(planned)
	q := finding.Number(float64(planned-missing)/float64(planned), "share",
		"arrivals started, dropped or recorded, of those planned", int(planned))
	text := fmt.Sprintf("%s of %s planned arrivals started, %s dropped, %s recorded.", count(started), count(planned),
		count(dropped), count(recorded))
	switch {
	case float64(missed) > lostShare*float64(planned):
		return []finding.Finding{finding.New("VAL-001", finding.Invalid, scope,
			fmt.Sprintf("The generator did not start %s of %s arrivals: k6's executor had no virtual user free for them. "+
				"Raise preAllocatedVUs and maxVUs in the script, or use the executor open-arrival, which queues them.",
				count(missed), count(planned)), text).With(q)}
	case share > lostShare && t.State == results.TrialComplete:
		return []finding.Finding{finding.New("VAL-001", finding.Invalid, scope,
			fmt.Sprintf("%s of %s planned arrivals have no record.", count(missing), count(planned)), text).With(q)}
	case share > lostShare:
		return []finding.Finding{finding.New("VAL-001", finding.Info, scope, text, "The trial did not run to its end.").With(q)}
	}
	return []finding.Finding{finding.New("VAL-001", finding.Pass, scope, text).With(q)}
}

func count(n int64) string { return finding.Count(int(n)) }

// throttledShare is the share of scheduling periods in which the generator's cgroup may
// have used up its CPU.
const throttledShare = 0.01

// generatorRoom is VAL-002: the generator was not the bottleneck. It may use 80 % of its
// processors, or of its cgroup's share of them, and is not throttled. It may start journeys
// late by a small part of the measured latency, since
// latency counts from the intended start.
func generatorRoom(t *run.Trial) []finding.Finding {
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	g := t.Generator
	if !(g.Wall > 0) || g.CPUs <= 0 {
		if t.State == results.TrialComplete {
			return []finding.Finding{finding.New("VAL-002", finding.Inconclusive, scope, "trial.json has no figures of the generator.")}
		}
		return nil
	}
	cores, of := float64(g.CPUs), finding.Plural(g.CPUs, "processor")
	if g.CPULimit > 0 && g.CPULimit < cores {
		cores, of = g.CPULimit, fmt.Sprintf("the %g processors that its cgroup may use", g.CPULimit)
	}
	used := g.CPUSeconds / (g.Wall * cores)
	q := finding.Number(used, "share", "CPU time of the generator over that of its processors", 1)
	text := fmt.Sprintf("It used %s of %s. Journeys with a free virtual user started late by %s at P50, %s at P99.",
		finding.Share(used), of, finding.Seconds(g.LateP50), finding.Seconds(g.LateP99))
	median, high := typicalLatency(t)
	switch {
	case g.Periods > 0 && float64(g.Throttled) > throttledShare*float64(g.Periods):
		return []finding.Finding{finding.New("VAL-002", finding.Invalid, scope, text,
			fmt.Sprintf("Its cgroup was throttled in %s of %s scheduling periods: its own waiting is part of the measured latency. "+
				"Give the generator more CPU.", count(g.Throttled), count(g.Periods))).With(q)}
	case used > 0.8:
		return []finding.Finding{finding.New("VAL-002", finding.Invalid, scope, text,
			"That is more than 80 %: its own queue is part of the measured latency.").With(q)}
	case g.LateP50 > 0.005 && g.LateP50 > 0.1*median, g.LateP99 > 0.05 && g.LateP99 > high:
		return []finding.Finding{finding.New("VAL-002", finding.Invalid, scope, text,
			fmt.Sprintf("That is too late: latency in calm windows is %s at P50, %s at P95.",
				finding.Seconds(median), finding.Seconds(high))).With(q)}
	}
	return []finding.Finding{finding.New("VAL-002", finding.Pass, scope, text).With(q)}
}

// typicalLatency returns the P50 and P95 of the journeys served in calm windows of a trial,
// in s; NaN without any.
func typicalLatency(t *run.Trial) (median, high float64) {
	var us []uint32
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		if rec.Served && rec.Window >= 0 && run.Calm(t.Windows[rec.Window].Kind) {
			us = append(us, rec.Latency)
		}
	}
	slices.Sort(us)
	sorted := run.Seconds(us)
	return quantile.Type1(sorted, 0.5), quantile.Type1(sorted, 0.95)
}
