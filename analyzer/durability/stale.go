package durability

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
)

// staleReads is DUR-007: whether those who wrote saw what they wrote. It is made
// where a scenario reads back and says so.
func staleReads(setup string, trials []*run.Trial) []finding.Finding {
	reads, stale := 0, 0
	var where, examples []string
	for _, t := range trials {
		for _, r := range t.Audit.Reads {
			reads += r.Reads
			stale += r.Stale
			if r.Stale > 0 {
				where = append(where, fmt.Sprintf("%d of %d of %s in %s", r.Stale, r.Reads, r.Tenant, t.Name))
				examples = append(examples, r.Examples...)
			}
		}
	}
	if reads == 0 {
		return nil
	}
	q := finding.ShareOf(stale, reads, "reads that did not show an acknowledged write, Wilson interval", quantile.Level)
	scope := finding.Scope{Setup: setup}
	if stale == 0 {
		return []finding.Finding{finding.New("DUR-007", finding.Pass, scope,
			fmt.Sprintf("All of %d reads showed what was acknowledged before.", reads)).With(q)}
	}
	return []finding.Finding{finding.New("DUR-007", finding.Fail, scope, fmt.Sprintf("%d of %d reads did not show what was acknowledged before: %s.",
		stale, reads, finding.List(where, 6)), "For example "+finding.List(examples, 5)+".").With(q)}
}
