package durability

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/quantile"
)

// staleReads is DUR-007: a read after an acknowledged write shows it. Scenarios that read
// back and report it have the finding.
func staleReads(setup string, trials []*run.Trial) []finding.Finding {
	reads, stale := 0, 0
	var where, examples []string
	for _, t := range trials {
		for _, read := range t.Audit.Reads {
			reads += read.Reads
			stale += read.Stale
			if read.Stale > 0 {
				where = append(where, fmt.Sprintf("%s of %s of %s in %s", finding.Count(read.Stale), finding.Count(read.Reads),
					read.Tenant, t.Name))
				examples = append(examples, read.Examples...)
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
			finding.Plural(reads, "read")+" after an acknowledged write, none stale.").With(q)}
	}
	return []finding.Finding{finding.New("DUR-007", finding.Fail, scope,
		fmt.Sprintf("%s of %s did not show an acknowledged write: %s.", finding.Count(stale), finding.Plural(reads, "read"),
			finding.List(where, 6)),
		"Examples: "+finding.List(examples, 5)+".").With(q)}
}
