package analyzer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"odooharness/results"
)

const (
	methodWaiting = "largest reading of the window"
	methodDrained = "end of the window to the first reading at or below the last one before its begin"
)

// backlogWords names what waits in each series that counts work left to do. Where
// there is a series of the same name with ".age" behind it, that is how long the
// oldest has waited.
func backlogWords() map[string]string {
	return map[string]string{
		"jobs.cron.overdue":   "scheduled jobs overdue",
		"jobs.cron.triggers":  "triggered jobs not run",
		"jobs.outbox":         "messages to the carrier",
		"jobs.queue":          "queue_job open",
		"jobs.queue.failed":   "queue_job failed, to be retried",
		"jobs.mail":           "mails to send",
		"redis.queue.pending": "stream entries delivered, not acknowledged",
		"redis.queue.lag":     "stream entries not delivered",
	}
}

// backlogKey names one backlog: of a tenant, or of a component as a whole.
type backlogKey struct{ series, component, tenant string }

// waiting is a backlog over a trial.
type waiting struct{ count, age []reading }

// backlogGroup is a backlog in one window over the trials of a setup.
type backlogGroup struct {
	largest, oldest, drain float64
	aged, open             bool // some age was read; in some trial it did not drain
	n                      int  // readings
}

// backlogs says how much work waited in each window, how long the oldest of it had
// waited, and how long it took after the window until no more waited than before it
// (BKG-004).
func (d *dataset) backlogs() ([]BacklogRow, []Finding) {
	type key struct {
		setup, window, kind string
		of                  backlogKey
	}
	groups := map[key]*backlogGroup{}
	var keys []key
	for _, t := range d.trials {
		all := t.waiting()
		order := slices.SortedFunc(maps.Keys(all), func(a, b backlogKey) int {
			return cmp.Or(cmp.Compare(a.series, b.series), cmp.Compare(a.component, b.component), cmp.Compare(a.tenant, b.tenant))
		})
		for _, w := range t.windows {
			if w.Kind == results.WindowWarmup {
				continue
			}
			for _, of := range order {
				k := key{t.Setup, w.Name, w.Kind, of}
				if groups[k] == nil {
					groups[k] = &backlogGroup{}
					keys = append(keys, k)
				}
				groups[k].add(*all[of], w)
			}
		}
	}
	var rows []BacklogRow
	for _, k := range keys {
		g := groups[k]
		if g.largest == 0 {
			continue // nothing waited
		}
		rows = append(rows, g.row(k.setup, k.window, k.kind, k.of))
	}
	return rows, d.backlogFindings(rows)
}

// waiting reads the backlogs of a trial, in time.
func (t *trialData) waiting() map[backlogKey]*waiting {
	words := backlogWords()
	all := map[backlogKey]*waiting{}
	for p := range t.numbers() {
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
			all[key].age = append(all[key].age, reading{p.At, p.Value})
		} else {
			all[key].count = append(all[key].count, reading{p.At, p.Value})
		}
	}
	return all
}

// add takes in one window of one trial.
func (g *backlogGroup) add(w waiting, window results.Window) {
	before, largest, last, n := 0.0, 0.0, 0.0, 0
	drained, ended := results.Never, window.To
	for _, r := range w.count {
		switch {
		case r.at < window.From:
			before = r.value
		case r.at < window.To:
			largest, last, n = max(largest, r.value), r.value, n+1
		case r.value <= before && drained == results.Never:
			drained = r.at
		}
		ended = max(ended, r.at)
	}
	for _, r := range w.age {
		if window.From <= r.at && r.at < window.To {
			g.oldest, g.aged = max(g.oldest, r.value), true
		}
	}
	g.n += n
	g.largest = max(g.largest, largest)
	if n == 0 || last <= before {
		return // nothing is left of what the window added
	}
	if drained == results.Never {
		drained, g.open = ended, true
	}
	g.drain = max(g.drain, (drained - window.To).Seconds())
}

func (g *backlogGroup) row(setup, window, kind string, of backlogKey) BacklogRow {
	name, _, _ := strings.Cut(of.series, "[")
	row := BacklogRow{Setup: setup, Window: window, Kind: kind, Tenant: of.tenant, Component: of.component, Series: of.series,
		What:    backlogWords()[name],
		Largest: number(g.largest, "count", methodWaiting, g.n),
		Oldest:  none("s", methodWaiting, 0, "its age was not read"),
		Drain:   number(g.drain, "s", methodDrained, g.n)}
	if g.aged {
		row.Oldest = number(g.oldest, "s", methodWaiting, g.n)
	}
	if g.open {
		row.Drain.Censored = true
		row.Drain.Warnings = append(row.Drain.Warnings, "it had not drained at the last reading")
	}
	return row
}

// backlogFindings is BKG-004: of each kind of backlog where it was worst, by setup.
func (d *dataset) backlogFindings(rows []BacklogRow) []Finding {
	var all []Finding
	for _, setup := range d.setups {
		worst := map[string]BacklogRow{}
		drain := none("s", methodDrained, 0, "nothing waited")
		for _, r := range rows {
			if r.Setup != setup {
				continue
			}
			if w, ok := worst[r.What]; !ok || r.worse(w) {
				worst[r.What] = r
			}
			if drain.Missing || r.Drain.Value > drain.Value || r.Drain.Value == drain.Value && r.Drain.Censored {
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
		all = append(all, finding("BKG-004", Info, Scope{Setup: setup}, words...).with(drain))
	}
	return all
}

// worse reports whether more was late, or more waited, than in another row of its kind.
func (r BacklogRow) worse(than BacklogRow) bool {
	if r.Oldest.Value != than.Oldest.Value {
		return r.Oldest.Value > than.Oldest.Value
	}
	return r.Largest.Value > than.Largest.Value
}

func (r BacklogRow) words() string {
	text := fmt.Sprintf("%s: at most %.0f", r.What, r.Largest.Value)
	if !r.Oldest.Missing {
		text += fmt.Sprintf(", the oldest for %.1f s", r.Oldest.Value)
	}
	text += " in " + r.Window
	if r.Tenant != "" {
		text += " of " + r.Tenant
	}
	switch {
	case r.Drain.Censored:
		text += fmt.Sprintf("; not drained %.0f s later", r.Drain.Value)
	case r.Drain.Value > 0:
		text += fmt.Sprintf("; drained %.0f s later", r.Drain.Value)
	}
	return text + "."
}
