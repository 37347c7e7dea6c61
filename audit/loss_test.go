package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"odooharness/results"
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
		j := &journal{tenants: map[string]map[string]map[string]*fate{}}
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
