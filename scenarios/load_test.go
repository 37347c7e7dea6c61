package scenarios

import (
	"cmp"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/wire"
)

func ofTenant(all []results.Sample, tenant, step string) []results.Sample {
	return slices.DeleteFunc(slices.Clone(all), func(s results.Sample) bool { return s.Tenant != tenant || s.Step != step })
}

// hold makes the server keep every call to a model until release is called.
func hold(server *odootest.Server) (begin, release func()) {
	var holding atomic.Bool
	free := make(chan struct{})
	server.Answer = func(http.ResponseWriter, odootest.Call) bool {
		if holding.Load() {
			<-free
		}
		return false
	}
	return func() { holding.Store(true) }, sync.OnceFunc(func() { close(free) })
}

// holdFrom makes the server answer so many calls to a model, and keep those after them
// until release is called.
func holdFrom(server *odootest.Server, calls int64) (release func()) {
	var answered atomic.Int64
	free := make(chan struct{})
	server.Answer = func(http.ResponseWriter, odootest.Call) bool {
		if answered.Add(1) > calls {
			<-free
		}
		return false
	}
	return sync.OnceFunc(func() { close(free) })
}

// The target of t1 answers 25 calls, and no more until 65 arrivals have come. t2 has a
// server of its own. The load continues: arrivals during the stall start after the first
// held call has returned, and count from their intended start. Package openarrival pins
// each wait in virtual time.
func TestLoadGoesOnWhileTheTargetStalls(t *testing.T) {
	t.Parallel() // it mostly waits
	stalled, calm := odootest.New(), odootest.New()
	defer stalled.Close()
	defer calm.Close()
	release := holdFrom(stalled, 25)
	defer release()
	s := spec(t, stalled, script("stall.js"), "t1", "t2")
	s.Tenants[1].URL = calm.URL
	s.Scale, s.Duration = 0.5, 6*time.Second // 25/s and 4 users a tenant
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for p := range child.Progress() {
		if p.Planned >= 130 { // of both tenants
			release()
		}
	}
	_, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range load {
		if l.Planned != 150 || l.Started != 150 || l.Dropped != 0 {
			t.Errorf("load %+v, want 150 planned and started", l)
		}
	}
	all := samplesIn(t, s.Out)
	hit, spared := ofTenant(all, "t1", results.Journey), ofTenant(all, "t2", results.Journey)
	// The held journeys have the longest service times: 4 at most, one a virtual user.
	slices.SortFunc(hit, func(a, b results.Sample) int { return cmp.Compare(b.Service(), a.Service()) })
	held := hit[:4]
	first, freed := held[0].Started, held[0].Ended
	for _, h := range held {
		first, freed = min(first, h.Started), min(freed, h.Ended)
	}
	waited := 0
	for _, h := range hit {
		if h.Started < h.Intended || h.Latency() < h.Service() {
			t.Errorf("%+v: it must not start before its intended start", h)
		}
		if h.Intended < freed && h.Started >= freed {
			waited++
		}
	}
	// Of 65 or more that had come, 25 were answered and 4 were held.
	if waited < 30 {
		t.Errorf("%d arrivals waited for the held calls, want 36 or more", waited)
	}
	served := 0
	for _, other := range spared {
		if other.Started > first && other.Ended < freed {
			served++
		}
	}
	if served == 0 {
		t.Error("the other tenant was served nothing while the target of the first held its calls")
	}
}

// Two setups with the same seed get the same arrivals: the clock of one starts when k6
// is ready, that of the other two seconds later.
func TestSameSeedSameIntendedArrivals(t *testing.T) {
	t.Parallel() // it mostly waits
	intended := func(t *testing.T, seed uint64, held bool) []results.Offset {
		server := odootest.New()
		defer server.Close()
		s := spec(t, server, script("dispatch-cutoff"), "t1", "t2")
		s.Scale, s.Seed, s.Env = 40, seed, map[string]string{}
		s.Duration = 3 * time.Second
		outline := seeded(t, &s)
		var load []results.Load
		var base time.Time
		if held {
			base, load = performHeld(t, s, 2*time.Second)
		} else {
			_, load = perform(t, s)
		}
		ended := time.Now()
		for _, l := range load {
			for _, planned := range outline.Planned {
				if planned.Tenant == l.Tenant && planned.Journey == l.Journey && planned.Planned != l.Planned {
					t.Errorf("%s %s: %d arrivals, planned were %d", l.Tenant, l.Journey, l.Planned, planned.Planned)
				}
			}
		}
		all := slices.DeleteFunc(samplesIn(t, s.Out), func(s results.Sample) bool { return s.Step != results.Journey })
		slices.SortFunc(all, func(a, b results.Sample) int {
			return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.Iteration, b.Iteration))
		})
		var at []results.Offset
		for _, sample := range all {
			if sample.Outcome != results.OK {
				t.Errorf("%s %s: %s %s", sample.Tenant, sample.Journey, sample.Outcome, sample.Detail)
			}
			at = append(at, sample.Intended)
			if held && base.Add(sample.Ended.Duration()).After(ended) {
				t.Fatalf("a journey ended %s after the base, and all had ended %s after it", sample.Ended.Duration(), ended.Sub(base))
			}
		}
		return at
	}
	var first, second, other []results.Offset
	t.Run("each", func(t *testing.T) { // until all three have ended
		t.Run("first", func(t *testing.T) { t.Parallel(); first = intended(t, 42, false) })
		t.Run("second", func(t *testing.T) { t.Parallel(); second = intended(t, 42, true) })
		t.Run("other", func(t *testing.T) { t.Parallel(); other = intended(t, 43, false) })
	})
	if !slices.Equal(first, second) {
		t.Errorf("%d and %d arrivals differ", len(first), len(second))
	}
	if slices.Equal(first, other) {
		t.Error("another seed gives the same arrivals")
	}
}

