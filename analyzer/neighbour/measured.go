package neighbour

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/quantile"
)

// compared is what one tenant, or all abiding ones, got without and with the neighbour in
// the trials of a setup.
type compared struct {
	who        string // as sentences begin
	tenant     int
	strata     run.Strata
	trials     []run.Conditions
	estimate   moderated.Estimate
	calm       level.Share // of arrivals served without the neighbour
	under      level.Share // of arrivals served under it
	switchback bool
}

// compareOver measures the slowdown over trials. Each trial gives one effect, whatever the
// number of trials; package moderated puts them together.
func compareOver(r *run.Run, setup string, tenant int, strata run.Strata, trials []run.Conditions) compared {
	c := compared{who: r.TenantName(tenant), tenant: tenant, strata: strata, trials: trials}
	if tenant == run.Everyone {
		c.who = "All abiding tenants together"
	}
	var effects []effect.Effect
	for _, t := range trials {
		c.switchback = c.switchback || t.Switchback
		effects = append(effects, effectOf(t.Calm, t.Neighbour, strata))
	}
	c.estimate = moderated.Of(effects, r.PriorOf("ISO-001", scopeOf(setup), prior(c.switchback)))
	c.calm = served(trials, func(t run.Conditions) []effect.Condition { return t.Calm })
	c.under = served(trials, func(t run.Conditions) []effect.Condition { return t.Neighbour })
	return c
}

// scopeOf is the scope of the primary question of a setup.
func scopeOf(setup string) finding.Scope {
	return finding.Scope{Setup: setup, Tenant: finding.Everyone}
}

// prior is the assumption about how much trials vary, where earlier runs do not show it.
func prior(switchback bool) moderated.Prior {
	if switchback {
		return moderated.Switchback()
	}
	return moderated.Default()
}

// effectOf is the effect of one trial.
func effectOf(calm, under []effect.Condition, strata run.Strata) effect.Effect {
	if !strata.Known() {
		return effect.Unknown("too few arrivals")
	}
	return effect.OfBlocks(calm, under, strata.Weights, strata.P)
}

// served is the share of arrivals that were served, over the trials. How long a stretch of
// unserved arrivals lasts is taken from those arrivals, not from the latencies.
func served(trials []run.Conditions, blocks func(run.Conditions) []effect.Condition) level.Share {
	var counted []level.Counted
	var all []float64 // 1 for a served arrival, e for another: the correlation is that of logarithms
	for _, t := range trials {
		var c level.Counted
		for _, b := range blocks(t) {
			c.Offered += len(b.Latency)
			for _, x := range b.Latency {
				if math.IsInf(x, 1) {
					all = append(all, math.E)
					continue
				}
				c.Good++
				all = append(all, 1)
			}
		}
		counted = append(counted, c)
	}
	time := quantile.CorrelationTime(all)
	for i := range counted {
		counted[i].Time = time
	}
	return level.ShareOf(counted, level.DefaultShare())
}

// arrivals is the number of arrivals in blocks of all trials.
func (c compared) arrivals(blocks func(run.Conditions) []effect.Condition) int {
	n := 0
	for _, t := range c.trials {
		for _, b := range blocks(t) {
			n += len(b.Latency)
		}
	}
	return n
}

func calmBlocks(t run.Conditions) []effect.Condition      { return t.Calm }
func neighbourBlocks(t run.Conditions) []effect.Condition { return t.Neighbour }

// percentile is the name of the percentile: p95, p90 or p50. A tenant with too few arrivals
// for any has the lowest that could be chosen.
func (c compared) percentile() string { return percentileName(c.strata) }

func percentileName(s run.Strata) string {
	p := s.P
	if !s.Known() {
		p = s.Lowest
	}
	return fmt.Sprintf("p%.4g", 100*p)
}

// typical is the geometric mean, over trials and journeys, of the journeys' percentiles in
// s. Its ratio of two conditions is the slowdown. longest is the largest latency of a
// served arrival. Unserved percentiles give +Inf.
func (c compared) typical(blocks func(run.Conditions) []effect.Condition) (value, longest float64) {
	sum, n := 0.0, 0
	for _, t := range c.trials {
		by := make([][]float64, len(c.strata.Weights))
		for _, b := range blocks(t) {
			for i, x := range b.Latency {
				if j := int(b.Journey[i]); j < len(by) && c.strata.Weights[j] > 0 {
					by[j] = append(by[j], x)
				}
				if !math.IsInf(x, 1) {
					longest = max(longest, x)
				}
			}
		}
		n++
		for j, x := range by {
			if c.strata.Weights[j] > 0 {
				slices.Sort(x)
				sum += c.strata.Weights[j] * math.Log(quantile.Interpolated(x, c.strata.P, quantile.Type8))
			}
		}
	}
	return math.Exp(sum / float64(n)), longest
}

// lost is the share of arrivals that only the neighbour left unserved, with its interval
// (Newcombe's, from those of both shares).
func (c compared) lost(level float64) (value, lo, hi float64) {
	value = c.calm.Value - c.under.Value
	calmLo, calmHi := c.calm.Interval(level)
	underLo, underHi := c.under.Interval(level)
	lo = value - math.Hypot(c.calm.Value-calmLo, underHi-c.under.Value)
	hi = value + math.Hypot(calmHi-c.calm.Value, c.under.Value-underLo)
	return value, lo, hi
}

// above reports whether the ratio is above a limit at a level. When the percentile falls
// among the unserved arrivals under the neighbour alone, it is above every limit, unless
// chance explains so many unserved ones.
func (c compared) above(limit, level float64) bool {
	if math.IsInf(c.estimate.Log, 1) {
		return c.estimate.P(limit) <= 1-level
	}
	return c.estimate.Compare(limit, level) == moderated.Above
}

func (c compared) below(limit, level float64) bool {
	return c.estimate.Compare(limit, level) == moderated.Below
}

// slowdown is the figure of the ratio.
func (c compared) slowdown(level float64) finding.Quantity {
	name := c.percentile()
	method := "geometric mean over journeys of the " + name + " under the neighbour over that without it; moderated t over trials"
	e := c.estimate
	switch {
	case !c.strata.Known():
		calm, under := c.arrivals(calmBlocks), c.arrivals(neighbourBlocks)
		q := finding.None("ratio", method, min(calm, under), fmt.Sprintf(
			"n=%s without the neighbour and %s under it; %s needs %s of one journey in each trial", finding.Count(calm),
			finding.Count(under), name, finding.Count(effect.Need(c.strata.Lowest))))
		q.Need = effect.Need(c.strata.Lowest)
		return q
	case !e.Known():
		return finding.None("ratio", method, e.N, e.Why)
	case math.IsInf(e.Log, 1):
		base, _ := c.typical(calmBlocks)
		_, longest := c.typical(neighbourBlocks)
		if !(longest > base) {
			return finding.None("ratio", method, e.N, "the "+name+" is among the arrivals that the neighbour left unserved")
		}
		q := finding.Number(longest/base, "ratio", method, e.N, "too many arrivals were not served")
		q.Censored = true
		return q
	case math.IsInf(e.Log, -1):
		return finding.None("ratio", method, e.N, "too many arrivals without the neighbour were not served")
	}
	lo, hi := e.Interval(level)
	return finding.Number(e.Ratio(), "ratio", method, e.N).Bounded(lo, hi, level)
}
