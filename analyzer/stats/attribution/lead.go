package attribution

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Link is how a driver relates to an outcome in time.
type Link struct {
	Lag         int     // bins by which the driver leads, at the largest correlation; negative: it follows
	Lo, Hi      int     // interval of the lag
	Correlation float64 // there, prewhitened and given the load
	Band        float64 // what chance reaches at any of the lags, or any circular shift
	Found       bool    // the correlation exceeds the band, and not by one event alone
}

// Lead finds the lag at which the driver x leads the outcome y, both given the offered
// load, one value a bin: residuals on the load and a trend in time, clipped; prewhitening by an
// AR model of x (order by AIC, at most 5); the largest correlation among lags -k..k, its
// interval from a stationary bootstrap of the filtered pairs at lag zero
// offset.
//
// It is found when it is larger than chance among independent values reaches, than any
// circular shift of y against x reaches, and when it does not rest on a single event: two
// series that have one event each are always close somewhere.
//
// Pairs (x_t, y_{t+lag}) are resampled together in blocks around each candidate lag, so
// the interval shows how certain the position of the peak is. It is a link, not a cause.
func Lead(x, y, load []float64, k int, level float64, rounds int, random *rand.Rand) (Link, error) {
	fx, fy, err := filtered(x, y, load, k)
	if err != nil {
		return Link{}, err
	}
	c := CCF(fx, fy, k)
	at := peak(c)
	if at < 0 {
		return Link{}, fmt.Errorf("find lead: a series does not change")
	}
	l := Link{Lag: at - k, Correlation: c[at], Band: max(Band(len(fx), len(c), level), shifted(fx, fy, k))}
	l.Found = math.Abs(l.Correlation) > l.Band && !restsOnOneEvent(fx, fy, l.Lag, k)
	l.Lo, l.Hi = l.Lag, l.Lag
	if !l.Found || rounds < 20 {
		return l, nil
	}
	return l.within(fx, fy, k, level, rounds, random), nil
}

// Interval gives a link that was found at one level, shared out among many, its
// interval at another.
func Interval(l Link, x, y, load []float64, k int, level float64, rounds int, random *rand.Rand) (Link, error) {
	fx, fy, err := filtered(x, y, load, k)
	if err != nil {
		return Link{}, err
	}
	return l.within(fx, fy, k, level, rounds, random), nil
}

// filtered are both series given the load and without the driver's memory.
func filtered(x, y, load []float64, k int) (fx, fy []float64, err error) {
	n := len(x)
	if n != len(y) || n != len(load) || n < 4*k+20 || k < 0 {
		return nil, nil, fmt.Errorf("find lead: %d, %d and %d bins are unequal or too few for lags up to %d", n, len(y), len(load), k)
	}
	if stat.Variance(x, nil) == 0 || stat.Variance(y, nil) == 0 {
		return nil, nil, errors.New("find lead: a series does not change")
	}
	rx, ry := clipped(Detrended(load, x)), clipped(Detrended(load, y))
	model := BestAR(rx, 5)
	return model.Filter(rx), model.Filter(ry), nil
}

func (l Link) within(fx, fy []float64, k int, level float64, rounds int, random *rand.Rand) Link {
	lags := bootstrapLags(fx, fy, k, rounds, random)
	tail := (1 - level) / 2
	l.Lo = min(l.Lag, lags[int(tail*float64(rounds))])
	l.Hi = max(l.Lag, lags[min(int((1-tail)*float64(rounds)), rounds-1)])
	return l
}

// bootstrapLags is the lag of the peak in each resample: times t are drawn in blocks, and
// all products x_t y_{t+lag} of a time stay together.
func bootstrapLags(fx, fy []float64, k, rounds int, random *rand.Rand) []int {
	n := len(fx) - 2*k
	length := BlockLength(products(fx, fy, k)).Stationary
	lags := make([]int, rounds)
	for r := range lags {
		sums := make([]float64, 2*k+1)
		for _, t := range StationaryBootstrap(n, length, random) {
			for i := range sums {
				sums[i] += fx[t+k] * fy[t+i]
			}
		}
		lags[r] = peak(sums) - k
	}
	slices.Sort(lags)
	return lags
}

func products(fx, fy []float64, k int) []float64 {
	out := make([]float64, len(fx)-2*k)
	for t := range out {
		out[t] = fx[t+k] * fy[t+k]
	}
	return out
}

func peak(c []float64) int {
	best, at := 0.0, -1
	for i, v := range c {
		if a := math.Abs(v); a > best {
			best, at = a, i
		}
	}
	return at
}

// Words returns a link as a sentence, with bins of the given seconds: "the queue of jobs
// moved 6 s [4, 8] before late pickings". A lag below two bins is "together with".
func (l Link) Words(driver, outcome string, bin float64) string {
	s := func(lag int) string { return fmt.Sprintf("%g", float64(lag)*bin) }
	switch {
	case !l.Found:
		return fmt.Sprintf("%s and %s are not linked beyond what the load explains", driver, outcome)
	case l.Lag > -2 && l.Lag < 2:
		return fmt.Sprintf("%s moved together with %s", driver, outcome)
	case l.Lag < 0:
		return fmt.Sprintf("%s moved %s s [%s, %s] after %s", driver, s(-l.Lag), s(-l.Hi), s(-l.Lo), outcome)
	}
	return fmt.Sprintf("%s moved %s s [%s, %s] before %s", driver, s(l.Lag), s(l.Lo), s(l.Hi), outcome)
}
