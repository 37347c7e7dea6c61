package validity

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// journeyOf is a journey of a tenant in one scenario.
type journeyOf struct{ scenario, tenant, journey string }

// indices counts the rows of each arrival of a journey.
type indices struct {
	rows  []uint8 // by index, at most 2
	alien int     // rows with an index that was not planned
}

// eachOnce verifies that several generators together recorded the arrivals 0 to n-1 of each
// journey, each once. That is an identity, not a share: the stripes of generators have
// neither a gap nor an overlap.
func eachOnce(t *run.Trial) []string {
	if len(t.Generators) == 0 || t.State != results.TrialComplete || t.Dir == "" {
		return nil
	}
	of := map[journeyOf]*indices{}
	for _, l := range t.Load {
		// A plan of many more arrivals than rows is refused for its missing rows, and must not
		// claim memory.
		if l.Indexed && l.Planned >= 0 && l.Planned <= 1000+4*int64(len(t.Journeys)) {
			of[journeyOf{l.Scenario, l.Tenant, l.Journey}] = &indices{rows: make([]uint8, l.Planned)}
		}
	}
	for c, err := range t.ArrivalColumns() {
		if err != nil {
			return nil // VAL-005 reports rows that cannot be read
		}
		for i, number := range c.Iteration {
			if c.Step.Names[c.Step.Index[i]] != results.Journey {
				continue
			}
			key := journeyOf{c.Scenario.Names[c.Scenario.Index[i]], c.Tenant.Names[c.Tenant.Index[i]],
				c.Journey.Names[c.Journey.Index[i]]}
			if x := of[key]; x != nil {
				x.count(number)
			}
		}
	}
	var because []string
	for _, l := range t.Load {
		if x := of[journeyOf{l.Scenario, l.Tenant, l.Journey}]; l.Indexed && x != nil {
			because = append(because, x.describe(l)...)
		}
	}
	return because
}

func (x *indices) count(number int64) {
	if number < 0 || number >= int64(len(x.rows)) {
		x.alien++
		return
	}
	x.rows[number] = min(x.rows[number]+1, 2)
}

// describe states what is wrong with the indices of a load; nil for nothing.
func (x *indices) describe(l results.Load) []string {
	missing, twice := 0, 0
	for _, n := range x.rows {
		switch n {
		case 0:
			missing++
		case 2:
			twice++
		}
	}
	if missing+twice+x.alien == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Of the %s of %s of %s, %s have no row, %s have more than one, and %s were not planned.",
		finding.Plural(len(x.rows), "arrival"), l.Journey, l.Tenant, finding.Count(missing), finding.Count(twice),
		finding.Count(x.alien))}
}
