package analyzer

import (
	"fmt"
	"math"
	"slices"

	"odooharness/analyzer/quantile"
	"odooharness/analyzer/resilience"
	"odooharness/results"
)

// How the marks of a recovery were found.
const (
	methodDetect  = "in effect to the end of the first bin outside the baseline band"
	methodRecover = "removed to the first bin from which at least three stay inside the baseline band"
	methodArea    = "baseline share served within the band less the share in each bin, from in effect to back"
)

// bandFactor is how many times the calm P95 of its journey an arrival may take and
// still count as served as usual.
const bandFactor = 2

// bandAlpha is the probability, under the baseline, below which a bin counts as
// outside: over a hundred bins one false alarm in ten trials.
const bandAlpha = 0.001

// recoveries tells the story of every fault in every trial, and judges it.
func (d *dataset) recoveries() ([]RecoveryRow, []Finding) {
	var rows []RecoveryRow
	for _, t := range d.trials {
		usual := d.usual(t)
		for _, in := range t.Injections {
			rows = append(rows, d.recovery(t, in, usual))
		}
	}
	var all []Finding
	for _, setup := range d.setups {
		all = append(all, d.recoveryFindings(setup, rows)...)
	}
	return rows, all
}

// usual is what is usual in a trial: how long each journey may take, and how often
// the baseline itself misses that.
type usual struct {
	limit []uint32 // µs, by journey; unserved-1: the outcome alone counts
	band  resilience.Band
	share float64 // served within the band in the baseline
	rate  float64 // arrivals of abiding tenants a second
	n     int
}

// within reports whether an arrival was served as usual.
func (u *usual) within(r *record) bool { return r.served && r.latency <= u.limit[r.journey] }

// usual takes the band from the baseline of a trial; without one, from its other
// calm windows.
func (d *dataset) usual(t *trialData) usual {
	in := func(kind string) bool { return kind == results.WindowBaseline }
	if !slices.ContainsFunc(t.windows, func(w results.Window) bool { return in(w.Kind) }) {
		in = calm
	}
	u := usual{limit: make([]uint32, d.journeys.len())}
	served := make([][]float64, d.journeys.len())
	each := func(f func(r *record)) {
		for i := range t.journeys {
			r := &t.journeys[i]
			if r.window >= 0 && in(t.windows[r.window].Kind) && d.abiding[r.tenant] {
				f(r)
			}
		}
	}
	each(func(r *record) {
		if r.served {
			served[r.journey] = append(served[r.journey], float64(r.latency))
		}
	})
	for j, x := range served {
		u.limit[j] = unserved - 1
		if len(x) >= 6 {
			slices.Sort(x)
			u.limit[j] = uint32(min(bandFactor*quantile.Type1(x, 0.95), unserved-1))
		}
	}
	missed := 0
	each(func(r *record) {
		u.n++
		if !u.within(r) {
			missed++
		}
	})
	length := 0.0
	for _, w := range t.windows {
		if in(w.Kind) {
			length += (w.To - w.From).Seconds()
		}
	}
	u.band = resilience.NewBand(missed, u.n, bandAlpha)
	if u.n > 0 {
		u.share = 1 - float64(missed)/float64(u.n)
		u.rate = float64(u.n) / length
	}
	return u
}

// recovery is the story of one fault in one trial.
func (d *dataset) recovery(t *trialData, in results.Injection, u usual) RecoveryRow {
	row := RecoveryRow{Setup: t.Setup, Trial: t.Name, Injection: in, Outcomes: map[results.Outcome]int{}}
	missing := func(why string) RecoveryRow {
		row.Detect = none("s", methodDetect, 0, why)
		row.Recover = none("s", methodRecover, 0, why)
		row.AreaLost = none("share·s", methodArea, 0, why)
		return row
	}
	if in.InEffect == nil {
		return missing("never shown in effect")
	}
	from, removed, to := *in.InEffect, t.end, d.horizon(t, in)
	if in.Removed != nil {
		removed = *in.Removed
	}
	hit := d.hitBy(in)
	d.count(t, &row, hit, from, max(to, removed))
	if u.n == 0 {
		return missing("no undisturbed window to compare with")
	}
	arrivals := d.arrivals(t, hit, u)
	width := resilience.BinWidth(u.rate * float64(len(hit)) / float64(max(d.countAbiding(), 1)))
	during := resilience.Cut(arrivals, from.Seconds(), max(to, removed).Seconds(), width)
	after := resilience.Cut(arrivals, removed.Seconds(), to.Seconds(), width)
	row.Affected = d.affected(t, u, from, max(to, removed), width)
	detect, back := resilience.Detect(during, u.band), resilience.Recover(after, u.band)
	row.Detect = detectFigure(detect, width)
	row.Recover = recoverFigure(detect, back, width, in.Removed != nil)
	lost := during
	if !back.Censored {
		end := removed.Seconds() + back.Seconds
		lost = slices.DeleteFunc(slices.Clone(during), func(b resilience.Bin) bool { return b.From >= end })
	}
	row.AreaLost = number(resilience.AreaLost(lost, u.share), "share·s", methodArea, offered(lost))
	return row
}

