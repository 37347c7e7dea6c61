package setups

import (
	"cmp"
	"slices"

	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/effect"
	"example.org/odooharness/results"
)

// family is a condition under which setups are compared.
type family int

const (
	calm family = iota
	neighbour
	faults
)

// families lists them, the one first that is the main question of an experiment that has it.
func families() []family { return []family{neighbour, faults, calm} }

// id is the finding that words the answer.
func (f family) id() string { return [...]string{"CMP-001", "CMP-002", "CMP-003"}[f] }

// FamilyCalm is the family of calm windows in the judgement.
const FamilyCalm = "calm"

// String names the family in the judgement.
func (f family) String() string { return [...]string{FamilyCalm, "neighbour", "faults"}[f] }

// where words the condition.
func (f family) where() string {
	return [...]string{"in calm windows", "next to the disruptive tenant", "during and after faults"}[f]
}

// stretch is a part of a trial under one condition.
type stretch struct {
	from, to results.Offset
	fault    int // number of the fault: a stratum
}

// pair is the trials of two setups in one replicate, and what both were exposed to.
type pair struct {
	trials  [2]*run.Trial
	faulted [2][]stretch
}

// pairUp pairs the trials of two setups by replicate, each trial once. A copy of an earlier
// trial is no further evidence, and one without arrivals has none.
func pairUp(r *run.Run, a, b string) []pair {
	var all []pair
	seen := map[uint64]bool{}
	of := func(setup string) map[int]*run.Trial {
		found := map[int]*run.Trial{}
		for _, t := range r.TrialsOf(setup) {
			mark := t.Fingerprint()
			if found[t.Replicate] == nil && len(t.Journeys) > 0 && (mark == 0 || !seen[mark]) {
				found[t.Replicate] = t
				seen[mark] = true
			}
		}
		return found
	}
	ta, tb := of(a), of(b)
	for replicate, t := range ta {
		if tb[replicate] != nil {
			all = append(all, pair{trials: [2]*run.Trial{t, tb[replicate]}})
		}
	}
	slices.SortFunc(all, func(x, y pair) int { return cmp.Compare(x.trials[0].Replicate, y.trials[0].Replicate) })
	horizons := horizonsOf(r, all)
	for i := range all {
		all[i].expose(horizons)
	}
	return all
}

// expose finds the stretches of the faults that were in effect on both sides.
func (p *pair) expose(horizons []horizon) {
	for number, h := range horizons {
		var from [2]results.Offset
		both := h.length > 0
		for side, t := range p.trials {
			if in := injectionOf(t, h.fault); in != nil {
				from[side] = *in.InEffect
			} else {
				both = false
			}
		}
		for side := range p.trials {
			if both {
				p.faulted[side] = append(p.faulted[side], stretch{from[side], from[side] + h.length, number})
			}
		}
	}
}

// until is a trial up to a time: of a trial that was halted, the other side's counts only as
// long as it lasted.
func until(t *run.Trial, end results.Offset) *run.Trial {
	if t.End <= end {
		return t
	}
	part := *t
	part.Windows = nil
	for _, w := range t.Windows {
		if w.To = min(w.To, end); w.From < w.To {
			part.Windows = append(part.Windows, w)
		}
	}
	return &part
}

// horizon is how long a fault is looked at from the moment at which it is in effect: the same
// in every trial of both setups.
type horizon struct {
	fault  string
	length results.Offset // 0: it was not in effect on both
	cut    bool           // it acted longer in some trials: only what all have in common counts
}

// alike is how much the duration of a fault may differ between trials, as a share.
const alike = 0.1

// horizonsOf returns the horizon of each fault of the pairs, in the order of injection.
func horizonsOf(r *run.Run, pairs []pair) []horizon {
	var all []horizon
	for _, p := range pairs {
		for _, t := range p.trials {
			for _, in := range t.Injections {
				if !slices.ContainsFunc(all, func(h horizon) bool { return h.fault == in.Fault }) {
					all = append(all, horizon{fault: in.Fault})
				}
			}
		}
	}
	for i := range all {
		all[i].measure(r, pairs)
	}
	return all
}

// measure finds the length: until the next event or the end of a trial, at most the limit of
// a recovery after the removal. A fault that acted longer in some trials than in others is
// looked at only while it acts in all.
func (h *horizon) measure(r *run.Run, pairs []pair) {
	var acts, free []results.Offset
	for _, p := range pairs {
		for _, t := range p.trials {
			in := injectionOf(t, h.fault)
			if in == nil {
				continue
			}
			until := nextEvent(t, *in)
			acts = append(acts, min(*cmp.Or(in.Removing, in.Removed, &until), until)-*in.InEffect)
			free = append(free, until-*in.InEffect)
		}
	}
	if len(acts) == 0 {
		return
	}
	shortest, longest := slices.Min(acts), slices.Max(acts)
	h.length = max(0, min(slices.Min(free), shortest+results.Offset(r.Options.MaxRecovery*1e9)))
	const tick = results.Offset(5e8)
	if longest-shortest > max(tick, results.Offset(alike*float64(shortest))) {
		h.length, h.cut = max(0, shortest), true
	}
}

// injectionOf is the injection of a fault that was shown in effect, nil without one.
func injectionOf(t *run.Trial, fault string) *results.Injection {
	for i := range t.Injections {
		if in := &t.Injections[i]; in.Fault == fault && in.InEffect != nil {
			return in
		}
	}
	return nil
}

// nextEvent is when the next event after a fault begins, or the trial ends.
func nextEvent(t *run.Trial, in results.Injection) results.Offset {
	until := t.End
	for _, w := range t.Windows {
		own := w.Fault == in.Fault
		if w.From > *in.InEffect && !own && w.Kind != results.WindowRecovery {
			until = min(until, w.From)
		}
	}
	return until
}

// arrivals are what abiding tenants experienced on one side of a pair, one condition a block
// or fault. The stratum is the journey, under faults the fault and the journey.
func (p *pair) arrivals(r *run.Run, f family, side int) []effect.Condition {
	if f != faults {
		c := r.Conditions(until(p.trials[side], min(p.trials[0].End, p.trials[1].End)), run.Everyone)
		if f == calm {
			return c.Calm
		}
		return c.Neighbour
	}
	t := p.trials[side]
	out := make([]effect.Condition, len(p.faulted[side]))
	for i, s := range p.faulted[side] {
		from, _ := slices.BinarySearchFunc(t.Journeys, s.from, byTime)
		to, _ := slices.BinarySearchFunc(t.Journeys, s.to, byTime)
		for k := from; k < to; k++ {
			if rec := &t.Journeys[k]; r.Abiding[rec.Tenant] {
				out[i].Journey = append(out[i].Journey, int32(s.fault*r.Journeys.Len()+int(rec.Journey)))
				out[i].Latency = append(out[i].Latency, rec.Seconds())
			}
		}
	}
	return out
}

func byTime(rec run.Record, at results.Offset) int { return cmp.Compare(rec.At, at) }

// strata is the number of strata of a family.
func strata(r *run.Run, pairs []pair, f family) int {
	n := 1
	for _, p := range pairs {
		for _, s := range p.faulted[0] {
			if f == faults {
				n = max(n, s.fault+1)
			}
		}
	}
	return n * r.Journeys.Len()
}
