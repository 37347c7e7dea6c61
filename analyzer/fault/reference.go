package fault

import (
	"fmt"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/resilience"
	"example.org/odooharness/results"
)

// A load that is heavier than that of the baseline by this factor, for certain, may itself
// push service out of the band.
const heavier = 1.25

// A load-matched reference needs so many arrivals.
const enoughMatched = 40

// matchWidth is the length in s of the stretches whose load is matched.
const matchWidth = 5

// reference is what service is compared with while and after a fault.
type reference struct {
	judge resilience.Judge
	least int     // arrivals with which a complete outage is seen
	share float64 // served as usual without the fault
	load  float64 // load after the fault over that of the baseline, 1: not heavier
	// blind is set when the load is heavier and nothing shows what service is then: service
	// outside the band may be the load's doing.
	blind bool
	words string // what the reference is, for a method; empty: the baseline
}

// referenceOf chooses the reference of a fault: the same stretch of the twin trial without
// the fault, else the baseline, else calm stretches under the load that followed the fault.
func referenceOf(r *run.Run, t *run.Trial, u run.Usual, hit []int, from, to results.Offset) reference {
	if twin := r.TwinOf(t); twin != nil {
		if m := movingBand(r, twin, u, hit, from, to); m != nil {
			return reference{judge: m, least: m.least(), share: m.share(from.Seconds(), to.Seconds()), load: 1,
				words: "the same stretch of the trial without the fault"}
		}
	}
	ref := reference{judge: u.Band, least: u.Band.Least(), share: u.Share, load: 1}
	arrivals := r.Arrivals(t, hit, u)
	ref.load = heavierLoad(t, arrivals, from, to)
	if ref.load <= 1 {
		return ref
	}
	missed, n, seconds := matched(t, arrivals, ref.load)
	if n < enoughMatched || 2*seconds < (to-from).Seconds() {
		ref.blind = true
		return ref
	}
	band := u.Band
	band.Miss = max(band.Miss, float64(missed+1)/float64(n+2))
	ref.judge, ref.least, ref.share = band, band.Least(), 1-float64(missed)/float64(n)
	ref.words = fmt.Sprintf("calm stretches under the same load, %s that of the baseline", finding.Ratio(ref.load))
	return ref
}

// at is the judge at another level.
func (ref reference) at(alpha float64) resilience.Judge {
	switch judge := ref.judge.(type) {
	case resilience.Band:
		judge.Alpha = alpha
		return judge
	case *moving:
		other := *judge
		other.alpha = alpha
		return &other
	}
	return ref.judge
}

// baselines reports the windows of the baseline, or all calm ones where there is none.
func baselines(t *run.Trial) func(results.Window) bool {
	has := slices.ContainsFunc(t.Windows, func(w results.Window) bool { return w.Kind == results.WindowBaseline })
	return func(w results.Window) bool {
		return w.Kind == results.WindowBaseline || !has && run.Calm(w.Kind)
	}
}

// heavierLoad returns the load of a stretch over that of the baseline; 1 when it is not
// certainly heavier by more than the factor.
func heavierLoad(t *run.Trial, arrivals []resilience.Arrival, from, to results.Offset) float64 {
	base := baselines(t)
	calm, after, seconds := 0.0, 0.0, 0.0
	for _, w := range t.Windows {
		if base(w) {
			seconds += (w.To - w.From).Seconds()
		}
	}
	for _, a := range arrivals {
		at := results.Offset(a.At * 1e9)
		if at >= from && at < to {
			after++
		}
		if i := run.WindowAt(t.Windows, at); i >= 0 && base(t.Windows[i]) {
			calm++
		}
	}
	length := (to - from).Seconds()
	if calm == 0 || after == 0 || !(seconds > 0) || !(length > 0) {
		return 1
	}
	ratio := after / length / (calm / seconds)
	const certain = 1.645 // one-sided 95 %
	if math.Log(ratio)-certain*math.Sqrt(1/after+1/calm) > 0 && ratio > heavier {
		return ratio
	}
	return 1
}

// matched counts the arrivals of calm stretches whose load is at least that after the fault,
// less a fifth, and those not served as usual. Queues grow with the time that a peak lasts:
// the stretches must be half as long as what is compared with them.
func matched(t *run.Trial, arrivals []resilience.Arrival, load float64) (missed, n int, length float64) {
	base := baselines(t)
	calm, seconds := 0, 0.0
	var stretches []resilience.Bin
	for _, w := range t.Windows {
		if !run.Calm(w.Kind) {
			continue
		}
		bins := resilience.Cut(arrivals, w.From.Seconds(), w.To.Seconds(), matchWidth)
		stretches = append(stretches, bins...)
		if base(w) {
			seconds += (w.To - w.From).Seconds()
			for _, b := range bins {
				calm += b.Offered
			}
		}
	}
	rate := float64(calm) / seconds
	for _, b := range stretches {
		if float64(b.Offered)/b.Width >= load*rate/heavier {
			n, missed, length = n+b.Offered, missed+b.Offered-b.Served, length+b.Width
		}
	}
	return missed, n, length
}

// moving is a band that follows the twin trial: the misses of a bin are compared with those
// of the twin about the same time.
type moving struct {
	twin  []resilience.Bin // of a second
	floor float64          // share of misses in the baseline
	alpha float64
}

// around is how far from a bin the twin is looked at, in s. The load changes little within.
const around = 5

// varies is how much larger the odds of a miss may be than in the twin, since trials vary.
const varies = 2

// movingBand holds the twin to the limits of the trial with the fault: its own baseline has no
// end, so that it contains the peak. It is nil when the twin has no arrival in the stretch.
func movingBand(r *run.Run, twin *run.Trial, u run.Usual, hit []int, from, to results.Offset) *moving {
	start := max(from.Seconds()-around, 0)
	m := &moving{floor: u.Band.Miss, alpha: u.Band.Alpha,
		twin: resilience.Cut(r.Arrivals(twin, hit, u), start, to.Seconds()+around, 1)}
	for _, b := range m.twin {
		if b.Offered > 0 {
			return m
		}
	}
	return nil
}

// near counts the twin's arrivals about a stretch of time.
func (m *moving) near(from, to float64) (missed, n int) {
	for _, b := range m.twin {
		if b.From+b.Width > from-around && b.From < to+around {
			missed, n = missed+b.Offered-b.Served, n+b.Offered
		}
	}
	return missed, n
}

func (m *moving) band(from, to float64) resilience.Band {
	missed, n := m.near(from, to)
	odds := varies * float64(missed+1) / float64(n-missed+1)
	return resilience.Band{Miss: max(m.floor, odds/(1+odds)), Alpha: m.alpha}
}

// Outside compares a bin with the twin about the same time.
func (m *moving) Outside(b resilience.Bin) bool { return m.band(b.From, b.From+b.Width).Outside(b) }

// least is that of the worst stretch of the twin that can show an outage at all.
func (m *moving) least() int {
	least := 1
	for _, b := range m.twin {
		if missed, n := m.near(b.From, b.From+b.Width); missed < n {
			band := m.band(b.From, b.From+b.Width)
			least = max(least, band.Least())
		}
	}
	return least
}

func (m *moving) share(from, to float64) float64 {
	missed, n := 0, 0
	for _, b := range m.twin {
		if b.From >= from && b.From < to {
			missed, n = missed+b.Offered-b.Served, n+b.Offered
		}
	}
	if n == 0 {
		return 1
	}
	return 1 - float64(missed)/float64(n)
}
