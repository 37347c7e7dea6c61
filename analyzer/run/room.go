package run

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"unsafe"

	"example.org/odooharness/results"
)

// room is where the records of a run are: up to a bound on the heap, beyond it in mapped
// files. The kernel writes these out when memory is short. Records hold no pointers, so the
// collector need not see them.
type room struct {
	heap int64 // bytes on the heap at most

	mu     sync.Mutex
	used   int64 // bytes on the heap
	mapped [][]byte
}

// records returns room for n records. Without space for a file, they are on the heap.
func (r *room) records(n int) []Record {
	const size = int64(unsafe.Sizeof(Record{}))
	r.mu.Lock()
	defer r.mu.Unlock()
	bytes := int64(n) * size
	if r.used+bytes > r.heap {
		if data, err := mapFile(bytes); err == nil {
			r.mapped = append(r.mapped, data)
			return unsafe.Slice((*Record)(unsafe.Pointer(unsafe.SliceData(data))), n)[:0]
		}
	}
	r.used += bytes
	return make([]Record, 0, n)
}

// grow makes room for the n records of a batch. When there is none, it allocates for the
// rest of the file, in proportion: growing in small steps costs more than reading.
func (r *room) grow(records []Record, n int, c *results.SampleColumns) []Record {
	if cap(records)-len(records) >= n {
		return records
	}
	most := max(1<<24, len(records)) // a damaged file may claim any number of rows
	more := float64(min(max(c.Left, 0), most)) * float64(n) / float64(max(c.Len(), 1))
	all := r.records(len(records) + n + int(1.02*more))[:len(records)]
	copy(all, records)
	r.drop(records)
	return all
}

// drop gives back the room of records that were copied to a larger one.
func (r *room) drop(records []Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	start := (*byte)(unsafe.Pointer(unsafe.SliceData(records)))
	if at := slices.IndexFunc(r.mapped, func(data []byte) bool { return unsafe.SliceData(data) == start }); at >= 0 {
		_ = syscall.Munmap(r.mapped[at]) // it is a mapping of ours
		r.mapped = slices.Delete(r.mapped, at, at+1)
		return
	}
	r.used -= int64(cap(records)) * int64(unsafe.Sizeof(Record{}))
}

func (r *room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, data := range r.mapped {
		_ = syscall.Munmap(data)
	}
	r.mapped = nil
}

// mapFile maps a new file without a name: nothing is left of it when the process ends.
func mapFile(bytes int64) ([]byte, error) {
	file, err := os.CreateTemp("", "odoo-harness-records-*")
	if err != nil {
		return nil, fmt.Errorf("make a file for records: %w", err)
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil {
		return nil, fmt.Errorf("make a file for records: %w", err)
	}
	// A full disk must be an error here. Behind a mapping it would be a signal.
	if err := syscall.Fallocate(int(file.Fd()), 0, 0, bytes); err != nil {
		return nil, fmt.Errorf("make a file of %d bytes for records: %w", bytes, err)
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, int(bytes), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map a file for records: %w", err)
	}
	return data, nil
}
