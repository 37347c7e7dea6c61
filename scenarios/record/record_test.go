package record

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
)

func open(t *testing.T, dir string) (*Recorder, time.Time) {
	t.Helper()
	r, err := Open(dir, "s", "s")
	if err != nil {
		t.Fatal(err)
	}
	base := time.Now()
	r.SetBase(base)
	return r, base
}

func samples(t *testing.T, dir string) []results.Sample {
	t.Helper()
	var all []results.Sample
	for s, err := range (&results.TrialData{Dir: dir}).Samples() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func writes(t *testing.T, dir string) map[string]results.Write {
	t.Helper()
	all := map[string]results.Write{}
	for w, err := range (&results.TrialData{Dir: dir}).Writes() {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[string(w.Op)+" "+w.Ref]; twice {
			t.Errorf("%s %s has two rows", w.Op, w.Ref)
		}
		all[string(w.Op)+" "+w.Ref] = w
	}
	return all
}

// Writes before the load, in setup(), have to be accounted for, too.
func TestWriteBeforeTheLoad(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(dir, "s", "s")
	if err != nil {
		t.Fatal(err)
	}
	r.Attempt("t1", "order", "S1", 0).Answer(results.OK, 7)
	r.SetBase(time.Now())
	if final := r.Close(); final.Err != "" {
		t.Fatal(final.Err)
	}
	if w := writes(t, dir)["order S1"]; w.Ack != results.Acknowledged || w.Document != 7 || w.Attempted != 0 || w.Answered != 0 {
		t.Errorf("write %+v, want it acknowledged at offset 0", w)
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	r, base := open(t, dir)
	r.Plan("t1", "orders", 3)
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	r.Step(results.Sample{Tenant: "t1", Journey: "orders", Step: "order", Outcome: results.OK}, Times{at(1), at(2), at(5)})
	r.Arrived()
	r.Journey(results.Sample{Tenant: "t1", Journey: "orders", Outcome: results.OK}, Times{at(1), at(2), at(5)}, time.Millisecond)
	r.Arrived()
	r.Dropped("t1", "orders", 1, at(3), at(9))
	final := r.Close()
	if final.Err != "" {
		t.Fatal(final.Err)
	}
	ms := func(n int) results.Offset { return results.OffsetOf(time.Duration(n) * time.Millisecond) }
	want := []results.Sample{
		{Scenario: "s", Tenant: "t1", Journey: "orders", Step: "order", Intended: ms(1), Started: ms(2), Ended: ms(5),
			Outcome: results.OK},
		{Scenario: "s", Tenant: "t1", Journey: "orders", Step: "journey", Intended: ms(1), Started: ms(2), Ended: ms(5),
			Outcome: results.OK},
		{Scenario: "s", Tenant: "t1", Journey: "orders", Step: "journey", Iteration: 1, Intended: ms(3), Started: ms(9), Ended: ms(9),
			Outcome: results.Dropped, Detail: "no virtual user was free"},
	}
	if diff := cmp.Diff(want, samples(t, dir)); diff != "" {
		t.Error(diff)
	}
	load := []results.Load{{Scenario: "s", Tenant: "t1", Journey: "orders", Planned: 3, Started: 1, Dropped: 1}}
	if diff := cmp.Diff(load, final.Load); diff != "" {
		t.Error(diff)
	}
	if final.LateP99 < 0.0009 || final.LateP99 > 0.0011 {
		t.Errorf("lateness %v s, want 1 ms", final.LateP99)
	}
	p := r.Progress()
	if p.Planned != 2 || p.Started != 1 || p.Dropped != 1 || p.Outcomes[results.OK] != 1 {
		t.Errorf("progress %+v", p)
	}
}

func TestJournal(t *testing.T) {
	dir := t.TempDir()
	r, _ := open(t, dir)
	for ref, outcome := range map[string]results.Outcome{
		"a": results.OK, "b": results.UserError, "c": results.Gateway, "d": results.Refused, "e": results.Timeout,
	} {
		r.Attempt("t1", "order", ref, 0).Answer(outcome, 7)
	}
	late := r.Attempt("t1", "order", "f", 0)
	if raw, err := os.ReadFile(logPath(dir, "s")); err != nil || len(raw) == 0 {
		t.Errorf("nothing in the log before the answer: %v", err)
	}
	if final := r.Close(); final.Err != "" {
		t.Fatal(final.Err)
	}
	late.Answer(results.OK, 1) // too late to be recorded
	got := map[string]results.Ack{}
	for _, w := range writes(t, dir) {
		got[w.Ref] = w.Ack
	}
	want := map[string]results.Ack{
		"a": results.Acknowledged, "b": results.Rejected, "c": results.Indeterminate, "d": results.Rejected,
		"e": results.Indeterminate, "f": results.Attempted,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(logPath(dir, "s")); err == nil {
		t.Error("the log is still there after closing")
	}
}

// A generator that was killed has sent writes that are in no table.
func TestRecoverAfterKill(t *testing.T) {
	dir := t.TempDir()
	r, _ := open(t, dir)
	r.Attempt("t1", "order", "answered", 0).Answer(results.OK, 7)
	r.Attempt("t1", "ship", "open", 9)
	eventually.True(t, time.Minute, "the table has a part", func() bool {
		parts, err := filepath.Glob(filepath.Join(dir, "writes-s", "*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		return len(parts) > 0
	})
	log, err := os.OpenFile(logPath(dir, "s"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(`{"Tenant":"t1","Op":"or`); err != nil { // cut by the kill
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	// The table of another generator, which may still be writing, is not read.
	other := filepath.Join(dir, "writes-other.parquet")
	if err := os.WriteFile(other, []byte("unfinished"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Recover(dir, "s"), os.Remove(other)); err != nil {
		t.Fatal(err)
	}
	want := map[string]results.Write{
		"order answered": {Tenant: "t1", Op: "order", Ref: "answered", Document: 7, Ack: results.Acknowledged, Outcome: results.OK},
		"ship open":      {Tenant: "t1", Op: "ship", Ref: "open", Document: 9, Ack: results.Attempted},
	}
	if diff := cmp.Diff(want, writes(t, dir), cmpopts.IgnoreFields(results.Write{}, "Attempted", "Answered")); diff != "" {
		t.Error(diff)
	}
	if err := Recover(dir, "s"); err != nil {
		t.Errorf("second time: %v", err)
	}
}

func BenchmarkStep(b *testing.B) {
	r, err := Open(b.TempDir(), "s", "s")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	s := results.Sample{Tenant: "t1", Journey: "orders", Step: "order", Outcome: results.OK, Status: 200}
	for b.Loop() {
		s.Iteration++
		r.Step(s, Times{now, now, now})
	}
	if final := r.Close(); final.Err != "" {
		b.Fatal(final.Err)
	}
}

// A journey of one k6 scenario has an index for each arrival; one of two has each index twice.
func TestIndexed(t *testing.T) {
	r, err := Open("", "s.1of2", "s")
	if err != nil {
		t.Fatal(err)
	}
	for _, journey := range []string{"orders", "shipping", "orders"} {
		r.Plan("t1", journey, 3)
		r.Indexed("t1", journey)
	}
	want := []results.Load{{Scenario: "s", Tenant: "t1", Journey: "orders", Planned: 6},
		{Scenario: "s", Tenant: "t1", Journey: "shipping", Planned: 3, Indexed: true}}
	if diff := cmp.Diff(want, r.Close().Load); diff != "" {
		t.Error(diff)
	}
}
