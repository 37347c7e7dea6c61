package analyzer

import (
	"fmt"
	"math"

	"example.org/odooharness/results"
)

const methodCalls = "calls that the carrier did not refuse, of all; its own counts; Wilson interval"

// carrierCounts is what a carrier counted in a window, or in a trial.
type carrierCounts struct{ asked, refused, repeated float64 }

// carrierCalls says what became of the connector's calls to the carrier, by window and,
// as BKG-003, by setup.
func (d *dataset) carrierCalls() ([]CallRow, []Finding) {
	type key struct{ setup, window, kind string }
	groups, totals := map[key]*carrierCounts{}, map[string]*carrierCounts{}
	var keys []key
	for _, t := range d.trials {
		for i, c := range t.callsByWindow() {
			if totals[t.Setup] == nil {
				totals[t.Setup] = &carrierCounts{}
			}
			totals[t.Setup].add(c)
			if i == len(t.windows) || t.windows[i].Kind == results.WindowWarmup {
				continue
			}
			k := key{t.Setup, t.windows[i].Name, t.windows[i].Kind}
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
				Done: shareOf(asked-refused, asked, methodCalls, d.opts.Level)})
		}
	}
	var all []Finding
	for _, setup := range d.setups {
		if totals[setup] == nil {
			continue
		}
		asked, refused, repeated := totals[setup].counts()
		if asked == 0 {
			continue
		}
		q := shareOf(refused, asked, "calls that the carrier refused, of all; its own counts; Wilson interval", d.opts.Level)
		all = append(all, finding("BKG-003", Info, Scope{Setup: setup},
			fmt.Sprintf("The carrier was asked %d times, refused %d, and was asked again for %d labels that it had made.",
				asked, refused, repeated)).with(q))
	}
	return rows, all
}

// callsByWindow integrates the carriers' rates over the windows of a trial, in their
// order: a rate holds from the reading before to its own, and each window has the part
// of that which lies within it. The last is of what is in no window.
func (t *trialData) callsByWindow() []carrierCounts {
	sums := make([]carrierCounts, len(t.windows)+1)
	for key, readings := range t.series("carrier.requests", "carrier.failed", "carrier.repeated") {
		for i := 1; i < len(readings); i++ {
			from, to := readings[i-1].at, readings[i].at
			rest := to - from
			for at, w := range t.windows {
				if part := min(to, w.To) - max(from, w.From); part > 0 {
					sums[at].count(key.series, readings[i].value*part.Seconds())
					rest -= part
				}
			}
			sums[len(t.windows)].count(key.series, readings[i].value*rest.Seconds())
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
