package analyzer

import (
	"math"
	"time"

	"odooharness/results"
)

// record is one step as the analysis keeps it: 32 bytes, so that ten million of
// them fit beside what is computed from them.
type record struct {
	at      results.Offset // intended start
	latency uint32         // µs from the intended start to the end
	service uint32         // µs from the actual start to the end
	tenant  uint16
	journey uint16
	step    uint16
	window  int16 // of the trial, -1: none
	outcome uint8
	served  bool
}

// unserved is the latency of what was never served, in samples of µs: it sorts
// last.
const unserved = math.MaxUint32

// micros converts a duration to µs. Clocks that ran backwards give 0.
func micros(d time.Duration) uint32 {
	us := d.Microseconds()
	return uint32(min(max(us, 0), unserved-1))
}

// waited is the latency that counts: of what was served its own, else unserved.
func (r *record) waited() uint32 {
	if !r.served {
		return unserved
	}
	return r.latency
}

// seconds converts a sample of µs into one of seconds, unserved into +Inf.
func seconds(us []uint32) []float64 {
	out := make([]float64, len(us))
	for i, v := range us {
		if v == unserved {
			out[i] = math.Inf(1)
			continue
		}
		out[i] = float64(v) / 1e6
	}
	return out
}

// names numbers strings in the order in which they come. It remembers the last
// one, since rows of a file repeat.
type names struct {
	list  []string
	index map[string]uint16
	last  string
	at    uint16
}

func newNames() *names { return &names{index: map[string]uint16{}} }

// number returns the number of a name. Beyond 65535 names, which no sound run has,
// the rest share the last number.
func (n *names) number(s string) uint16 {
	if len(n.list) > 0 && s == n.last {
		return n.at
	}
	at, ok := n.index[s]
	if !ok {
		if len(n.list) > math.MaxUint16 {
			return math.MaxUint16
		}
		at = uint16(len(n.list))
		n.index[s] = at
		n.list = append(n.list, s)
	}
	n.last, n.at = s, at
	return at
}

// translate gives, for each number of other, the number here.
func (n *names) translate(other *names) []uint16 {
	out := make([]uint16, other.len())
	for i, name := range other.list {
		out[i] = n.number(name)
	}
	return out
}

func (n *names) len() int { return len(n.list) }
