package conduct

import (
	"math"
	"strconv"

	"example.org/odooharness/experiment/spec"
)

// bracket closes in on the largest scale that is carried.
//
//	from ──kept──> to ──not kept──> geometric middle ─┬─kept──────> raises the lower end
//	 │              │                      ▲          └─not kept──> lowers the upper end
//	 not kept       kept                   └───── until upper/lower - 1 <= within
//	 │              │
//	 begin lower    the capacity lies above
//
// The middle is the geometric one, since loads are compared by their ratio.
type bracket struct {
	search    spec.Search
	low, high float64 // scales that were kept and not kept; 0: none yet
}

// next is the scale to try; more is false when the bracket is narrow enough, or the capacity lies outside.
func (b *bracket) next() (scale float64, more bool) {
	s := b.search
	switch {
	case b.low == 0 && b.high == 0:
		return s.From, true
	case b.low == 0 || b.low >= s.To: // the capacity lies outside
		return 0, false
	case b.high == 0:
		return s.To, true
	case b.high/b.low-1 <= s.Within:
		return 0, false
	}
	return round(math.Sqrt(b.low * b.high)), true
}

// judged narrows the bracket by the verdict on a scale.
func (b *bracket) judged(scale float64, kept bool) {
	if kept {
		b.low = scale
	} else {
		b.high = scale
	}
}

// round rounds a scale to three significant digits, which people can write into a file.
func round(x float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return x
	}
	return short
}
