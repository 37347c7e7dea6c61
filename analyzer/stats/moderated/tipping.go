package moderated

import "math"

// Tipping is the largest standard deviation between trials that could have been
// assumed with the same answer against the limit at the level: "holds unless trials
// vary by more than 22 %". +Inf when no assumption undoes the answer (everything was
// unserved), NaN when there is no answer.
//
// From t s / sqrt(n) = |mean - ln limit| it is the tau with
//
//	d0 (mean(w) + tau^2) = (d0 + n - 1) s^2 - (n-1) S^2.
//
// The more trials there are, the less the assumption matters, and the larger it is.
func (e Estimate) Tipping(limit, level float64) float64 {
	if e.Compare(limit, level) == Undecided {
		return math.NaN()
	}
	if math.IsInf(e.Log, 0) {
		return math.Inf(1)
	}
	n := float64(e.N)
	squares := 0.0
	if e.N > 1 {
		squares = (n - 1) * e.Spread * e.Spread
	}
	s := math.Abs(e.Log-math.Log(limit)) * math.Sqrt(n) / e.student().Quantile((1+level)/2)
	return math.Sqrt(max(0, (e.DF*s*s-squares)/e.Prior.DF-e.Within))
}

// Concord is how far from the mean a further trial may lie, on the logarithms, without
// widening the interval at the level:
//
//	delta^2 <= s^2 (n+1)/n [ (t(v)/t(v+1))^2 (v+1)(n+1)/n - v ],  v = d0 + n - 1.
//
// What is guaranteed:
//   - With the variance given, the half-width t(v) s / sqrt(n) falls with every trial
//     from the first on.
//   - A trial within Concord of the mean, whose variance within is no larger than the
//     mean of the others, never widens the interval. When the prior is right, that holds
//     for 94 % of second trials and for at least 87 % of later ones (8 degrees of
//     freedom: 98 % and 90 %).
//   - On average over trials the interval narrows with each further trial.
//
// A trial further from the mean widens the interval, and has to: trials vary more than assumed.
func (e Estimate) Concord(level float64) float64 {
	if math.IsNaN(e.SE) {
		return math.NaN()
	}
	n, v := float64(e.N), e.DF
	next := e
	next.DF++
	t := e.student().Quantile((1+level)/2) / next.student().Quantile((1+level)/2)
	s2 := e.SE * e.SE * n
	return math.Sqrt(s2 * (n + 1) / n * (t*t*(v+1)*(n+1)/n - v))
}
