package durability_test

import (
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// Writes that were not audited do not pass: no acknowledged write, or an audit of a few of
// them. A lost write still fails.
func TestUnreadWritesAreNotPassed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op   results.AuditOp
		want finding.Verdict
		says string
	}{
		"all read back":      {results.AuditOp{}, finding.Pass, "none lost"},
		"none acknowledged":  {results.AuditOp{Attempted: 40}, finding.Inconclusive, "none of 80 writes was acknowledged"},
		"ten of the journal": {results.AuditOp{Attempted: 10, Acknowledged: 10}, finding.Inconclusive, "only 20 of 2,"},
		"lost among the few": {results.AuditOp{Attempted: 10, Acknowledged: 10, Lost: 1}, finding.Fail, "2 writes lost, of 20 acknowledged"},
	} {
		p := synthetic.Calm(5)
		c.op.Tenant, c.op.Op = "t1", results.OpOrder
		p.Audit = &results.Audit{Method: "sql", Operations: []results.AuditOp{c.op}}
		j := p.Judge()
		var verdicts []finding.Verdict
		said := ""
		for _, f := range j.Findings {
			if f.ID == "DUR-001" {
				verdicts, said = append(verdicts, f.Verdict), said+strings.Join(f.Because, " ")
			}
		}
		if len(verdicts) != 2 || verdicts[0] != c.want || verdicts[1] != c.want {
			t.Errorf("%s: %v, want %s twice", name, verdicts, c.want)
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q", name, said, c.says)
		}
	}
}