func detectFigure(m resilience.Mark, width float64) Quantity {
	if m.Never {
		return none("s", methodDetect, 1, "service never left the baseline band")
	}
	return number(m.Seconds, "s", fmt.Sprintf("%s; bins of %g s", methodDetect, width), 1)
}

func recoverFigure(detect, back resilience.Mark, width float64, removed bool) Quantity {
	method := fmt.Sprintf("%s; bins of %g s", methodRecover, width)
	switch {
	case !removed:
		return none("s", method, 1, "the fault was never taken back")
	case detect.Never:
		return number(0, "s", method, 1, "service never left the baseline band")
	case back.Censored && back.Seconds <= 0:
		return none("s", method, 1, "the next event began as the fault was removed")
	}
	q := number(back.Seconds, "s", method, 1)
	q.Censored = back.Censored
	if back.Relapses > 0 {
		q.Warnings = append(q.Warnings, fmt.Sprintf("left the band again in %d single bins", back.Relapses))
	}
	return q
}

func offered(bins []resilience.Bin) int {
	n := 0
	for _, b := range bins {
		n += b.Offered
	}
	return n
}

// horizon is until when a fault's recovery can be watched: the beginning of the
// next event, or the end of the trial.
func (d *dataset) horizon(t *trialData, in results.Injection) results.Offset {
	from := in.Requested
	if in.Removed != nil {
		from = *in.Removed
	}
	for _, w := range t.windows {
		if (w.Kind == results.WindowFault || w.Kind == results.WindowNeighbor) && w.Fault != in.Fault && w.From >= from {
			return min(w.From, t.end)
		}
	}
	return t.end
}

// hitBy lists the abiding tenants within a fault's blast radius; all of them when
// the injection names none.
func (d *dataset) hitBy(in results.Injection) []int {
	var hit, all []int
	for i, name := range d.tenants.list {
		if !d.abiding[i] {
			continue
		}
		all = append(all, i)
		if slices.Contains(in.Tenants, name) {
			hit = append(hit, i)
		}
	}
	if len(hit) == 0 {
		return all
	}
	return hit
}

func (d *dataset) countAbiding() int {
	n := 0
	for _, a := range d.abiding {
		if a {
			n++
		}
	}
	return n
}

// arrivals lists the journeys of tenants and whether each was served as usual.
func (d *dataset) arrivals(t *trialData, tenants []int, u usual) []resilience.Arrival {
	var all []resilience.Arrival
	for i := range t.journeys {
		r := &t.journeys[i]
		if slices.Contains(tenants, int(r.tenant)) {
			all = append(all, resilience.Arrival{At: r.at.Seconds(), Served: u.within(r)})
		}
	}
	return all
}

// count fills in what the hit tenants' clients saw between two times.
func (d *dataset) count(t *trialData, row *RecoveryRow, hit []int, from, to results.Offset) {
	for i := range t.journeys {
		r := &t.journeys[i]
		if r.at >= from && r.at < to && slices.Contains(hit, int(r.tenant)) {
			row.Outcomes[results.Outcome(d.outcomes.list[r.outcome])]++
		}
	}
	for w, err := range t.writes {
		if err != nil {
			return
		}
		tenant, known := d.tenants.index[w.Tenant]
		if w.Ack == results.Indeterminate && w.Attempted >= from && w.Attempted < to && known && slices.Contains(hit, int(tenant)) {
			row.Indeterminate++
		}
	}
}

// affected lists the abiding tenants whose own service left the band: the level is
// that of all their bins together, as one of many bins is outside by chance.
func (d *dataset) affected(t *trialData, u usual, from, to results.Offset, width float64) []string {
	var names []string
	for i, abiding := range d.abiding {
		if !abiding {
			continue
		}
		bins := resilience.Cut(d.arrivals(t, []int{i}, u), from.Seconds(), to.Seconds(), max(width, 2))
		band := u.band
		band.Alpha = 0.01 / float64(max(len(bins)*d.countAbiding(), 1))
		if !resilience.Detect(bins, band).Never {
			names = append(names, d.tenantName(i))
		}
	}
	return names
}

