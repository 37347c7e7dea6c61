package analyzer

import (
	"math"

	"example.org/odooharness/results"
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

// micros converts ns to µs. Clocks that ran backwards give 0.
func micros(ns int64) uint32 { return uint32(min(max(ns/1000, 0), unserved-1)) }

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

// names numbers strings in the order in which they come.
type names struct {
	list  []string
	index map[string]uint16
}

func newNames() *names { return &names{index: map[string]uint16{}} }

// number returns the number of a name. Beyond 65535 names, which no sound run has,
// the rest share the last number.
func (n *names) number(s string) uint16 {
	at, ok := n.index[s]
	if !ok {
		if len(n.list) > math.MaxUint16 {
			return math.MaxUint16
		}
		at = uint16(len(n.list))
		n.index[s] = at
		n.list = append(n.list, s)
	}
	return at
}

// numbers gives the number of each name of a list.
func (n *names) numbers(list []string) []uint16 {
	out := make([]uint16, len(list))
	for i, name := range list {
		out[i] = n.number(name)
	}
	return out
}

func (n *names) len() int { return len(n.list) }
