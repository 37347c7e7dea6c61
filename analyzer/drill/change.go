package drill

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/quantile"
)

// changeDrill is CHG-001 and CHG-002.
func changeDrill(scope finding.Scope, row Row) []finding.Finding {
	done := finding.New("CHG-001", finding.Pass, scope, fmt.Sprintf("Done in %s, %d steps.", finding.Seconds(row.Took.Value),
		len(row.Drill.Steps))).With(row.Took)
	switch {
	case row.Drill.Err != "" && row.Drill.RolledBack:
		done = finding.New("CHG-001", finding.Fail, scope, "The change failed: "+row.Drill.Err+".", rolledBack(row)).With(row.Took)
	case row.Drill.Err != "":
		done = finding.New("CHG-001", finding.Fail, scope, "The change failed: "+row.Drill.Err+".").With(row.Took)
	case len(row.Drill.Steps) == 0:
		done = finding.New("CHG-001", finding.Inconclusive, scope, "The trial ended before the change began.")
	}
	share := finding.None("share", "journeys begun while it lasted", 0, "no journey began while it lasted")
	if row.Offered > 0 {
		share = finding.ShareOf(row.Failed, row.Offered, "journeys begun while it lasted and not served, Wilson interval", quantile.Level)
	}
	cost := finding.New("CHG-002", finding.Info, scope, fmt.Sprintf("%s: %d of %d journeys failed, %d steps found their session lost.",
		row.Drill.Strategy, row.Failed, row.Offered, row.Sessions)).With(share)
	return []finding.Finding{done, cost}
}

// rolledBack tells how long the way back took, and whether it led there.
func rolledBack(row Row) string {
	if row.Rollback.Missing {
		return "It could not be rolled back."
	}
	return fmt.Sprintf("It was rolled back in %s.", finding.Seconds(row.Rollback.Value))
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

// findings is CHG-003, the change failure share of a setup.
func (c changesOf) findings(setup string) []finding.Finding {
	n := c[setup]
	if n == nil {
		return nil
	}
	share := finding.ShareOf(n.failed, n.begun, "changes that failed or were rolled back, Wilson interval", quantile.Level)
	because := fmt.Sprintf("%d of %d changes failed.", n.failed, n.begun)
	return []finding.Finding{finding.New("CHG-003", finding.Info, finding.Scope{Setup: setup}, because).With(share)}
}
