package conduct

import (
	"math/rand/v2"
	"testing"

	"example.org/odooharness/experiment/spec"
)

// searchAll runs a search against an oracle and returns the bracket and the scales that
// were tried.
func searchAll(s spec.Search, carried func(float64) bool) (bracket, []float64) {
	b := bracket{search: s}
	var tried []float64
	for {
		scale, more := b.next()
		if !more {
			return b, tried
		}
		tried = append(tried, scale)
		b.judged(scale, carried(scale))
	}
}

// Property: wherever the capacity lies between the ends, the bracket holds it, is as
// narrow as required, and tried no more scales than announced.
func TestBisectionHoldsTheCapacity(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		from := round(1 + 50*random.Float64())
		s := spec.Search{From: from, To: round(from * (1.05 + 20*random.Float64())), Within: 0.02 + 0.4*random.Float64()}
		capacity := s.From + random.Float64()*(s.To-s.From)*0.999
		b, tried := searchAll(s, func(scale float64) bool { return scale <= capacity })
		if b.low > capacity || b.high <= capacity || b.high/b.low-1 > s.Within {
			t.Errorf("%+v, capacity %g: bracket %g to %g", s, capacity, b.low, b.high)
		}
		if len(tried) > s.Rates() {
			t.Errorf("%+v: %d scales, at most %d were announced", s, len(tried), s.Rates())
		}
	}
}

// A capacity outside is not searched for: the search ends at the end that showed it.
func TestBisectionEndsOutside(t *testing.T) {
	s := spec.Search{From: 2, To: 8, Within: 0.1}
	if b, tried := searchAll(s, func(float64) bool { return false }); len(tried) != 1 || b.high != 2 || b.low != 0 {
		t.Errorf("below: tried %v, bracket %+v", tried, b)
	}
	if b, tried := searchAll(s, func(float64) bool { return true }); len(tried) != 2 || b.low != 8 || b.high != 0 {
		t.Errorf("above: tried %v, bracket %+v", tried, b)
	}
}
