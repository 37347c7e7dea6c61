package analyzer

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/results"
)

// odooTries is Odoo's MAX_TRIES_ON_CONCURRENCY_FAILURE: a conflict that reaches a
// client comes after four that were tried again.
const odooTries = 5

// conflicts is RES-005: whether conflicts of transactions reached clients that Odoo
// should have tried again.
func (d *dataset) conflicts() []Finding {
	outcome, known := d.outcomes.index[string(results.Concurrency)]
	if !known {
		return nil
	}
	var all []Finding
	for _, setup := range d.setups {
		reached, retried, read := 0, 0.0, true
		for _, t := range d.of(setup) {
			reached += t.countSteps(uint8(outcome), func(results.Window) bool { return true })
			n, ok := t.total("odoo.retries")
			retried, read = retried+n, read && ok
		}
		if reached+int(retried) > 0 {
			all = append(all, d.conflictFinding(setup, reached, int(math.Round(retried)), read))
		}
	}
	return all
}

func (d *dataset) conflictFinding(setup string, reached, retried int, read bool) Finding {
	scope := Scope{Setup: setup}
	n := reached + retried
	lo, hi := clopperPearson(reached, n, d.opts.Level)
	q := number(float64(reached)/float64(n), "share", "conflicts that reached clients, of these and those tried again; "+
		"exact binomial interval", n).bounded(lo, hi, d.opts.Level)
	text := fmt.Sprintf("%d conflicts reached clients, %d were tried again by Odoo.", reached, retried)
	switch {
	case !read:
		return finding("RES-005", Info, scope, text, "Odoo's log was not read: retries are not known.").with(q)
	case lo > 1.0/odooTries:
		return finding("RES-005", Fail, scope, text,
			fmt.Sprintf("Odoo tries %d times: more than every %dth cannot reach a client, however hot the rows.",
				odooTries, odooTries)).with(q)
	}
	return finding("RES-005", Pass, scope, text).with(q)
}

// clopperPearson is the exact interval of a share k/n.
func clopperPearson(k, n int, level float64) (lo, hi float64) {
	tail := (1 - level) / 2
	lo, hi = 0, 1
	if k > 0 {
		lo = distuv.Beta{Alpha: float64(k), Beta: float64(n-k) + 1}.Quantile(tail)
	}
	if k < n {
		hi = distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return lo, hi
}
