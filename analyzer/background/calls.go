package background

import (
	"fmt"
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

const methodCalls = "calls that the carrier did not refuse, of all; its own counts; Wilson interval"

// carrierCounts is what a carrier counted in a window, or in a trial.
type carrierCounts struct{ asked, refused, repeated float64 }

// carrierCalls says what became of the connector's calls to the carrier, by window and,
// as BKG-003, by setup.
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
		if asked, refused, repeated := groups[k].counts(); asked > 0 {
			rows = append(rows, CallRow{Setup: k.setup, Window: k.window, Kind: k.kind, Asked: asked, Refused: refused, Repeated: repeated,
				Done: finding.ShareOf(asked-refused, asked, methodCalls, r.Options.Level)})
		}
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		if totals[setup] == nil {
			continue
		}
		asked, refused, repeated := totals[setup].counts()
		if asked == 0 {
			continue
		}
		q := finding.ShareOf(refused, asked, "calls that the carrier refused, of all; its own counts; Wilson interval", r.Options.Level)
		all = append(all, finding.New("BKG-003", finding.Info, finding.Scope{Setup: setup},
			fmt.Sprintf("The carrier was asked %d times, refused %d, and was asked again for %d labels that it had made.",
				asked, refused, repeated)).With(q))
	}
	return rows, all
}

// callsByWindow integrates the carriers' rates over the windows of a trial, in their
// order: a rate holds from the reading before to its own, and each window has the part
// of that which lies within it. The last is of what is in no window.
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
		c.asked += n
	case "carrier.failed":
		c.refused += n
	default:
		c.repeated += n
	}
}

func (c *carrierCounts) add(more carrierCounts) {
	c.asked, c.refused, c.repeated = c.asked+more.asked, c.refused+more.refused, c.repeated+more.repeated
}

// counts rounds what was integrated.
func (c *carrierCounts) counts() (asked, refused, repeated int) {
	asked = int(math.Round(c.asked))
	return asked, min(int(math.Round(c.refused)), asked), int(math.Round(c.repeated))
}
