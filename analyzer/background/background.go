package background

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

const (
	methodJob   = "type 1 percentile of queued to done, undone jobs sort last; interval for a further trial"
	methodDrain = "end of the load to the end of the last job"
)

// jobKey names a group of jobs.
type jobKey struct{ setup, window, kind, tenant, job string }

// jobGroup is what became of the jobs of a group.
type jobGroup struct {
	trials                           []*run.Trial
	latency                          [][]float64 // s, by trial, +Inf for a job that was not done
	queued, undone, failed, repeated int
	cut                              int // undone in a trial that was stopped before its end
	longest, drain                   float64
}

// jobs describes the jobs by window, tenant and kind, and judges whether they were done.
func jobs(r *run.Run) ([]Row, []finding.Finding) {
	groups := map[jobKey]*jobGroup{}
	var keys []jobKey
	for _, t := range r.Trials {
		if t.Jobs == nil {
			continue
		}
		for job, err := range t.Jobs {
			if err != nil {
				break
			}
			i := slices.IndexFunc(t.Windows, func(w results.Window) bool { return w.From <= job.Queued && job.Queued < w.To })
			if i < 0 || t.Windows[i].Kind == results.WindowWarmup {
				continue
			}
			for _, tenant := range []string{finding.Everyone, job.Tenant} {
				key := jobKey{t.Setup, t.Windows[i].Name, t.Windows[i].Kind, tenant, job.Kind}
				if groups[key] == nil {
					groups[key] = &jobGroup{}
					keys = append(keys, key)
				}
				groups[key].add(job, t)
			}
		}
	}
	var rows []Row
	for _, key := range keys {
		rows = append(rows, rowOf(r, key, groups[key]))
	}
	return rows, findings(r, rows)
}

func (g *jobGroup) add(job results.Job, t *run.Trial) {
	g.queued++
	if last := len(g.trials) - 1; last < 0 || g.trials[last] != t {
		g.trials, g.latency = append(g.trials, t), append(g.latency, nil)
	}
	latency := &g.latency[len(g.latency)-1]
	if job.Tries > 1 {
		g.repeated++
	}
	switch {
	case job.Failed:
		g.failed++
		*latency = append(*latency, math.Inf(1))
	case job.Done == results.Never:
		g.undone++
		if t.State != results.TrialComplete {
			g.cut++
		}
		*latency = append(*latency, math.Inf(1))
	default:
		took := max((job.Done - job.Queued).Seconds(), 0)
		*latency = append(*latency, took)
		g.longest = max(g.longest, took)
		g.drain = max(g.drain, (job.Done - t.End).Seconds())
	}
}

func rowOf(r *run.Run, key jobKey, g *jobGroup) Row {
	pooled := level.Pool(g.latency)
	percentile := func(p float64) finding.Quantity {
		return finding.Percentile(pooled.Percentile(p, moderated.Default()), g.longest, r.Options.Level, methodJob)
	}
	row := Row{Setup: key.setup, Window: key.window, Kind: key.kind, Tenant: key.tenant, Job: key.job,
		Queued: g.queued, Undone: g.undone, Cut: g.cut, Failed: g.failed, Repeated: g.repeated,
		P50:         percentile(0.5),
		P95:         percentile(0.95),
		Longest:     finding.Number(g.longest, "s", "longest of the jobs that were done", g.queued-g.undone-g.failed),
		Interactive: interactive(r, key),
		Drain:       finding.Number(max(g.drain, 0), "s", methodDrain, g.queued-g.undone-g.failed)}
	if g.undone > 0 {
		row.Drain.Censored = true
		row.Drain.Warnings = append(row.Drain.Warnings, finding.Plural(g.undone, "job")+" not done when the target was read")
	}
	return row
}

// interactive returns the median journey of the same tenant and window.
func interactive(r *run.Run, key jobKey) finding.Quantity {
	var trials [][]float64
	longest := 0.0
	for _, t := range r.TrialsOf(key.setup) {
		var x []float64
		for i := range t.Journeys {
			rec := &t.Journeys[i]
			other := key.tenant != finding.Everyone && r.TenantName(int(rec.Tenant)) != key.tenant
			if rec.Window < 0 || t.Windows[rec.Window].Name != key.window || other {
				continue
			}
			x = append(x, rec.Seconds())
			longest = max(longest, float64(rec.Latency)/1e6)
		}
		trials = append(trials, x)
	}
	median := level.PercentileOf(trials, 0.5, moderated.Default())
	return finding.Percentile(median, longest, r.Options.Level, finding.MethodLatency)
}

// findings is BKG-001 and BKG-002 of each setup.
func findings(r *run.Run, rows []Row) []finding.Finding {
	var all []finding.Finding
	for _, setup := range r.Setups {
		queued, undone, failed, cut := 0, 0, 0, 0
		var words []string
		drain := 0.0
		for _, row := range rows {
			if row.Setup != setup || row.Tenant != finding.Everyone {
				continue
			}
			queued, undone, failed, cut = queued+row.Queued, undone+row.Undone, failed+row.Failed, cut+row.Cut
			drain = max(drain, row.Drain.Value)
			if !row.P50.Missing {
				words = append(words, fmt.Sprintf("%s in %s: median %s, longest %s, of %s.", row.Job, row.Window,
					finding.Seconds(row.P50.Value), finding.Seconds(row.Longest.Value), finding.Count(row.Queued)))
			}
		}
		if queued == 0 {
			continue
		}
		verdict, text := finding.Pass, finding.Plural(queued, "job")+", all done."
		switch {
		case undone+failed == 0:
		case undone == cut && failed == 0:
			verdict = finding.Inconclusive
			text = fmt.Sprintf("%s: %s not done when the trial was stopped before its end. They had no time to finish.",
				finding.Plural(queued, "job"), finding.Count(cut))
		default:
			verdict = finding.Fail
			text = fmt.Sprintf("%s: %s not done when the target was read after the load, %s failed.", finding.Plural(queued, "job"),
				finding.Count(undone), finding.Count(failed))
		}
		q := finding.Number(float64(undone+failed), "count", "records of the target, read after the load", queued)
		all = append(all, finding.New("BKG-001", verdict, finding.Scope{Setup: setup}, text).With(q))
		pace := finding.New("BKG-002", finding.Info, finding.Scope{Setup: setup}, words...)
		all = append(all, pace.With(finding.Number(drain, "s", methodDrain, queued)))
	}
	return all
}
