package background

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

const (
	methodWaiting = "largest reading of the window"
	methodDrained = "end of the window to the first reading at or below the largest of the calm window before it"
)

// backlogWords returns what waits in each series that counts work left to do. A series with
// ".age" after the name has the age of the oldest entry.
func backlogWords() map[string]string {
	return map[string]string{
		lateArrivals:          "arrivals unanswered after 1 s",
		"jobs.cron.overdue":   "scheduled jobs overdue",
		"jobs.cron.triggers":  "triggered jobs not run",
		"jobs.outbox":         "messages to the carrier",
		"jobs.queue":          "open queue_job",
		"jobs.queue.failed":   "failed queue_job",
		"jobs.mail":           "mails to send",
		"redis.queue.pending": "stream entries without acknowledgement",
		"redis.queue.lag":     "stream entries not delivered",
	}
}

// backlogKey names one backlog: of a tenant, or of a component as a whole.
type backlogKey struct{ series, component, tenant string }

// waiting is a backlog over a trial.
type waiting struct{ count, age []run.Reading }

// backlogGroup is a backlog in one window over the trials of a setup.
type backlogGroup struct {
	largest, oldest float64
	read, aged      int // readings of the window
	grew            bool

	drained, open    float64 // s, longest of the trials: until drained; until the last reading where never
	followed, undone int     // trials with a reading after the window; of these never drained
}

// backlogs measures how much work waited in each window, the age of the oldest entry, and
// how long after the window the backlog needed to drain (BKG-004).
func backlogs(r *run.Run) ([]BacklogRow, []finding.Finding) {
	type key struct {
		setup, window, kind string
		of                  backlogKey
	}
	groups := map[key]*backlogGroup{}
	var keys []key
	for _, t := range r.Trials {
		all := readWaiting(t)
		maps.Copy(all, unanswered(r.Tenants.List, t.Journeys, t.End))
		order := slices.SortedFunc(maps.Keys(all), func(a, b backlogKey) int {
			return cmp.Or(cmp.Compare(a.series, b.series), cmp.Compare(a.component, b.component), cmp.Compare(a.tenant, b.tenant))
		})
		for i, w := range t.Windows {
			if w.Kind == results.WindowWarmup {
				continue
			}
			for _, of := range order {
				k := key{t.Setup, w.Name, w.Kind, of}
				if groups[k] == nil {
					groups[k] = &backlogGroup{}
					keys = append(keys, k)
				}
				groups[k].add(*all[of], t.Windows[:i], w)
			}
		}
	}
	var rows []BacklogRow
	for _, k := range keys {
		g := groups[k]
		if g.largest == 0 && !g.grew {
			continue // nothing waited
		}
		rows = append(rows, g.row(k.setup, k.window, k.kind, k.of))
	}
	return rows, backlogFindings(r, rows)
}

// readWaiting returns the backlogs of a trial, in time.
func readWaiting(t *run.Trial) map[backlogKey]*waiting {
	words := backlogWords()
	all := map[backlogKey]*waiting{}
	for p := range t.Numbers() {
		name, label, _ := strings.Cut(p.Series, "[")
		counted, aged := strings.CutSuffix(name, ".age")
		if words[counted] == "" {
			continue
		}
		if label != "" {
			counted += "[" + label
		}
		key := backlogKey{counted, p.Component, p.Tenant}
		if all[key] == nil {
			all[key] = &waiting{}
		}
		if aged {
			all[key].age = append(all[key].age, run.Reading{At: p.At, Value: p.Value})
		} else {
			all[key].count = append(all[key].count, run.Reading{At: p.At, Value: p.Value})
		}
	}
	return all
}

// add adds one window of one trial, and the readings after it. While a fault prevents
// readings a backlog grows unseen; the readings after it show it.
func (g *backlogGroup) add(w waiting, before []results.Window, window results.Window) {
	usual := w.usual(before, window)
	drained, last := results.Never, results.Never
	within := 0.0 // last reading of the window
	for _, r := range w.count {
		switch {
		case r.At < window.From:
		case r.At < window.To:
			g.largest, within, g.read = max(g.largest, r.Value), r.Value, g.read+1
		default:
			if last == results.Never && r.Value <= usual && within <= usual {
				drained = window.To // drained within the window, or never grew
			}
			if r.Value <= usual && drained == results.Never {
				drained = r.At
			}
			g.grew = g.grew || r.Value > usual && drained == results.Never
			last = r.At
		}
	}
	for _, r := range w.age {
		if window.From <= r.At && r.At < window.To {
			g.oldest, g.aged = max(g.oldest, r.Value), g.aged+1
		}
	}
	switch {
	case last == results.Never:
	case drained == results.Never:
		g.followed, g.undone = g.followed+1, g.undone+1
		g.open = max(g.open, (last - window.To).Seconds())
	default:
		g.followed++
		g.drained = max(g.drained, (drained - window.To).Seconds())
	}
}

