package remedy

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/neighbour"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/setups"
	"example.org/odooharness/results"
)

// Answer is whether a remedy helps.
type Answer string

// The answers.
const (
	Helps     Answer = "helps"
	HelpsNot  Answer = "does not help" // no material difference
	Harms     Answer = "makes it worse"
	HelpsPart Answer = "helps in part" // lower latency but less served, or the reverse
	Undecided Answer = "undecided"
)

// Row is one remedy that was tried.
type Row struct {
	Name       string           `json:"name"`
	Of         string           `json:"of"` // setup that it changes
	About      string           `json:"about"`
	Answer     Answer           `json:"answer"`
	Where      string           `json:"where"`      // condition of the comparison
	Quantile   string           `json:"quantile"`   // of the latency
	Effect     finding.Quantity `json:"effect"`     // latency with the remedy over that without
	Served     finding.Quantity `json:"served"`     // share served with the remedy less that without
	Before     finding.Quantity `json:"before"`     // slowdown under the disruptive tenant, without the remedy
	After      finding.Quantity `json:"after"`      // slowdown with it
	Calm       finding.Quantity `json:"calm"`       // latency in calm windows with the remedy over that without
	Disruptive [2]Share         `json:"disruptive"` // what disruptive tenants were served, without and with the remedy
	Price      finding.Quantity `json:"price"`      // change of the price, as a share
	Breaks     []string         `json:"breaks"`     // findings that fail with the remedy alone, each with its reason
	Pairs      int              `json:"pairs"`      // replicates that decide, or do not
	Takes      string           `json:"takes,omitempty"`
	Words      string           `json:"words"`
}

// Share is how much of what was offered was served.
type Share struct {
	Offered int `json:"offered"`
	Served  int `json:"served"`
}

// Judge describes each remedy of the run from the comparisons and findings of other packages.
func Judge(r *run.Run, endpoints []setups.Endpoint, isolation []neighbour.Row,
	findings []finding.Finding) (rows []Row, all []finding.Finding) {
	for _, tried := range r.Results.Manifest.Remedies {
		row := Row{Name: tried.Name, Of: tried.Of, About: tried.About, Before: slowdown(isolation, tried.Of),
			After: slowdown(isolation, tried.Name), Price: price(r.Setup(tried.Of), r.Setup(tried.Name)),
			Disruptive: [2]Share{disruptive(r, tried.Of), disruptive(r, tried.Name)}}
		row.compare(endpoints)
		row.Breaks = broken(findings, tried)
		row.Words = row.sentence()
		rows = append(rows, row)
		all = append(all, row.finding())
	}
	return rows, all
}

// compare takes the effect from the main comparison of the remedy with its setup.
func (row *Row) compare(endpoints []setups.Endpoint) {
	of := func(main bool, family, measure string) *setups.Endpoint {
		i := slices.IndexFunc(endpoints, func(e setups.Endpoint) bool {
			return e.A == row.Of && e.B == row.Name && e.Measure == measure && (main && e.Main || !main && e.Family == family)
		})
		if i < 0 {
			return nil
		}
		return &endpoints[i]
	}
	const why = "no replicate has both setups"
	row.Answer = Undecided
	row.Effect, row.Served = finding.None("ratio", "", 0, why), finding.None("share", "", 0, why)
	row.Calm = finding.None("ratio", "", 0, why)
	latency := of(true, "", setups.MeasureLatency)
	if latency == nil {
		row.Takes = "a replicate with both setups"
		return
	}
	row.Effect, row.Where, row.Quantile, row.Pairs = latency.Effect, latency.Where(), latency.Quantile, latency.Pairs
	served := of(false, latency.Family, setups.MeasureServed)
	side := 0
	if served != nil {
		row.Served, side = served.Effect, served.Side
	}
	if calm := of(false, setups.FamilyCalm, setups.MeasureLatency); calm != nil && calm.Family != latency.Family {
		row.Calm = calm.Effect
	}
	row.Answer = answer(latency, side)
	if row.Answer == Undecided {
		row.Takes = latency.Takes
	}
}

// answer combines the latency with the side of the share served: -1 more is served with the
// remedy, 1 less.
func answer(latency *setups.Endpoint, served int) Answer {
	switch sides := [2]int{latency.Side, served}; {
	case slices.Contains(sides[:], -1) && slices.Contains(sides[:], 1):
		return HelpsPart
	case slices.Contains(sides[:], -1):
		return Helps
	case slices.Contains(sides[:], 1):
		return Harms
	case latency.Verdict == finding.Pass:
		return HelpsNot
	}
	return Undecided
}

// slowdown is that of all abiding tenants of a setup together.
func slowdown(rows []neighbour.Row, setup string) finding.Quantity {
	for _, row := range rows {
		if row.Setup == setup && row.Tenant == finding.Everyone {
			return row.Slowdown
		}
	}
	return finding.None("ratio", "", 0, "not measured")
}

// broken are the findings that fail with a remedy and not without it.
func broken(findings []finding.Finding, tried results.Remedy) []string {
	fails := func(id, setup string) bool {
		return slices.ContainsFunc(findings, func(f finding.Finding) bool {
			return f.ID == id && f.Scope.Setup == setup && f.Verdict == finding.Fail
		})
	}
	var all []string
	for _, f := range findings {
		if f.Scope.Setup == tried.Name && f.Verdict == finding.Fail && !fails(f.ID, tried.Of) {
			all = append(all, finding.Reason(f))
		}
	}
	return all
}

// price is the change of the price of an hour, as a share of that of the setup.
func price(of, with results.Setup) finding.Quantity {
	const method = "price of an hour with the remedy over that without, less 1"
	if !(of.CostPerHour > 0) || !(with.CostPerHour > 0) || of.Currency != with.Currency {
		return finding.None("share", method, 0, "the setups have no price in one currency")
	}
	return finding.Number(with.CostPerHour/of.CostPerHour-1, "share", method, 1)
}

// disruptive counts the journeys of disruptive tenants, after the warm-up.
func disruptive(r *run.Run, setup string) Share {
	var s Share
	for _, t := range r.TrialsOf(setup) {
		for _, j := range t.Journeys {
			if r.Abiding[j.Tenant] {
				continue
			}
			s.Offered++
			if j.Served {
				s.Served++
			}
		}
	}
	return s
}

// finding is REM-001. A remedy that helps or not decides nothing about the run.
func (row Row) finding() finding.Finding {
	verdict := finding.Info
	because := []string{row.Words}
	if row.Answer == Undecided {
		verdict = finding.Inconclusive
		because = append(because, row.Takes+".")
	}
	because = append(because, row.costs()...)
	f := finding.New("REM-001", verdict, finding.Scope{Setup: row.Name, Quantile: row.Quantile}, because...)
	f.Title = fmt.Sprintf("%s: %s", f.Title, row.About)
	return f.With(row.Effect).Against(row.Before)
}
