package attribution

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/attribution"
)

// What a link needs: a trial long enough for its lags, and late journeys.
const (
	linkSeconds  = 20.0 // the longest lead
	leastLags    = 3
	leastLate    = 5 // bins with a late arrival
	linkRounds   = 400
	mostLinks    = 8 // rows of one setup
	methodLinked = "prewhitened cross-correlation given the offered load and a trend, beyond what all series, lags and circular " +
		"shifts reach by chance; interval by stationary bootstrap"
)

// linked is ATT-001: the telemetry series of each setup that moved with late journeys of
// abiding tenants, and how long before.
func linked(r *run.Run) ([]LinkRow, []finding.Finding) { return run.BySetup(r, linkedIn) }

// candidate is one series of one trial, and its link with late journeys.
type candidate struct {
	trial string
	s     binnedSeries
	b     bins
	lags  int
	level float64
	link  attribution.Link
}

func linkedIn(r *run.Run, setup string) ([]LinkRow, []finding.Finding) {
	var all []candidate
	var refused []string
	telemetry := false
	for _, t := range r.TrialsOf(setup) {
		b := binned(r, t, r.Usual(t))
		telemetry = telemetry || len(b.series) > 0
		lags := min(int(math.Ceil(linkSeconds/b.width)), (len(b.late)-20)/4)
		late := 0
		for _, v := range b.late {
			if v > 0 {
				late++
			}
		}
		switch {
		case len(b.series) == 0:
		case lags < leastLags:
			refused = append(refused, fmt.Sprintf("%s has %s of %s, %d needed", t.Name, finding.Plural(len(b.late), "bin"),
				finding.Seconds(b.width), 4*leastLags+20))
		case late < leastLate:
			refused = append(refused, fmt.Sprintf("%s has late journeys in %s, %d needed", t.Name, finding.Plural(late, "bin"), leastLate))
		default:
			for _, s := range b.series {
				all = append(all, candidate{trial: t.Name, s: s, b: b, lags: lags})
			}
		}
	}
	if !telemetry {
		return nil, nil
	}
	scope := finding.Scope{Setup: setup, Tenant: finding.Everyone}
	if len(all) == 0 {
		return nil, []finding.Finding{finding.New("ATT-001", finding.Inconclusive, scope,
			"Not enough late journeys to link telemetry with: "+finding.List(refused, 3)+".")}
	}
	rows, compared := leads(r, setup, all)
	return rows, []finding.Finding{linkedFinding(scope, rows, compared, len(refused))}
}

// leads returns the links beyond chance, one for each series, the strongest first. The level
// is shared out among all series of all trials, and by [attribution.Lead] among the lags.
func leads(r *run.Run, setup string, all []candidate) (rows []LinkRow, compared int) {
	random := rand.New(rand.NewPCG(r.Results.Manifest.Seed, 0x417474)) // reproducible on purpose
	best := map[run.SeriesKey]candidate{}
	found := map[run.SeriesKey]int{}
	for _, c := range all {
		c.level = 1 - (1-r.Options.Level)/float64(len(all))
		link, err := attribution.Lead(c.s.values, c.b.late, c.b.load, c.lags, c.level, 0, random)
		if err != nil {
			continue // the series only follows the load
		}
		compared++
		if !link.Found {
			continue
		}
		key := run.SeriesKey{Series: c.s.name, Component: c.s.component}
		c.link = link
		found[key]++
		if old, ok := best[key]; !ok || math.Abs(link.Correlation) > math.Abs(old.link.Correlation) {
			best[key] = c
		}
	}
	var kept []candidate
	for _, c := range best {
		kept = append(kept, c)
	}
	slices.SortFunc(kept, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(math.Abs(b.link.Correlation), math.Abs(a.link.Correlation)),
			cmp.Compare(a.s.name, b.s.name), cmp.Compare(a.s.component, b.s.component))
	})
	for _, c := range kept[:min(mostLinks, len(kept))] {
		link, err := attribution.Interval(c.link, c.s.values, c.b.late, c.b.load, c.lags, r.Options.Level, linkRounds, random)
		if err != nil {
			continue
		}
		c.link = link
		rows = append(rows, linkRow(setup, c, found[run.SeriesKey{Series: c.s.name, Component: c.s.component}], r.Options.Level))
	}
	return rows, compared
}

func linkRow(setup string, c candidate, trials int, level float64) LinkRow {
	s := func(lag int) float64 { return float64(lag) * c.b.width }
	lead := finding.Number(s(c.link.Lag), "s", methodLinked, len(c.b.late)).Bounded(s(c.link.Lo), s(c.link.Hi), level)
	return LinkRow{Setup: setup, Trial: c.trial, Series: c.s.name, Component: c.s.component, Lead: lead, Trials: trials,
		Correlation: finding.Number(c.link.Correlation, "", fmt.Sprintf("prewhitened; chance alone reaches %s",
			finding.Decimal(c.link.Band)), len(c.b.late)),
		Words: linkWords(c)}
}

// linkWords words a link, without a causal word.
func linkWords(c candidate) string {
	verb := "grew"
	if c.link.Correlation < 0 {
		verb = "fell"
	}
	s := func(lag int) string { return fmt.Sprintf("%g", float64(lag)*c.b.width) }
	what := c.s.what() + " " + verb
	switch l := c.link; {
	case l.Lo <= 1 && l.Hi >= -1:
		return what + " when journeys were late"
	case l.Lag < 0:
		return fmt.Sprintf("%s %s s [%s, %s] after journeys were late", what, s(-l.Lag), s(-l.Hi), s(-l.Lo))
	default:
		return fmt.Sprintf("%s %s s [%s, %s] before journeys were late", what, s(l.Lag), s(l.Lo), s(l.Hi))
	}
}

func linkedFinding(scope finding.Scope, rows []LinkRow, compared, refused int) finding.Finding {
	if len(rows) == 0 {
		return finding.New("ATT-001", finding.Info, scope, fmt.Sprintf(
			"None of %d series moved with late journeys beyond chance and the load.", compared))
	}
	var because []string
	for _, row := range rows {
		because = append(because, upper(row.Words)+".")
	}
	because = append(because, fmt.Sprintf("A link in time among %d series, not a cause.", compared))
	if refused > 0 {
		because = append(because, finding.Plural(refused, "trial")+" too short, or without enough late journeys.")
	}
	return finding.New("ATT-001", finding.Info, scope, because...).With(rows[0].Lead)
}

// upper capitalises the beginning of a sentence. Names of series and faults stay.
func upper(s string) string {
	if rest, ok := strings.CutPrefix(s, "the "); ok {
		return "The " + rest
	}
	return s
}
