package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// Jepsen's own test of its set checker (jepsen/test/jepsen/checker_test.clj,
// set-test): adds 0 and 1 acknowledged, 10 and 11 without an answer, 20 and 21
// failed; the final read finds 0, 10, 20, 30. Jepsen reports: lost 1, recovered 10
// and 20, unexpected 30. We call 20 unexpected as well: it was refused.
func TestJepsenSetOracle(t *testing.T) {
	j, err := fold(history("order 0 ok", "order 1 ok", "order 10 info", "order 11 info", "order 20 fail", "order 21 fail"))
	if err != nil {
		t.Fatal(err)
	}
	got, lost := judge(j.of("t1", "order"), map[string]int{"0": 1, "10": 1, "20": 1, "30": 1})
	want := results.AuditOp{
		Attempted: 6, Acknowledged: 2, Lost: 1, LostAck: 1, Unexpected: 2, Indeterminate: 2,
		Examples: []string{"1 (lost)", "20 (refused but there)", "30 (never attempted)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(lost) != 1 || lost[0].ref != "1" {
		t.Errorf("lost %v, want 1", lost)
	}
}

// Jepsen's test of total-queue: enqueues :hung without an answer, :enqueued and
// :dup acknowledged; dequeued :wtf, :dup, :dup. Lost :enqueued, unexpected :wtf,
// duplicated :dup, recovered nothing.
func TestJepsenQueueOracle(t *testing.T) {
	j, err := fold(history("order hung sent", "order enqueued ok", "order dup ok"))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := judge(j.of("t1", "order"), map[string]int{"wtf": 1, "dup": 2})
	want := results.AuditOp{
		Attempted: 3, Acknowledged: 2, Lost: 1, Duplicated: 1, Unexpected: 1, Indeterminate: 1,
		Examples: []string{"dup (there 2 times)", "enqueued (lost)", "wtf (never attempted)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAttemptsOfOneReferenceAreOneWrite(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		seen  int
		want  results.AuditOp
	}{
		"unanswered, then done": {[]string{"order r info", "order r ok"}, 1, results.AuditOp{Attempted: 1, Acknowledged: 1}},
		"unanswered, then refused as done already": {[]string{"confirm r info", "confirm r fail"}, 1,
			results.AuditOp{Attempted: 1, Indeterminate: 1, LostAck: 1}},
		"a naive retry doubled it": {[]string{"order r info", "order r ok"}, 2,
			results.AuditOp{Attempted: 1, Acknowledged: 1, Duplicated: 1, Examples: []string{"r (there 2 times)"}}},
		"refused twice, not there": {[]string{"order r fail", "order r fail"}, 0, results.AuditOp{Attempted: 1}},
		"sent, run ended":          {[]string{"order r sent"}, 1, results.AuditOp{Attempted: 1, Indeterminate: 1, LostAck: 1}},
	} {
		j, err := fold(history(c.lines...))
		if err != nil {
			t.Fatal(err)
		}
		var op results.Op
		for op = range j.tenants["t1"] {
			break
		}
		got, _ := judge(j.of("t1", op), map[string]int{"r": c.seen})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
