package drill

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/quantile"
)

// changeDrill is CHG-001 and CHG-002: the change was completed, and its cost.
func changeDrill(scope finding.Scope, row Row) []finding.Finding {
	done := finding.New("CHG-001", finding.Pass, scope, fmt.Sprintf("Completed in %s, %s.", finding.Seconds(row.Took.Value),
		finding.Plural(len(row.Drill.Steps), "step"))).With(row.Took)
	switch {
	case row.Drill.Err != "" && row.Drill.RolledBack:
		done = finding.New("CHG-001", finding.Fail, scope, "The change failed: "+row.Drill.Err+".", rolledBack(row)).With(row.Took)
	case row.Drill.Err != "":
		done = finding.New("CHG-001", finding.Fail, scope, "The change failed: "+row.Drill.Err+".").With(row.Took)
	case len(row.Drill.Steps) == 0:
		done = finding.New("CHG-001", finding.Inconclusive, scope, "The trial ended before the change.")
	}
	share := finding.None("share", "journeys begun during the change", 0, "no journey began during the change")
	if row.Offered > 0 {
		share = finding.ShareOf(row.Failed, row.Offered, "journeys begun during the change and not served, Wilson interval",
			quantile.Level)
	}
	cost := finding.New("CHG-002", finding.Info, scope, fmt.Sprintf("%s: %s of %s failed, %s with a lost session.",
		row.Drill.Strategy, finding.Count(row.Failed), finding.Plural(row.Offered, "journey"),
		finding.Plural(row.Sessions, "step"))).With(share)
	return []finding.Finding{done, cost}
}

// rolledBack reports the rollback of a failed change.
func rolledBack(row Row) string {
	if row.Rollback.Missing {
		return "The rollback failed."
	}
	return fmt.Sprintf("Rolled back in %s.", finding.Seconds(row.Rollback.Value))
}

// changesOf counts the changes of each setup.
type changesOf map[string]*struct{ begun, failed int }

func (c changesOf) count(row Row) {
	if len(row.Drill.Steps) == 0 {
		return
	}
	if c[row.Setup] == nil {
		c[row.Setup] = &struct{ begun, failed int }{}
	}
	c[row.Setup].begun++
	if row.Drill.Err != "" {
		c[row.Setup].failed++
	}
}

// findings is CHG-003: the share of changes of a setup that failed.
func (c changesOf) findings(setup string) []finding.Finding {
	n := c[setup]
	if n == nil {
		return nil
	}
	share := finding.ShareOf(n.failed, n.begun, "changes that failed or were rolled back, Wilson interval", quantile.Level)
	because := fmt.Sprintf("%d of %s failed.", n.failed, finding.Plural(n.begun, "change"))
	return []finding.Finding{finding.New("CHG-003", finding.Info, finding.Scope{Setup: setup}, because).With(share)}
}