// usual returns the largest reading of the last calm window before another one, since the
// readings of a healthy queue vary. Without one it is the last reading before.
func (w waiting) usual(before []results.Window, window results.Window) (usual float64) {
	for i := len(before) - 1; i >= 0; i-- {
		if !run.Calm(before[i].Kind) {
			continue
		}
		n := 0
		for _, r := range w.count {
			if before[i].From <= r.At && r.At < before[i].To {
				usual, n = max(usual, r.Value), n+1
			}
		}
		if n > 0 {
			return usual
		}
	}
	for _, r := range w.count {
		if r.At < window.From {
			usual = r.Value
		}
	}
	return usual
}

// disturbs reports whether a backlog of such a window has to drain after it.
func disturbs(kind string) bool {
	return kind == results.WindowFault || kind == results.WindowNeighbor || kind == results.WindowDrill
}

func (g *backlogGroup) row(setup, window, kind string, of backlogKey) BacklogRow {
	name, _, _ := strings.Cut(of.series, "[")
	row := BacklogRow{Setup: setup, Window: window, Kind: kind, Tenant: of.tenant, Component: of.component, Series: of.series,
		What:    backlogWords()[name],
		Largest: finding.Number(g.largest, "count", methodWaiting, g.read),
		Oldest:  finding.None("s", methodWaiting, 0, "no age was read"),
		Drain:   g.drain(kind)}
	if g.read == 0 {
		row.Largest = finding.None("count", methodWaiting, 0, "no reading in this window")
	}
	if g.aged > 0 {
		row.Oldest = finding.Number(g.oldest, "s", methodWaiting, g.aged)
	}
	return row
}

func (g *backlogGroup) drain(kind string) finding.Quantity {
	switch {
	case !disturbs(kind):
		return finding.None("s", methodDrained, 0, "the window is not disturbed")
	case g.followed == 0:
		return finding.None("s", methodDrained, 0, "no reading after the window")
	case g.undone > 0:
		q := finding.Number(g.open, "s", methodDrained, g.followed,
			fmt.Sprintf("not drained at the last reading in %d of %s", g.undone, finding.Plural(g.followed, "trial")))
		q.Censored = true
		return q
	}
	return finding.Number(g.drained, "s", methodDrained, g.followed)
}

// backlogFindings is BKG-004 of each setup: each kind of backlog where it was worst.
func backlogFindings(r *run.Run, rows []BacklogRow) []finding.Finding {
	var all []finding.Finding
	for _, setup := range r.Setups {
		worst := map[string]BacklogRow{}
		drain := finding.None("s", methodDrained, 0, "no backlog drained")
		for _, r := range rows {
			if r.Setup != setup {
				continue
			}
			if w, ok := worst[r.What]; !ok || r.worse(w) {
				worst[r.What] = r
			}
			if !r.Drain.Missing && (drain.Missing || longer(r.Drain, drain)) {
				drain = r.Drain
			}
		}
		if len(worst) == 0 {
			continue
		}
		var words []string
		for _, what := range slices.Sorted(maps.Keys(worst)) {
			words = append(words, worst[what].words())
		}
		all = append(all, finding.New("BKG-004", finding.Info, finding.Scope{Setup: setup}, words...).With(drain))
	}
	return all
}

// longer reports whether a drain is longer than another. One without an end is the longest.
func longer(a, b finding.Quantity) bool {
	if a.Censored != b.Censored {
		return a.Censored
	}
	return a.Value > b.Value
}

// worse reports whether a row is worse than another of its kind: by whether it drained, then
// by age, then by size.
func (r BacklogRow) worse(than BacklogRow) bool {
	switch {
	case r.Drain.Censored != than.Drain.Censored:
		return r.Drain.Censored
	case r.Oldest.Value != than.Oldest.Value:
		return r.Oldest.Value > than.Oldest.Value
	}
	return r.Largest.Value > than.Largest.Value
}

func (r BacklogRow) words() string {
	text := r.What + ": no reading"
	if !r.Largest.Missing {
		text = fmt.Sprintf("%s: at most %s", r.What, finding.Decimal(r.Largest.Value))
	}
	if !r.Oldest.Missing {
		text += ", the oldest for " + finding.Seconds(r.Oldest.Value)
	}
	text += " in " + r.Window
	if r.Tenant != "" {
		text += " of " + r.Tenant
	}
	switch {
	case r.Drain.Censored:
		text += fmt.Sprintf("; not drained %s later", finding.Seconds(r.Drain.Value))
	case r.Drain.Value > 0:
		text += fmt.Sprintf("; drained %s later", finding.Seconds(r.Drain.Value))
	}
	return text + "."
}
