package run

import (
	"encoding/binary"
	"hash/fnv"
)

// repeated counts the journeys that equal one before them in every field. Intended starts
// are drawn in nanoseconds, so that equal ones are the same row twice.
func repeated(journeys []Record) int {
	n, from := 0, 0
	for i := range journeys {
		if journeys[i].At != journeys[from].At {
			from = i
		}
		for k := from; k < i; k++ {
			if journeys[k] == journeys[i] {
				n++
				break
			}
		}
	}
	return n
}

// Fingerprint identifies what a trial recorded: two trials with the same one are copies.
// It is 0 for a trial with fewer than ten journeys, which can be alike by chance.
func (t *Trial) Fingerprint() uint64 {
	if len(t.Journeys) < 10 {
		return 0
	}
	hash := fnv.New64a()
	var row [17]byte
	for i := range t.Journeys {
		rec := &t.Journeys[i]
		binary.LittleEndian.PutUint64(row[:], uint64(rec.At))
		binary.LittleEndian.PutUint32(row[8:], rec.Latency)
		binary.LittleEndian.PutUint32(row[12:], rec.Service)
		row[16] = rec.Outcome
		_, _ = hash.Write(row[:]) // a hash never fails
	}
	return hash.Sum64()
}
