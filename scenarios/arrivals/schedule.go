package arrivals

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"slices"
	"time"
)

// Kinds of arrival processes.
const (
	Poisson   = "poisson"   // independent customers
	Even      = "even"      // a machine's steady beat
	Scheduled = "scheduled" // appointments that are kept early or late, such as dock slots
	Replay    = "replay"    // recorded times
)

// Schedule is a whole arrival process, as data.
type Schedule struct {
	Kind     string
	Profile  Profile         // Poisson, Even, Scheduled: of the appointments
	Seed     uint64          // Poisson, Scheduled
	Lateness time.Duration   // Scheduled: standard deviation of the arrival around its appointment
	Times    []time.Duration // Replay: since the start, in order
}

// Seed derives the seed of one stream of randomness from the experiment's seed and
// the stream's name: scenarios do not share arrivals, and a setup that is measured
// later gets the same ones again.
func Seed(seed uint64, name string) uint64 {
	h := fnv.New64a()
	var raw [8]byte
	binary.LittleEndian.PutUint64(raw[:], seed)
	_, _ = h.Write(raw[:])       // a hash's Write never fails
	_, _ = h.Write([]byte(name)) // likewise
	return h.Sum64()
}

// Validate returns all that is wrong.
func (s Schedule) Validate() []error {
	switch s.Kind {
	case Poisson, Even:
		return s.Profile.Validate()
	case Scheduled:
		problems := s.Profile.Validate()
		if s.Lateness < 0 {
			problems = append(problems, fmt.Errorf("the lateness must be 0 or more, but is %s", s.Lateness))
		}
		return problems
	case Replay:
		if len(s.Times) == 0 {
			return []error{fmt.Errorf("there are no recorded times to replay")}
		}
		if s.Times[0] < 0 || !slices.IsSorted(s.Times) {
			return []error{fmt.Errorf("the recorded times must count from 0 upwards")}
		}
		return nil
	}
	return []error{fmt.Errorf("arrivals %q: want %s, %s, %s or a replay", s.Kind, Poisson, Even, Scheduled)}
}

// Duration is how long arrivals go on.
func (s Schedule) Duration() time.Duration {
	if s.Kind == Replay {
		return s.Times[len(s.Times)-1] + time.Nanosecond
	}
	return s.Profile.Duration()
}

// All yields index and time of every arrival since the start.
func (s Schedule) All() iter.Seq2[int64, time.Duration] {
	return func(yield func(int64, time.Duration) bool) {
		times := s.Times
		if s.Kind == Scheduled {
			times = s.scheduled()
		}
		if s.Kind == Replay || s.Kind == Scheduled {
			for i, t := range times {
				if !yield(int64(i), t) {
					return
				}
			}
			return
		}
		rng := rand.New(rand.NewPCG(s.Seed, 0x9e3779b97f4a7c15)) // reproducible on purpose
		inverse := newInverter(s.Profile)
		point := -0.5 // even arrivals stand in the middle of their share of Λ
		for i := int64(0); ; i++ {
			switch {
			case s.Kind == Even:
				point++
			case i == 0:
				point = rng.ExpFloat64()
			default:
				point += rng.ExpFloat64()
			}
			t, ok := inverse.at(point)
			if !ok || !yield(i, t) {
				return
			}
		}
	}
}

// Count is the number of arrivals.
func (s Schedule) Count() int64 {
	var n int64
	for range s.All() {
		n++
	}
	return n
}

// Stripe is the share of arrivals that one execution segment starts: those with
// the indices Start, Start+Offsets[0], Start+Offsets[0]+Offsets[1], ..., the
// offsets going round. The union over all segments is every arrival once.
type Stripe struct {
	Start   int64
	Offsets []int64
}

// Whole is the stripe of a single process.
func Whole() Stripe { return Stripe{Offsets: []int64{1}} }

// Has reports whether an index belongs to the stripe.
func (p Stripe) Has(index int64) bool {
	cycle := int64(0)
	for _, offset := range p.Offsets {
		cycle += offset
	}
	if index < p.Start || cycle <= 0 {
		return false
	}
	rest := (index - p.Start) % cycle
	for _, offset := range p.Offsets {
		if rest == 0 {
			return true
		}
		rest -= offset
	}
	return false
}

// Of yields the stripe's arrivals: position within the stripe, index, time.
func (p Stripe) Of(s Schedule) iter.Seq[Arrival] {
	return func(yield func(Arrival) bool) {
		next, local := p.Start, int64(0)
		for i, t := range s.All() {
			if i != next {
				continue
			}
			if !yield(Arrival{Local: local, Index: i, At: t}) {
				return
			}
			next += p.Offsets[int(local)%len(p.Offsets)]
			local++
		}
	}
}

// Arrival is one arrival of a stripe.
type Arrival struct {
	Local int64         // number within the stripe
	Index int64         // number within the whole schedule
	At    time.Duration // since the start
}
