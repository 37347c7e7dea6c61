package isolation

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/integrate"
)

// Point is one point of a profile: at this disruptive load, this abiding load
// still gets the reference quality.
type Point struct{ Disruptive, Abiding float64 }

// Profile is the abiding load that keeps the reference quality, against the
// disruptive load, piecewise linear. Its first point is the reference, (w_dref,
// w_aref); points ascend in the disruptive load.
type Profile []Point

// NewProfile sorts the points and refuses what is none: fewer than two points, two
// at one load, a reference without abiding load, negative or missing values.
func NewProfile(points []Point) (Profile, bool) {
	p := Profile(slices.Clone(points))
	sort.Slice(p, func(i, j int) bool { return p[i].Disruptive < p[j].Disruptive })
	if len(p) < 2 || !(p[0].Abiding > 0) {
		return nil, false
	}
	for i, point := range p {
		if !(point.Abiding >= 0) || !(point.Disruptive >= 0) || (i > 0 && point.Disruptive == p[i-1].Disruptive) {
			return nil, false
		}
	}
	return p, true
}

// reference and base are w_aref and w_dbase = w_dref + w_aref, the disruptive load
// at which a platform without isolation has no room left for the abiding tenants.
func (p Profile) reference() float64 { return p[0].Abiding }
func (p Profile) base() float64      { return p[0].Disruptive + p[0].Abiding }

// at is the abiding load at a disruptive load, by linear interpolation; NaN beyond
// the last point unless nothing was left there.
func (p Profile) at(w float64) float64 {
	last := p[len(p)-1]
	if w >= last.Disruptive {
		if w == last.Disruptive || last.Abiding == 0 {
			return last.Abiding
		}
		return math.NaN()
	}
	i := sort.Search(len(p), func(i int) bool { return p[i].Disruptive > w })
	a, b := p[i-1], p[i]
	share := (w - a.Disruptive) / (b.Disruptive - a.Disruptive)
	return a.Abiding + share*(b.Abiding-a.Abiding)
}

// Base is I_base = w_abase / w_aref: the share of the abiding load that is still
// possible where a platform without isolation has none. 0..1; NaN when the profile
// does not reach w_dbase.
func (p Profile) Base() float64 { return p.at(p.base()) / p.reference() }

// End is I_end = (w_dend - w_dbase) / w_aref, with w_dend the disruptive load at
// which no abiding load is possible any more. 0 without isolation, no upper bound.
// +Inf when the profile never falls to 0, extrapolating nothing.
func (p Profile) End() float64 {
	for _, point := range p {
		if point.Abiding == 0 {
			return (point.Disruptive - p.base()) / p.reference()
		}
	}
	return math.Inf(1)
}

// IntBase is the area under the profile up to w_dbase between that of a platform
// without isolation (0) and of a perfect one (1):
//
//	( int_{w_dref}^{w_dbase} f - w_aref^2/2 ) / ( w_aref^2/2 ).
func (p Profile) IntBase() float64 {
	half := p.reference() * p.reference() / 2
	return (p.area(p.base()) - half) / half
}

// IntFree is the same up to a freely chosen disruptive load end >= w_dbase:
//
//	( int_{w_dref}^{end} f - w_aref^2/2 ) / ( w_aref (end - w_dref) - w_aref^2/2 ).
func (p Profile) IntFree(end float64) float64 {
	if end < p.base() {
		return math.NaN()
	}
	half := p.reference() * p.reference() / 2
	return (p.area(end) - half) / (p.reference()*(end-p[0].Disruptive) - half)
}

// area integrates the profile from the reference to a disruptive load, exactly, as
// it is piecewise linear.
func (p Profile) area(to float64) float64 {
	value := p.at(to)
	if math.IsNaN(value) {
		return math.NaN()
	}
	var xs, ys []float64
	for _, point := range p {
		if point.Disruptive < to {
			xs, ys = append(xs, point.Disruptive), append(ys, point.Abiding)
		}
	}
	return integrate.Trapezoidal(append(xs, to), append(ys, value))
}
