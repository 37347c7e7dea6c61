package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

func offset(seconds float64) *results.Offset {
	o := results.Offset(seconds * 1e9)
	return &o
}

func TestAttribute(t *testing.T) {
	failover := results.Injection{Fault: "failover", Tenants: []string{"t1"}, Injected: offset(20), Recovered: offset(25)}
	redis := results.Injection{Fault: "redis", Tenants: []string{"t2"}, Injected: offset(5), Recovered: offset(8)}
	never := results.Injection{Fault: "never", Requested: 0}
	write := func(tenant string, at float64) results.Write {
		return results.Write{Tenant: tenant, Op: "order", Ref: "r", Ack: results.Acknowledged, Answered: *offset(at)}
	}
	type lostAt struct {
		tenant string
		at     float64
	}
	for name, c := range map[string]struct {
		lost []lostAt
		want []results.Loss
		rpo  *float64
	}{
		"none": {nil, []results.Loss{
			{Fault: "redis", At: *offset(5)}, {Fault: "failover", At: *offset(20), Near: 2}}, nil},
		"two before the failover": {[]lostAt{{"t1", 18.5}, {"t1", 19.75}}, []results.Loss{
			{Fault: "redis", At: *offset(5)}, {Fault: "failover", At: *offset(20), Near: 2, Lost: 2, RPO: 1.5}}, ptr(1.5)},
		"acknowledged while it lasted: up to its end": {[]lostAt{{"t1", 21}}, []results.Loss{
			{Fault: "redis", At: *offset(5)}, {Fault: "failover", At: *offset(20), Near: 2, Lost: 1, RPO: 4}}, ptr(4)},
		"another tenant's fault cannot have lost it": {[]lostAt{{"t1", 4}}, []results.Loss{
			{Fault: "redis", At: *offset(5)}, {Fault: "failover", At: *offset(20), Near: 2, Lost: 1, RPO: 16}}, ptr(16)},
		"after every fault": {[]lostAt{{"t1", 26}}, []results.Loss{
			{Fault: "redis", At: *offset(5)}, {Fault: "failover", At: *offset(20), Near: 2}, {At: *offset(30), Lost: 1, RPO: 4}}, ptr(4)},
	} {
		j := &journal{tenants: map[string]map[results.Op]map[string]*fate{}}
		for _, w := range []results.Write{write("t1", 3), write("t1", 12), write("t1", 18.5), write("t1", 30), write("t2", 19)} {
			j.add(w)
		}
		var lost []lostWrite
		for _, l := range c.lost {
			lost = append(lost, lostWrite{fate: &fate{ackedAt: *offset(l.at)}, tenant: l.tenant})
		}
		got, rpo := attribute(lost, j, []results.Injection{failover, never, redis})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(c.rpo, rpo); diff != "" {
			t.Errorf("%s: rpo %s", name, diff)
		}
	}
}

func ptr(v float64) *float64 { return &v }

// What a delay of the log kept from the standby is lost by the failover, though the
// delay began first and lasted as long.
func TestAttributeToWhatDestroys(t *testing.T) {
	slow := results.Injection{Fault: "wal-delay", Action: "delay", Injected: offset(5), Recovered: offset(40)}
	failover := results.Injection{Fault: "failover", Action: "failover", Destroys: true, Injected: offset(20), Recovered: offset(21)}
	w := lostWrite{fate: &fate{ackedAt: *offset(18)}, tenant: "t1"}
	got, rpo := attribute([]lostWrite{w}, &journal{}, []results.Injection{slow, failover})
	want := []results.Loss{{Fault: "wal-delay", At: *offset(5)}, {Fault: "failover", At: *offset(20), Lost: 1, RPO: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(ptr(2), rpo); diff != "" {
		t.Error(diff)
	}
}

// Reads are counted apart from writes; those that failed are no reads.
func TestReadsAreCounted(t *testing.T) {
	j := &journal{tenants: map[string]map[results.Op]map[string]*fate{}}
	for _, ack := range []results.Ack{results.Acknowledged, results.Stale, results.Stale, results.Rejected} {
		j.add(results.Write{Tenant: "t1", Op: "see", Ref: "r", Ack: ack, Answered: *offset(2)})
	}
	want := []results.AuditRead{{Tenant: "t1", Op: "see", Reads: 3, Stale: 2, Examples: []string{"r at 2.0 s", "r at 2.0 s"}}}
	if diff := cmp.Diff(want, j.allReads()); diff != "" {
		t.Error(diff)
	}
	if ops := j.operations("t1"); len(ops) != 0 {
		t.Errorf("reads are among the writes: %v", ops)
	}
}
