package background

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

const methodCalls = "calls that the carrier did not refuse, of all, by its own counters; Wilson interval"

// carrierCounts are the counters of a carrier over a window or a trial.
type carrierCounts struct{ calls, refused, repeated float64 }

// carrierCalls counts the calls of the connector to the carrier by window, and by setup
// (BKG-003).
func carrierCalls(r *run.Run) ([]CallRow, []finding.Finding) {
	type key struct{ setup, window, kind string }
	groups, totals := map[key]*carrierCounts{}, map[string]*carrierCounts{}
	var keys []key
	for _, t := range r.Trials {
		for i, c := range callsByWindow(t) {
			if totals[t.Setup] == nil {
				totals[t.Setup] = &carrierCounts{}
			}
			totals[t.Setup].add(c)
			if i == len(t.Windows) || t.Windows[i].Kind == results.WindowWarmup {
				continue
			}
			k := key{t.Setup, t.Windows[i].Name, t.Windows[i].Kind}
			if groups[k] == nil {
				groups[k] = &carrierCounts{}
				keys = append(keys, k)
			}
			groups[k].add(c)
		}
	}
	var rows []CallRow
	for _, k := range keys {
		if calls, refused, repeated := groups[k].counts(); calls > 0 {
			rows = append(rows, CallRow{Setup: k.setup, Window: k.window, Kind: k.kind, Asked: calls, Refused: refused, Repeated: repeated,
				Done: finding.ShareOf(calls-refused, calls, methodCalls, r.Options.Level)})
		}
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		if totals[setup] == nil {
			continue
		}
		calls, refused, repeated := totals[setup].counts()
		if calls == 0 {
			continue
		}
		q := finding.ShareOf(refused, calls, "calls that the carrier refused, of all, by its own counters; Wilson interval",
			r.Options.Level)
		all = append(all, finding.New("BKG-003", finding.Info, finding.Scope{Setup: setup},
			fmt.Sprintf("%s, %s refused. %s again although already made.", finding.Plural(calls, "call"),
				finding.Count(refused), finding.Plural(repeated, "label")+" requested")).With(q))
	}
	return rows, all
}

// callsByWindow integrates the rates of the carriers over the windows of a trial. A rate
// holds from the reading before to its own; each window gets its part. The last entry is
// the rest, outside of every window.
func callsByWindow(t *run.Trial) []carrierCounts {
	sums := make([]carrierCounts, len(t.Windows)+1)
	for key, readings := range t.Series("carrier.requests", "carrier.failed", "carrier.repeated") {
		for i := 1; i < len(readings); i++ {
			from, to := readings[i-1].At, readings[i].At
			rest := to - from
			for at, w := range t.Windows {
				if part := min(to, w.To) - max(from, w.From); part > 0 {
					sums[at].count(key.Series, readings[i].Value*part.Seconds())
					rest -= part
				}
			}
			sums[len(t.Windows)].count(key.Series, readings[i].Value*rest.Seconds())
		}
	}
	return sums
}

func (c *carrierCounts) count(series string, n float64) {
	switch series {
	case "carrier.requests":
		c.calls += n
	case "carrier.failed":
		c.refused += n
	default:
		c.repeated += n
	}
}

func (c *carrierCounts) add(more carrierCounts) {
	c.calls, c.refused, c.repeated = c.calls+more.calls, c.refused+more.refused, c.repeated+more.repeated
}

// counts returns whole calls.
func (c *carrierCounts) counts() (calls, refused, repeated int) {
	calls = int(math.Round(c.calls))
	return calls, min(int(math.Round(c.refused)), calls), int(math.Round(c.repeated))
}
