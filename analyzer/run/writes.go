package run

import (
	"hash/fnv"
	"slices"

	"example.org/odooharness/results"
)

// WriteKey names a count of acknowledged writes.
type WriteKey struct {
	Tenant string
	Op     results.Op
}

// journal is what the journal of a trial counts.
type journal struct {
	calm         map[WriteKey]int // acknowledged in calm windows
	acknowledged map[WriteKey]int // acknowledged, each reference once
	attempts     int
}

// countWrites reads the journal of a trial. A client that sends a write again uses the
// same reference.
func countWrites(t Source, windows []results.Window) (journal, error) {
	j := journal{calm: map[WriteKey]int{}, acknowledged: map[WriteKey]int{}}
	refs := map[WriteKey][]uint64{}
	for w, err := range t.Writes {
		if err != nil {
			return j, err
		}
		if w.IsRead() {
			continue
		}
		j.attempts++
		if w.Ack != results.Acknowledged {
			continue
		}
		key := WriteKey{w.Tenant, w.Op}
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(w.Ref)) // a hash never fails
		refs[key] = append(refs[key], hash.Sum64())
		if at := WindowAt(windows, w.Attempted); at >= 0 && Calm(windows[at].Kind) {
			j.calm[key]++
		}
	}
	for key, all := range refs {
		slices.Sort(all)
		j.acknowledged[key] = len(slices.Compact(all))
	}
	return j, nil
}
