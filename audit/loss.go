package audit

import (
	"slices"
	"time"

	"example.org/odooharness/results"
)

// near is how long before a fault acknowledgements count as its resolution: without
// any, an RPO of 0 has no meaning.
const near = 10 * time.Second

type lostWrite struct {
	fate   *fate
	tenant string
	op     results.Op
}

// attribute assigns every lost write to a fault and measures its age.
//
// The cause of a lost write is the first fault that ended after its acknowledgement.
// A fault that destroys comes before one that does not: a failover loses the log that
// a concurrent delay has kept from the standby. The age counts from the
// acknowledgement to the fault, or to the fault's end when the write was acknowledged
// during the fault: that is the upper bound. The age of a loss that no fault can have
// caused counts to the end of the journal.
func attribute(lost []lostWrite, j *journal, injections []results.Injection) ([]results.Loss, *float64) {
	happened := slices.DeleteFunc(slices.Clone(injections), func(i results.Injection) bool { return i.Injected == nil })
	slices.SortStableFunc(happened, func(a, b results.Injection) int { return int(instant(a) - instant(b)) })
	losses := make([]results.Loss, len(happened), len(happened)+1)
	for i, in := range happened {
		losses[i] = results.Loss{Fault: in.Fault, At: instant(in), Near: j.acknowledgedNear(in)}
	}
	var none results.Loss
	none.At = j.end
	var rpo *float64
	for _, w := range lost {
		into, age := &none, j.end-w.fate.ackedAt
		if i := cause(happened, w); i >= 0 {
			into, age = &losses[i], instant(happened[i])-w.fate.ackedAt
			if age < 0 {
				age = ended(happened[i]) - w.fate.ackedAt
			}
		}
		into.Lost++
		into.RPO = max(into.RPO, age.Seconds())
		if rpo == nil || *rpo < age.Seconds() {
			seconds := age.Seconds()
			rpo = &seconds
		}
	}
	if none.Lost > 0 {
		losses = append(losses, none)
	}
	return losses, rpo
}

// cause returns the index of the fault that lost a write, -1 for none.
func cause(happened []results.Injection, w lostWrite) int {
	can := func(in results.Injection) bool { return hits(in, w.tenant) && ended(in) >= w.fate.ackedAt }
	if i := slices.IndexFunc(happened, func(in results.Injection) bool { return can(in) && in.Destroys }); i >= 0 {
		return i
	}
	return slices.IndexFunc(happened, can)
}

// instant is when the fault happened: Inject had returned.
func instant(in results.Injection) results.Offset { return *in.Injected }

// ended is when the fault was over, as far as is known.
func ended(in results.Injection) results.Offset {
	for _, mark := range []*results.Offset{in.Recovered, in.Removed, in.Removing, in.InEffect} {
		if mark != nil {
			return max(*mark, instant(in))
		}
	}
	return instant(in)
}

func hits(in results.Injection, tenant string) bool {
	return len(in.Tenants) == 0 || slices.Contains(in.Tenants, tenant)
}

// acknowledgedNear counts the writes of those hit that were acknowledged shortly
// before the fault.
func (j *journal) acknowledgedNear(in results.Injection) int {
	n := 0
	for _, a := range j.acks {
		age := instant(in) - a.at
		if age >= 0 && age.Duration() <= near && hits(in, a.tenant) {
			n++
		}
	}
	return n
}
