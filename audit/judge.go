package audit

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/results"
)

// judge compares the clients' answers with how often each reference was found.
//
//	answer          found 0       found 1        found more
//	acknowledged    lost          as it should   duplicated
//	not answered    not done      lost_ack       lost_ack, duplicated
//	refused         as it should  unexpected     unexpected, duplicated
//	(no attempt)                  unexpected     unexpected, duplicated
//
// It differs from Jepsen's set checker in two points. A refused write that is there is
// unexpected; Jepsen counts it as recovered, like one that was not answered. A write
// that was attempted twice with one reference and is there twice is duplicated, since
// an order must be shipped once.
//
// judge also returns the lost writes.
func judge(fates map[string]*fate, seen map[string]int) (results.AuditOp, []*fate) {
	var c results.AuditOp
	var lost []*fate
	for _, ref := range slices.Sorted(maps.Keys(fates)) {
		f, n := fates[ref], seen[ref]
		c.Attempted++
		switch {
		case f.acked:
			c.Acknowledged++
			if n == 0 {
				c.Lost++
				lost = append(lost, f)
				example(&c, ref, "lost")
			}
		case f.open:
			c.Indeterminate++
			if n > 0 {
				c.LostAck++
			}
		case n > 0:
			c.Unexpected++
			example(&c, ref, "refused but there")
		}
		if n > 1 {
			c.Duplicated++
			example(&c, ref, fmt.Sprintf("there %d times", n))
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(seen)) {
		if fates[ref] == nil && seen[ref] > 0 {
			c.Unexpected++
			example(&c, ref, "never attempted")
			if seen[ref] > 1 {
				c.Duplicated++
			}
		}
	}
	return c, lost
}

func example(c *results.AuditOp, ref, why string) {
	if len(c.Examples) < maxExamples {
		c.Examples = append(c.Examples, ref+" ("+why+")")
	}
}
