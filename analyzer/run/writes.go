package run

import "example.org/odooharness/results"

// WriteKey names a count of acknowledged writes.
type WriteKey struct{ Tenant, Op string }

// calmWrites counts the acknowledged writes of calm windows by tenant and operation, and
// all attempts.
func calmWrites(t Source, windows []results.Window) (counts map[WriteKey]int, attempts int, err error) {
	counts = map[WriteKey]int{}
	for w, err := range t.Writes {
		if err != nil {
			return counts, attempts, err
		}
		if w.IsRead() {
			continue
		}
		attempts++
		if w.Ack != results.Acknowledged {
			continue
		}
		if at := WindowAt(windows, w.Attempted); at >= 0 && Calm(windows[at].Kind) {
			counts[WriteKey{w.Tenant, string(w.Op)}]++
		}
	}
	return counts, attempts, nil
}
