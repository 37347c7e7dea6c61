package readiness

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// reading is how evidence that is missing or bounded is read.
type reading int

const (
	worst reading = iota
	best
)

// Margins are searched between these factors of the load. One below the least is 0.
const (
	LeastMargin = 1.0 / 16
	MostMargin  = 16
)

const halvings = 14 // of the logarithm of the range: a margin is exact to 0.03 %

// drawn is one peak: a load, a capacity, and the faults that occur.
type drawn struct {
	forecast, capacity, transfer float64
	left                         []float64 // by fault, at its worst reading
	lasted                       []float64 // s in effect within the window, by fault
	spells                       []spell
}

// spell is one occurrence of a fault.
type spell struct {
	from, to float64 // s in the window
	fault    int
}

// stretch is a time in which nothing changes.
type stretch struct {
	length float64 // s
	load   float64 // relative
	left   float64 // share of the capacity
}

// draw returns the i-th peak of a plan. Each fault has its own numbers, so that plans which
// differ in one figure are compared on the same peaks.
func (p Plan) draw(i int, as reading) drawn {
	random := rand.New(rand.NewPCG(p.Seed, uint64(i))) // reproducible on purpose
	d := drawn{forecast: p.Forecast.at(random.NormFloat64()), capacity: p.Capacity.at(random.NormFloat64()),
		transfer: p.Transfer.at(random.NormFloat64())}
	if p.Capacity.AtLeast && as == best {
		d.capacity *= MostMargin
	}
	for k, f := range p.Faults {
		own := rand.New(rand.NewPCG(p.Seed+uint64(k)+1, uint64(i)))
		zLeft := own.NormFloat64()
		d.left = append(d.left, leftOf(f, zLeft, as))
		lasted := 0.0
		// A fault that began before the window can reach into it: the time before it counts as far
		// as a long occurrence.
		before := f.Lasts.at(2) + recoveryOf(f, 2, as, p.Window)
		for at := -min(before, p.Window); f.Rate > 0; {
			at += own.ExpFloat64() / f.Rate * 3600
			if at >= p.Window {
				break
			}
			to := at + f.Lasts.at(own.NormFloat64()) + recoveryOf(f, own.NormFloat64(), as, p.Window)
			if to > 0 {
				d.spells = append(d.spells, spell{max(at, 0), min(to, p.Window), k})
				lasted += min(to, p.Window) - max(at, 0)
			}
		}
		d.lasted = append(d.lasted, lasted)
	}
	return d
}

func leftOf(f Fault, z float64, as reading) float64 {
	switch {
	case f.Left != nil && f.Left.AtLeast && as == best:
		return 1
	case f.Left != nil:
		return min(f.Left.at(z), 1)
	case as == best:
		return 1
	}
	return 0
}

func recoveryOf(f Fault, z float64, as reading, window float64) float64 {
	switch {
	case f.Recovery != nil && f.Recovery.AtLeast && as == worst:
		return window
	case f.Recovery != nil:
		return f.Recovery.at(z)
	case as == best:
		return 0
	}
	return window
}

// stretches cuts the window where the load or the faults change. While several faults last,
// each leaves its share of what the others leave.
func (p Plan) stretches(d drawn) []stretch {
	part := p.Window / float64(len(p.Shape))
	edges := make([]float64, 0, len(p.Shape)+2*len(d.spells)+1)
	for i := range len(p.Shape) + 1 {
		edges = append(edges, float64(i)*part)
	}
	for _, s := range d.spells {
		edges = append(edges, s.from, s.to)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	all := make([]stretch, 0, len(edges))
	for i := 1; i < len(edges); i++ {
		middle := (edges[i-1] + edges[i]) / 2
		s := stretch{edges[i] - edges[i-1], p.Shape[min(int(middle/part), len(p.Shape)-1)], 1}
		hit := make([]bool, len(p.Faults))
		for _, spell := range d.spells {
			if spell.from <= middle && middle < spell.to && !hit[spell.fault] {
				hit[spell.fault] = true
				s.left *= d.left[spell.fault]
			}
		}
		all = append(all, s)
	}
	return all
}

// shipped reports whether a peak at a factor of its load is shipped: nothing waits at the end,
// and the share of late arrivals keeps the objective.
func (p Plan) shipped(d drawn, all []stretch, factor float64) bool {
	late, total, backlog := 0.0, 0.0, 0.0
	for _, s := range all {
		rate := d.forecast * s.load * factor
		carried := d.capacity * d.transfer * s.left
		full := carried * p.Drain
		total += rate * s.length
		waiting := 0.0 // s of the stretch in which arrivals wait
		switch {
		case rate > full:
			backlog += (rate - full) * s.length
			waiting = s.length
		case backlog > 0:
			waiting = s.length
			if empty := backlog / (full - rate); empty < s.length {
				waiting, backlog = empty, 0
			} else {
				backlog -= (full - rate) * s.length
			}
		}
		late += rate * waiting
		if calm := s.length - waiting; calm > 0 {
			late += rate * calm / (1 + math.Exp(-logit(1-p.Target)-p.Steepness*(rate/carried-1)))
		}
	}
	return backlog <= 0 && late <= (1-p.Target)*total*(1+1e-9)
}

// margin is the largest factor of its load at which a peak is shipped; 0 when it is not at any.
func (p Plan) margin(d drawn) float64 {
	all := p.stretches(d)
	lo, hi := math.Log(LeastMargin), math.Log(MostMargin)
	switch {
	case !p.shipped(d, all, LeastMargin):
		return 0
	case p.shipped(d, all, MostMargin):
		return MostMargin
	}
	for range halvings {
		if middle := (lo + hi) / 2; p.shipped(d, all, math.Exp(middle)) {
			lo = middle
		} else {
			hi = middle
		}
	}
	return math.Exp(lo)
}

// byValue sorts numbers of draws by a figure.
func byValue(figures []float64) []int {
	order := make([]int, len(figures))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(figures[a], figures[b]) })
	return order
}
