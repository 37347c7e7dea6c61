package scenarios

import (
	"cmp"
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

// quantile of the durations of samples.
func quantile(all []results.Sample, q float64, of func(results.Sample) time.Duration) time.Duration {
	slices.SortFunc(all, func(a, b results.Sample) int { return cmp.Compare(of(a), of(b)) })
	return of(all[int(q*float64(len(all)-1))])
}

func ofTenant(all []results.Sample, tenant, step string) []results.Sample {
	return slices.DeleteFunc(slices.Clone(all), func(s results.Sample) bool { return s.Tenant != tenant || s.Step != step })
}

// excess is the quantile of how much longer than b the arrivals of a took, each held
// against its like in b: the two have the same intended starts.
func excess(a, b []results.Sample, q float64) time.Duration {
	for _, all := range [][]results.Sample{a, b} {
		slices.SortFunc(all, func(x, y results.Sample) int { return cmp.Compare(x.Intended, y.Intended) })
	}
	more := make([]time.Duration, len(a))
	for i := range a {
		more[i] = a[i].Latency() - b[i].Latency()
	}
	slices.Sort(more)
	return more[int(q*float64(len(more)-1))]
}

// stallOne runs a load on two tenants; the target of t1 stalls for 2 s of 6.
func stallOne(t *testing.T) (results.Generator, []results.Load, []results.Sample) {
	t.Helper()
	stalled, calm := odootest.New(), odootest.New()
	defer stalled.Close()
	defer calm.Close()
	s := spec(t, stalled, script("stall.js"), "t1", "t2")
	s.Tenants[1].URL = calm.URL
	s.Scale, s.Duration = 0.5, 6*time.Second // 25/s and 4 users: a busy machine carries it
	child, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	begin := sync.OnceFunc(func() { stalled.Stall(2 * time.Second) })
	for p := range child.Progress() {
		if p.Started >= 50 { // of two tenants: after a second
			begin()
		}
	}
	generator, load, err := child.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return generator, load, samplesIn(t, s.Out)
}

// With 4 virtual users few requests are under way when the target stalls, so service
// times hide the stall; from the intended start a third of all arrivals waited. t2, on
// another server, sees nothing. Where t2 waited too, the machine stalled, and what the
// target did cannot be told from that: the load runs again, four times at most.
func TestStallShowsFromIntendedStart(t *testing.T) {
	generator, load, all := stallOne(t)
	for range 4 {
		waited := quantile(ofTenant(all, "t2", results.Journey), 0.90, results.Sample.Latency)
		if waited < 300*time.Millisecond {
			break
		}
		t.Logf("the tenant that was not stalled waited %s: again", waited)
		generator, load, all = stallOne(t)
	}
	for _, step := range []string{"look", results.Journey} {
		hit, spared := ofTenant(all, "t1", step), ofTenant(all, "t2", step)
		if len(hit) != 150 || len(spared) != 150 {
			t.Fatalf("%s: %d and %d samples, want 150 each", step, len(hit), len(spared))
		}
		// 25/s over 2 s of stall: 50 of 150 arrivals, waiting 0 to 2 s, evenly. So 90 % of
		// all waited less than 2 s·(1-0.1/0.333) = 1.4 s. t2 is the control: what a busy
		// machine adds, it adds to the arrivals of both at that time.
		waited, worst := quantile(hit, 0.90, results.Sample.Latency), quantile(spared, 1, results.Sample.Latency)
		if waited < time.Second || waited > 2*time.Second+worst {
			t.Errorf("%s: p90 from the intended start %s, want about 1.4 s", step, waited)
		}
		if more := excess(hit, spared, 0.90); more < 700*time.Millisecond {
			t.Errorf("%s: p90 of what the stalled tenant waited longer %s, want about 1.4 s", step, more)
		}
		// The stalled requests took up to 2 s.
		served, usual := quantile(hit, 0.95, results.Sample.Service), quantile(spared, 0.95, results.Sample.Service)
		if served > time.Second+usual {
			t.Errorf("%s: p95 of the service time %s, of the other tenant %s: 4 users cannot be more than 3 %%", step, served, usual)
		}
	}
	for _, l := range load {
		if l.Planned != 150 || l.Started != 150 || l.Dropped != 0 {
			t.Errorf("load %+v, want 150 planned and started", l)
		}
	}
	if generator.CPUSeconds <= 0 || generator.LateP99 <= 0 || generator.LateP99 > 5 {
		t.Errorf("generator %+v", generator)
	}
}

// Two setups with the same seed get the same arrivals: the clock of one starts when k6
// is ready, that of the other two seconds later.
func TestSameSeedSameIntendedArrivals(t *testing.T) {
	intended := func(t *testing.T, seed uint64, held bool) []results.Offset {
		server := odootest.New()
		defer server.Close()
		s := spec(t, server, script("dispatch-cutoff"), "t1", "t2")
		s.Scale, s.Seed, s.Env = 40, seed, map[string]string{}
		s.Duration = 3 * time.Second
		outline, err := Inspect(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if s.Documents, err = Seed(t.Context(), s, outline, nil); err != nil {
			t.Fatal(err)
		}
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
	server := odootest.New()
	defer server.Close()
	s := spec(t, server, script("dispatch-cutoff"), "t1")
	s.Scale = 40
	outline, err := Inspect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if s.Documents, err = Seed(t.Context(), s, outline, nil); err != nil {
		t.Fatal(err)
	}
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
		if w.Ack != results.Acknowledged || w.Answered < w.Attempted || !strings.HasPrefix(w.Ref, "run-1-load-") || w.Document == 0 {
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
	server := odootest.New()
	stall := sync.OnceFunc(func() { time.Sleep(4 * time.Second) }) // the first call: longer than all arrivals take
	server.Answer = func(http.ResponseWriter, odootest.Call) bool {
		stall()
		return false
	}
	defer server.Close()
	s := spec(t, server, script("drops.js"), "t1")
	_, load := perform(t, s)
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
	server := odootest.New()
	defer server.Close()
	segment := func(args ...string) map[int64]results.Sample {
		dir := t.TempDir()
		args = append([]string{"k6", "run", "--quiet", "--address", "", "--out", "harness=" + dir}, append(args, script("poisson.js"))...)
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...) //nolint:gosec // ourselves
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
		if s.Documents, err = Seed(t.Context(), s, outline, nil); err != nil {
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
