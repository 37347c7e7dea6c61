package audit

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"example.org/odooharness/results"
)

// journal is the answers that clients have, by tenant, operation and reference.
type journal struct {
	tenants map[string]map[results.Op]map[string]*fate
	reads   map[string]map[results.Op]*results.AuditRead // by tenant and operation
	acks    []ack                                        // every acknowledgement, in the order of the journal
	end     results.Offset
}

// ack is one acknowledgement of a write.
type ack struct {
	tenant string
	at     results.Offset
}

// fate is the answer that the client has for one business write, over all attempts. A
// client that tries again with the same reference means the same write.
type fate struct {
	ref      string
	attempts int
	acked    bool
	open     bool // an attempt has no answer of Odoo's
	ackedAt  results.Offset
}

// fold reads the journal. Of several answers acknowledged wins over unanswered, and
// unanswered over refused.
func fold(writes iter.Seq2[results.Write, error]) (*journal, error) {
	j := &journal{tenants: map[string]map[results.Op]map[string]*fate{}}
	for w, err := range writes {
		if err != nil {
			return nil, err
		}
		j.add(w)
	}
	return j, nil
}

func (j *journal) add(w results.Write) {
	j.end = max(j.end, w.Answered, w.Attempted)
	if w.IsRead() {
		j.read(w)
		return
	}
	ops := j.tenants[w.Tenant]
	if ops == nil {
		ops = map[results.Op]map[string]*fate{}
		j.tenants[w.Tenant] = ops
	}
	if ops[w.Op] == nil {
		ops[w.Op] = map[string]*fate{}
	}
	f := ops[w.Op][w.Ref]
	if f == nil {
		f = &fate{ref: w.Ref}
		ops[w.Op][w.Ref] = f
	}
	f.attempts++
	switch w.Ack {
	case results.Acknowledged:
		if !f.acked {
			f.ackedAt = w.Answered
		}
		f.acked = true
		j.acks = append(j.acks, ack{w.Tenant, w.Answered})
	case results.Attempted, results.Indeterminate:
		f.open = true
	}
}

// read counts a read that was answered.
func (j *journal) read(w results.Write) {
	if w.Ack != results.Acknowledged && w.Ack != results.Stale {
		return
	}
	if j.reads == nil {
		j.reads = map[string]map[results.Op]*results.AuditRead{}
	}
	if j.reads[w.Tenant] == nil {
		j.reads[w.Tenant] = map[results.Op]*results.AuditRead{}
	}
	r := j.reads[w.Tenant][w.Op]
	if r == nil {
		r = &results.AuditRead{Tenant: w.Tenant, Op: w.Op}
		j.reads[w.Tenant][w.Op] = r
	}
	r.Reads++
	if w.Ack == results.Stale {
		r.Stale++
		if len(r.Examples) < maxExamples {
			r.Examples = append(r.Examples, fmt.Sprintf("%s at %.1f s", w.Ref, w.Answered.Seconds()))
		}
	}
}

// allReads lists the counts by tenant and operation.
func (j *journal) allReads() []results.AuditRead {
	var all []results.AuditRead
	for _, tenant := range slices.Sorted(maps.Keys(j.reads)) {
		for _, op := range slices.Sorted(maps.Keys(j.reads[tenant])) {
			all = append(all, *j.reads[tenant][op])
		}
	}
	return all
}

// operations lists what the tenant's clients wrote, in the order of the flow.
func (j *journal) operations(tenant string) []results.Op {
	flow := operationOrder()
	place := func(op results.Op) int {
		if i := slices.Index(flow, op); i >= 0 {
			return i
		}
		return len(flow)
	}
	return slices.SortedFunc(maps.Keys(j.tenants[tenant]), func(a, b results.Op) int {
		return cmp.Or(place(a)-place(b), cmp.Compare(a, b))
	})
}

func (j *journal) of(tenant string, op results.Op) map[string]*fate { return j.tenants[tenant][op] }

// unknown lists tenants with writes that are not among the tenants to read.
func (j *journal) unknown(tenants []Tenant) []string {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(j.tenants)) {
		if !slices.ContainsFunc(tenants, func(t Tenant) bool { return t.Name == name }) {
			missing = append(missing, name)
		}
	}
	return missing
}
