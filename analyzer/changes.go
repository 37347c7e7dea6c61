package analyzer

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/quantile"
)

// changeDrill is CHG-001 and CHG-002.
func changeDrill(scope Scope, row DrillRow) []Finding {
	done := finding("CHG-001", Pass, scope, fmt.Sprintf("Done in %s, %d steps.", words(row.Took.Value),
		len(row.Drill.Steps))).with(row.Took)
	switch {
	case row.Drill.Err != "" && row.Drill.RolledBack:
		done = finding("CHG-001", Fail, scope, "The change failed: "+row.Drill.Err+".", rolledBack(row)).with(row.Took)
	case row.Drill.Err != "":
		done = finding("CHG-001", Fail, scope, "The change failed: "+row.Drill.Err+".").with(row.Took)
	case len(row.Drill.Steps) == 0:
		done = finding("CHG-001", Inconclusive, scope, "The trial ended before the change began.")
	}
	share := none("share", "journeys begun while it lasted", 0, "no journey began while it lasted")
	if row.Offered > 0 {
		share = shareOf(row.Failed, row.Offered, "journeys begun while it lasted and not served, Wilson interval", quantile.Level)
	}
	cost := finding("CHG-002", Info, scope, fmt.Sprintf("%s: %d of %d journeys failed, %d steps found their session lost.",
		row.Drill.Strategy, row.Failed, row.Offered, row.Sessions)).with(share)
	return []Finding{done, cost}
}

// rolledBack tells how long the way back took, and whether it led there.
func rolledBack(row DrillRow) string {
	if row.Rollback.Missing {
		return "It could not be rolled back."
	}
	return fmt.Sprintf("It was rolled back in %s.", words(row.Rollback.Value))
}

// changesOf counts the changes of each setup.
type changesOf map[string]*struct{ begun, failed int }

func (c changesOf) count(row DrillRow) {
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
func (c changesOf) findings(setup string) []Finding {
	n := c[setup]
	if n == nil {
		return nil
	}
	share := shareOf(n.failed, n.begun, "changes that failed or were rolled back, Wilson interval", quantile.Level)
	because := fmt.Sprintf("%d of %d changes failed.", n.failed, n.begun)
	return []Finding{finding("CHG-003", Info, Scope{Setup: setup}, because).with(share)}
}
