package level

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/odooharness/analyzer/stats/moderated"
)

// Counted is one trial's good arrivals of those offered.
type Counted struct {
	Good, Offered int
	// Time is the correlation time of the trial's arrivals; 1 when they are
	// independent, at least 1. Several trials together have one time: take that of
	// their latencies one after another, which also sees levels that differ.
	Time float64
}

// excess is how much more of the variance of a share than of a mean logarithm dependence
// makes, measured in M/M/8: V = 1 + excess (T - 1), T the correlation time.
const excess = 2.5

// Inflation is the factor on the variance of a share whose arrivals have a correlation time,
// at least 1.
func Inflation(time float64) float64 { return 1 + excess*(time-1) }

// Time is the correlation time that has an inflation: the inverse of [Inflation].
func Time(inflation float64) float64 { return 1 + (inflation-1)/excess }

// DefaultShare is the prior for shares where no history is at hand: the logits of
// trials vary by 0.4, known with 4 degrees of freedom. Near P90 to P99 that is what 10 to
// 15 % in latency come to.
func DefaultShare() moderated.Prior { return moderated.Prior{Tau: 0.4, DF: 4} }

// Share is a share of good arrivals over trials.
type Share struct {
	Value     float64 // of all arrivals together; NaN without arrivals
	N         int     // trials
	DF        float64 // degrees of freedom
	Effective float64 // independent arrivals that all trials together are worth
	Prior     moderated.Prior
	within    float64 // variance of a trial's logit within it
	pq        float64 // p (1-p) of all arrivals, never quite 0
}

// ShareOf puts trials together. Trials without arrivals are left out.
//
// With p the share of all and m arrivals a trial, the variance of a trial's logit is
// V/(m p q) + tau^2, V = 1 + 2.5 (T-1). It is pooled with the observed variance of the
// trials' shares, S^2/(p q)^2, to s^2; the effective number is n / (p q s^2).
func ShareOf(trials []Counted, prior moderated.Prior) Share {
	var shares, times []float64
	good, offered := 0, 0
	for _, t := range trials {
		if t.Offered <= 0 {
			continue
		}
		good, offered = good+t.Good, offered+t.Offered
		shares, times = append(shares, float64(t.Good)/float64(t.Offered)), append(times, max(1, t.Time))
	}
	s := Share{Value: math.NaN(), N: len(shares), DF: math.NaN(), Prior: prior}
	if s.N == 0 {
		return s
	}
	n := float64(s.N)
	s.Value = float64(good) / float64(offered)
	p := (float64(good) + 0.5) / (float64(offered) + 1) // not quite 0 or 1, where logits end
	pq := p * (1 - p)
	inflation := Inflation(stat.Mean(times, nil))
	assumed := inflation/(float64(offered)/n*pq) + prior.Tau*prior.Tau
	squares := 0.0
	if s.N > 1 {
		squares = (n - 1) * stat.Variance(shares, nil) / (pq * pq)
	}
	s.within, s.pq = assumed-prior.Tau*prior.Tau, pq
	s.DF = prior.DF + n - 1
	s.Effective = n * s.DF / (pq * (prior.DF*assumed + squares))
	return s
}

// Interval is Wilson's with Student's t in place of the normal quantile. 0..1 without
// arrivals.
func (s Share) Interval(level float64) (lo, hi float64) {
	if s.N == 0 {
		return 0, 1
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: s.DF}.Quantile((1 + level) / 2)
	z := t * t / s.Effective
	centre := (s.Value + z/2) / (1 + z)
	half := math.Sqrt(z*s.Value*(1-s.Value)+z*z/4) / (1 + z)
	lo, hi = max(0, centre-half), min(1, centre+half)
	// Exact at the ends, where rounding would leave a sliver.
	if s.Value >= 1 {
		hi = 1
	}
	if s.Value <= 0 {
		lo = 0
	}
	return lo, hi
}

// Compare decides whether the share is above or below a target at a level: its whole
// interval is. A share that equals the target at its bound is above.
func (s Share) Compare(target, level float64) moderated.Side {
	lo, hi := s.Interval(level)
	switch {
	case s.N == 0:
		return moderated.Undecided
	case lo >= target:
		return moderated.Above
	case hi < target:
		return moderated.Below
	}
	return moderated.Undecided
}

// Extended is the share that so many trials, at least one, would show if they went on like
// those at hand.
func (s Share) Extended(trials int) Share {
	if s.N == 0 {
		return s
	}
	s.Effective *= float64(trials) / float64(s.N)
	s.DF += float64(trials - s.N)
	s.N = trials
	return s
}

// mostTrials bounds the answer of [Share.Needs].
const mostTrials = 50

// Needs is the number of trials that decide on which side of a target the share is, if they
// go on like those at hand. 0: more than 50.
func (s Share) Needs(target, level float64) int {
	for trials := max(s.N, 1); trials <= mostTrials; trials++ {
		if s.Extended(trials).Compare(target, level) != moderated.Undecided {
			return trials
		}
	}
	return 0
}

// Logit is the logarithm of the odds as an estimate, to be compared with the odds of a
// target. Its intervals are a little wider than Wilson's near 0 and 1.
func (s Share) Logit() moderated.Estimate {
	if s.N == 0 {
		return moderated.Of(nil, s.Prior)
	}
	p := (1 + math.Sqrt(1-4*s.pq)) / 2
	if s.Value < 0.5 {
		p = 1 - p
	}
	return moderated.Estimate{Log: math.Log(p / (1 - p)), SE: math.Sqrt(1 / (s.pq * s.Effective)), DF: s.DF, N: s.N,
		Within: s.within, Spread: math.NaN(), Prior: s.Prior}
}