// recoveryFindings judges the faults of a setup, each over its trials.
func (d *dataset) recoveryFindings(setup string, rows []RecoveryRow) []Finding {
	var faults []string
	for _, r := range rows {
		if r.Setup == setup {
			faults = appendNew(faults, r.Injection.Fault)
		}
	}
	var all []Finding
	for _, fault := range faults {
		var of []RecoveryRow
		for _, r := range rows {
			if r.Setup == setup && r.Injection.Fault == fault && r.Injection.InEffect != nil {
				of = append(of, r)
			}
		}
		if len(of) == 0 {
			continue // VAL-003 says so
		}
		scope := Scope{Setup: setup, Fault: fault}
		all = append(all, d.cameBack(scope, of), faultCost(scope, of))
		if f, ok := d.radius(scope, of); ok {
			all = append(all, f)
		}
	}
	return all
}

// cameBack is RES-001: the slowest recovery over the trials against the limit.
func (d *dataset) cameBack(scope Scope, rows []RecoveryRow) Finding {
	limit := d.opts.MaxRecovery
	worst, verdict := rows[0].Recover, Pass
	var because []string
	for _, r := range rows {
		q := r.Recover
		v, text := Pass, ""
		switch {
		case q.Missing:
			v, text = Inconclusive, fmt.Sprintf("%s: not known, %s.", r.Trial, q.Warnings[0])
		case q.Value > limit, q.Censored && q.Value >= limit:
			v, text = Fail, fmt.Sprintf("%s: back after %s%s, allowed are %s.", r.Trial, above(q), words(q.Value), words(limit))
		case q.Censored:
			v, text = Inconclusive, fmt.Sprintf("%s: not back within the %s that were left until the next event.", r.Trial,
				words(q.Value))
		case q.Value == 0:
			text = fmt.Sprintf("%s: back at once.", r.Trial)
		default:
			text = fmt.Sprintf("%s: back after %s.", r.Trial, words(q.Value))
		}
		because = append(because, text)
		if rank(v) > rank(verdict) {
			verdict, worst = v, q
		} else if rank(v) == rank(verdict) && q.Value > worst.Value {
			worst = q
		}
	}
	return finding("RES-001", verdict, scope, because...).with(worst)
}

func above(q Quantity) string {
	if q.Censored {
		return "more than "
	}
	return ""
}

// rank orders verdicts by what a run's verdict takes from them.
func rank(v Verdict) int { return slices.Index([]Verdict{Info, Pass, Inconclusive, Fail, Invalid}, v) }

// faultCost is RES-002.
func faultCost(scope Scope, rows []RecoveryRow) Finding {
	area, n := 0.0, 0
	var because []string
	for _, r := range rows {
		if !r.AreaLost.Missing {
			area = math.Max(area, r.AreaLost.Value)
			n++
		}
		text := fmt.Sprintf("%s: %s; %d writes without an answer", r.Trial, outcomeWords(r.Outcomes), r.Indeterminate)
		if !r.AreaLost.Missing {
			text += fmt.Sprintf("; %.1f share-seconds lost", r.AreaLost.Value)
		}
		because = append(because, text+".")
	}
	return finding("RES-002", Info, scope, because...).with(number(area, "share·s", methodArea+"; largest of the trials", n))
}

// radius is RES-003: tenants outside the blast radius that felt the fault.
func (d *dataset) radius(scope Scope, rows []RecoveryRow) (Finding, bool) {
	var outside []string
	for _, r := range rows {
		if len(r.Injection.Tenants) == 0 {
			return Finding{}, false
		}
		for _, tenant := range r.Affected {
			if !slices.Contains(r.Injection.Tenants, tenant) {
				outside = appendNew(outside, tenant)
			}
		}
	}
	if len(rows[0].Injection.Tenants) >= len(d.tenants.list) {
		return Finding{}, false // everyone is within it
	}
	if len(outside) == 0 {
		return finding("RES-003", Info, scope, "No tenant outside the blast radius felt it."), true
	}
	return finding("RES-003", Info, scope, fmt.Sprintf("%s felt it though outside the blast radius (%s).",
		joined(outside, 6), joined(rows[0].Injection.Tenants, 6))), true
}
