package resilience

import "gonum.org/v1/gonum/stat/distuv"

// Band is what is usual: the share of arrivals that miss it while undisturbed,
// and how surprising a bin has to be to count as outside.
type Band struct {
	Miss  float64 // expected share not served within the band
	Alpha float64 // a bin with as many misses is outside when its probability is below this
}

// leastMiss keeps one unlucky arrival from being an outage where the baseline had
// no miss at all.
const leastMiss = 0.02

// NewBand takes the band from an undisturbed window: of n arrivals missed were not
// served in time. The share is (missed+1)/(n+2), at least 2 %.
func NewBand(missed, n int, alpha float64) Band {
	return Band{Miss: max(leastMiss, float64(missed+1)/float64(n+2)), Alpha: alpha}
}

// Least is the number of arrivals with which a complete outage lies outside the band: the
// smallest n with Miss^n < Alpha. With fewer, nothing can be seen. At most mostLeast, for a
// baseline that was hardly served.
func (b Band) Least() int {
	n := 1
	for p := b.Miss; p >= b.Alpha && n < mostLeast; n++ {
		p *= b.Miss
	}
	return n
}

const mostLeast = 1_000_000

// Outside reports whether a bin has more misses than chance explains:
//
//	P(Bin(offered, Miss) >= misses) < Alpha.
//
// A bin without arrivals is not outside; see [Bin.Offered].
func (b Band) Outside(bin Bin) bool {
	misses := bin.Offered - bin.Served
	if misses <= 0 {
		return false
	}
	if b.Miss >= 1 {
		return false
	}
	usual := distuv.Binomial{N: float64(bin.Offered), P: b.Miss}
	return 1-usual.CDF(float64(misses-1)) < b.Alpha
}
