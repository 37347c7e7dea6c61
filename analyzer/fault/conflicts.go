package fault

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// odooTries is MAX_TRIES_ON_CONCURRENCY_FAILURE of Odoo: a conflict that reaches a client
// comes after four that were retried.
const odooTries = 5

// conflicts is RES-005: Odoo retried conflicts of transactions before they reached clients.
func conflicts(r *run.Run) []finding.Finding {
	outcome, known := r.Outcomes.Index[string(results.Concurrency)]
	if !known {
		return nil
	}
	var all []finding.Finding
	for _, setup := range r.Setups {
		reached, retried, read := 0, 0.0, true
		for _, t := range r.TrialsOf(setup) {
			of, _ := countSteps(t, uint8(outcome), func(results.Window) bool { return true })
			reached += of
			n, ok := t.Total("odoo.retries")
			retried, read = retried+n, read && ok
		}
		if reached+int(retried) > 0 {
			all = append(all, conflictFinding(r, setup, reached, int(math.Round(retried)), read))
		}
	}
	return all
}

// conflictFinding compares the conflicts that reached clients with those retried. read is
// false when the log of Odoo was not read.
func conflictFinding(r *run.Run, setup string, reached, retried int, read bool) finding.Finding {
	scope := finding.Scope{Setup: setup}
	n := reached + retried
	lo, hi := clopperPearson(reached, n, r.Options.Level)
	q := finding.Number(float64(reached)/float64(n), "share", "conflicts that reached clients, of these and those retried; "+
		"exact binomial interval", n).Bounded(lo, hi, r.Options.Level)
	text := fmt.Sprintf("%s reached clients, Odoo retried %s.", finding.Plural(reached, "conflict"), finding.Count(retried))
	switch {
	case !read:
		return finding.New("RES-005", finding.Info, scope, text, "The log of Odoo was not read: retries are unknown.").With(q)
	case lo > 1.0/odooTries:
		return finding.New("RES-005", finding.Fail, scope, text,
			fmt.Sprintf("Odoo tries %d times, so at most one conflict in %d can reach a client.", odooTries, odooTries)).With(q)
	}
	return finding.New("RES-005", finding.Pass, scope, text).With(q)
}

// clopperPearson returns the exact interval of a share k/n (Clopper and Pearson 1934).
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
