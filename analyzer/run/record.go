package run

import (
	"math"

	"example.org/odooharness/results"
)

// Record is one step, or one whole journey, in 32 bytes. Ten million of them fit in memory
// next to the figures computed from them.
type Record struct {
	At      results.Offset // intended start
	Latency uint32         // µs from the intended start to the end
	Service uint32         // µs from the actual start to the end
	Tenant  uint16
	Journey uint16
	Step    uint16
	Window  int16 // of the trial, -1: none
	Outcome uint8
	Served  bool
}

// Unserved is the latency of an arrival that was not served, in samples of µs. It sorts
// last.
const Unserved = math.MaxUint32

// longestLatency is the longest latency that a record holds, in ns: 71 min.
const longestLatency = (Unserved - 1) * 1000

// micros converts ns to µs. Clocks that ran backwards give 0.
func micros(ns int64) uint32 { return uint32(min(max(ns/1000, 0), Unserved-1)) }

// Waited returns the latency in µs that counts: [Unserved] for an arrival that was not
// served.
func (rec *Record) Waited() uint32 {
	if !rec.Served {
		return Unserved
	}
	return rec.Latency
}

// Seconds is [Record.Waited] in s, +Inf for an arrival that was not served.
func (rec *Record) Seconds() float64 {
	if !rec.Served {
		return math.Inf(1)
	}
	return float64(rec.Latency) / 1e6
}

// Seconds converts a sample of µs into seconds. [Unserved] becomes +Inf.
func Seconds(us []uint32) []float64 {
	out := make([]float64, len(us))
	for i, v := range us {
		if v == Unserved {
			out[i] = math.Inf(1)
			continue
		}
		out[i] = float64(v) / 1e6
	}
	return out
}
