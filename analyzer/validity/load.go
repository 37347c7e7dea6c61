package validity

import (
	"fmt"
	"slices"
	"strings"

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
	traceless, incomplete := byGenerator(t)
	missing = max(missing, traceless)
	incomplete = append(incomplete, eachOnce(t)...)
	share := float64(missing) / float64(planned)
	q := finding.Number(float64(planned-missing)/float64(planned), "share",
		"arrivals started, dropped or recorded, of those planned", int(planned))
	text := fmt.Sprintf("%s of %s planned arrivals started, %s dropped, %s recorded.", count(started), count(planned),
		count(dropped), count(recorded))
	switch {
	case len(incomplete) > 0:
		return []finding.Finding{finding.New("VAL-001", finding.Invalid, scope, append(incomplete, text)...).With(q)}
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

// byGenerator counts the arrivals without a trace in each of several generators, and
// describes the generators whose stripe is incomplete. A surplus of one does not make up
// for what another lacks.
func byGenerator(t *run.Trial) (traceless int64, incomplete []string) {
	for _, g := range t.Generators {
		var planned, missing int64
		for _, l := range g.Load {
			planned += l.Planned
			missing += max(l.Planned-l.Started-l.Dropped-l.Missed, 0)
		}
		traceless += missing
		switch {
		case g.Err != "":
			incomplete = append(incomplete, fmt.Sprintf("Generator %s ended early, and its later arrivals are missing: %s.",
				g.Name(), g.Err))
		case t.State == results.TrialComplete && float64(missing) > lostShare*float64(planned):
			incomplete = append(incomplete, fmt.Sprintf("Generator %s has no record of %s of its %s planned arrivals.",
				g.Name(), count(missing), count(planned)))
		}
	}
	return traceless, incomplete
}

func count(n int64) string { return finding.Count(int(n)) }

// throttledShare is the share of scheduling periods in which the generator's cgroup may
// have used up its CPU.
const throttledShare = 0.01

// generatorRoom is VAL-002: the generator was not the bottleneck. It may use 80 % of its
// processors, or of its cgroup's share of them, and is not throttled. It may start journeys
// late by a small part of the measured latency, since latency counts from the intended start.
// Several generators are judged together, since they share the machine, and each alone: an
// idle one must not hide a busy one.
func generatorRoom(t *run.Trial) []finding.Finding {
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	g := t.Generator
	if !(g.Wall > 0) || g.CPUs <= 0 {
		if t.State == results.TrialComplete {
			return []finding.Finding{finding.New("VAL-002", finding.Inconclusive, scope, "trial.json has no figures of the generator.")}
		}
		return nil
	}
	median, high := typicalLatency(t)
	who := "It"
	if len(t.Generators) > 0 {
		who = finding.Plural(len(t.Generators), "generator") + " together"
	}
	all := roomOf(g, who, median, high)
	q := finding.Number(all.used, "share", "CPU time of the generator over that of its processors", 1)
	because, bad := []string{all.words()}, all.limit != ""
	for _, single := range t.Generators {
		if !(single.Wall > 0) || single.CPUs <= 0 {
			continue
		}
		if one := roomOf(single, "Generator "+single.Name(), median, high); one.limit != "" {
			if !bad { // the deciding sentence comes first
				because = slices.Insert(because, 0, one.words())
			} else {
				because = append(because, one.words())
			}
			bad = true
		}
	}
	if bad {
		return []finding.Finding{finding.New("VAL-002", finding.Invalid, scope, because...).With(q)}
	}
	return []finding.Finding{finding.New("VAL-002", finding.Pass, scope, because...).With(q)}
}

// room is what a generator, or several, had left.
type room struct {
	used  float64 // share of its CPU
	text  string
	limit string // why it was the bottleneck, empty when it was not
}

// words is what was used, and why that was too much.
func (r room) words() string { return strings.TrimSpace(r.text + " " + r.limit) }

// roomOf judges a generator against typical latencies of the trial, in s.
func roomOf(g results.Generator, who string, median, high float64) room {
	cores, of := float64(g.CPUs), finding.Plural(g.CPUs, "processor")
	if g.CPULimit > 0 && g.CPULimit < cores {
		cores, of = g.CPULimit, fmt.Sprintf("the %s that its cgroup may use", processors(g.CPULimit))
	}
	r := room{used: g.CPUSeconds / (g.Wall * cores)}
	r.text = fmt.Sprintf("%s used %s of %s. Journeys with a free virtual user started late by %s at P50, %s at P99.", who,
		finding.Share(r.used), of, finding.Seconds(g.LateP50), finding.Seconds(g.LateP99))
	switch {
	case g.Periods > 0 && float64(g.Throttled) > throttledShare*float64(g.Periods):
		r.limit = fmt.Sprintf("Its cgroup was throttled in %s of %s scheduling periods: its own waiting is part of the measured "+
			"latency. Give the generator more CPU.", count(g.Throttled), count(g.Periods))
	case r.used > 0.8:
		r.limit = "That is more than 80 %: its own queue is part of the measured latency."
	case g.LateP50 > 0.005 && g.LateP50 > 0.1*median, g.LateP99 > 0.05 && g.LateP99 > high:
		r.limit = fmt.Sprintf("That is too late: latency in calm windows is %s at P50, %s at P95.",
			finding.Seconds(median), finding.Seconds(high))
	}
	return r
}

// processors words a share of processors: 1 processor, 0.5 processors.
func processors(n float64) string {
	if n == 1 {
		return "1 processor"
	}
	return finding.Decimal(n) + " processors"
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