// Every business write of the run is in the journal, with its own reference.
func TestJournalOfARun(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("dispatch-cutoff"), "t1")
	s.Scale = 40
	seeded(t, &s)
	s.Tenants[0].Password = odootest.Password
	perform(t, s)
	seen, count := map[string]bool{}, map[results.Op]int{}
	for _, w := range writesIn(t, s.Out) {
		id := string(w.Op) + " " + w.Ref
		if seen[id] {
			t.Errorf("%s is in the journal twice", id)
		}
		seen[id] = true
		count[w.Op]++
		if w.Ack != results.Acknowledged || w.Answered < w.Attempted || !strings.HasPrefix(w.Ref, "run-1-load") || w.Document == 0 {
			t.Errorf("write %+v", w)
		}
	}
	steps := map[results.Op]int{}
	for _, sample := range samplesIn(t, s.Out) {
		if sample.Write {
			steps[results.Op(sample.Step)]++
		}
	}
	for _, op := range []results.Op{"order", "confirm", "reserve", "scan", "ship"} {
		if count[op] == 0 || count[op] != steps[op] {
			t.Errorf("%s: %d writes, %d samples", op, count[op], steps[op])
		}
	}
}

// What cannot be queued is lost load, counted and recorded.
func TestDropsAreRecorded(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	begin, release := hold(server)
	defer release()
	begin()
	s := spec(t, server, script("drops.js"), "t1")
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for p := range child.Progress() {
		if p.Planned == 40 { // all have come
			release()
		}
	}
	_, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	dropped := 0
	for _, sample := range samplesIn(t, s.Out) {
		if sample.Outcome == results.Dropped {
			dropped++
		}
	}
	// 40 arrivals, one virtual user, five places in the queue: 34 find none.
	if len(load) != 1 || load[0].Planned != 40 || load[0].Dropped != 34 || dropped != 34 {
		t.Errorf("load %+v and %d dropped samples, want 34 of 40", load, dropped)
	}
}

// Two k6 processes with a third and two thirds of the work start every arrival once,
// at the same instants as one process alone.
func TestExecutionSegmentsTogether(t *testing.T) {
	t.Parallel() // it mostly waits
	server := odootest.New()
	defer server.Close()
	segment := func(args ...string) map[int64]results.Sample {
		dir := t.TempDir()
		args = append([]string{"k6", "run", "--quiet", "--address", "", "--out", "harness=" + dir},
			append(args, script("poisson.js"))...)
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), "ODOO_URL="+server.URL, "ODOO_TENANTS=t1", "ODOO_PASSWORD="+odootest.Password, "ODOO_SEED=5")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		found := map[int64]results.Sample{}
		for _, s := range ofTenant(samplesIn(t, dir), "t1", results.Journey) {
			found[s.Iteration] = s
		}
		return found
	}
	whole := segment()
	third := segment("--execution-segment", "0:1/3", "--execution-segment-sequence", "0,1/3,1")
	rest := segment("--execution-segment", "1/3:1", "--execution-segment-sequence", "0,1/3,1")
	if len(third)+len(rest) != len(whole) || len(third) == 0 || len(rest) < len(third) {
		t.Fatalf("%d and %d arrivals of %d", len(third), len(rest), len(whole))
	}
	for i, want := range whole {
		got, ok := third[i]
		if !ok {
			got, ok = rest[i]
		}
		if !ok || got.Intended != want.Intended {
			t.Errorf("arrival %d: %v, want %v", i, got.Intended, want.Intended)
		}
	}
}

// A naive connector sends a write again that got no answer; the one that repeats
// nothing leaves it indeterminate.
func TestNaiveRetry(t *testing.T) {
	t.Parallel() // it mostly waits
	reference := regexp.MustCompile(`"client_order_ref":"[^"]+"`)
	for _, naive := range []bool{false, true} {
		server := odootest.New()
		var orders atomic.Int64
		var asked sync.Map // references of orders
		server.Answer = func(w http.ResponseWriter, c odootest.Call) bool {
			if c.Model != "sale.order" || c.Method != "create" {
				return false
			}
			orders.Add(1)
			if _, again := asked.LoadOrStore(reference.FindString(c.Body), true); again {
				return false
			}
			w.WriteHeader(http.StatusGatewayTimeout)
			return true
		}
		s := spec(t, server, script("dispatch-cutoff"), "t1")
		s.Scale, s.NaiveRetry = 20, naive
		outline, err := Inspect(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		outline.Needs = map[string]wire.Need{wire.Products: {Spare: 2}, wire.Partners: {Spare: 2}}
		if s.Documents, err = Seed(t.Context(), s, outline, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		perform(t, s)
		acks := map[results.Ack]int{}
		for _, w := range writesIn(t, s.Out) {
			if w.Op == "order" {
				acks[w.Ack]++
			}
		}
		sent, writes := int(orders.Load()), acks[results.Acknowledged]+acks[results.Indeterminate]
		if naive && (sent != 2*writes || acks[results.Indeterminate] != 0) {
			t.Errorf("naive: %d orders sent for %d writes, %v", sent, writes, acks)
		}
		if !naive && (sent != writes || acks[results.Indeterminate] == 0) {
			t.Errorf("careful: %d orders sent for %d writes, %v", sent, writes, acks)
		}
		server.Close()
	}
}
