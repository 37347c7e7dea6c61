package openarrival

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	"go.k6.io/k6/errext"
	"go.k6.io/k6/lib"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
)

// row is what the executor reports of an arrival, in milliseconds since the begin.
type row struct {
	Index                    int64
	Intended, Started, Ended int // Started is 0 for an arrival that was never started
	Outcome                  results.Outcome
	Prompt                   bool
}

// recorder is the host of the executor under test. Its begin is the virtual now.
type recorder struct {
	mu      sync.Mutex // guards what follows
	begin   time.Time
	planned int64
	arrived int
	rows    []row
}

func (*recorder) Prepare(context.Context, lib.Options) error { return nil }
func (*recorder) Seed(string) uint64                         { return 1 }

func (r *recorder) Begin(_ context.Context, startTime time.Duration) (time.Time, error) {
	r.begin = time.Now()
	return r.begin.Add(startTime), nil
}

func (r *recorder) Plan(_ string, _ map[string]string, total int64) { r.planned = total }
func (r *recorder) Arrived(string)                                  { r.arrived++ }

func (r *recorder) ms(t time.Time) int { return int(t.Sub(r.begin).Milliseconds()) }

func (r *recorder) Dropped(_ string, index int64, intended, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, row{Index: index, Intended: r.ms(intended), Ended: r.ms(now), Outcome: results.Dropped})
}

func (r *recorder) Finished(a *Arrival, ended time.Time, prompt bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	outcome := a.Outcome
	if outcome == "" {
		outcome = results.OK
	}
	r.rows = append(r.rows, row{a.Index, r.ms(a.Intended), r.ms(a.Started), r.ms(ended), outcome, prompt})
}

// virtualUser is a k6 virtual user whose iterations are the function iterate.
type virtualUser struct {
	id      uint64
	iterate func(context.Context) error
}

func (v *virtualUser) GetID() uint64 { return v.id }

func (v *virtualUser) Activate(params *lib.VUActivationParams) lib.ActiveVU {
	context.AfterFunc(params.RunContext, func() { params.DeactivateCallback(v) })
	return &activeUser{v, params.RunContext}
}

type activeUser struct {
	*virtualUser
	ctx context.Context
}

func (a *activeUser) RunOnce() error { return a.iterate(a.ctx) }

// perform runs the options in virtual time and returns the rows by index. A virtual
// user that is not pre-allocated needs 20 ms to start.
func perform(t *testing.T, options string, iterate func(context.Context) error) (*recorder, error) {
	t.Helper()
	host := &recorder{}
	config, err := Parse("t1_orders", []byte(options), host)
	if err != nil {
		t.Fatal(err)
	}
	if problems := config.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	registry := metrics.NewRegistry()
	test := &lib.TestRunState{
		TestPreInitState: &lib.TestPreInitState{Registry: registry, BuiltinMetrics: metrics.RegisterBuiltinMetrics(registry)},
		RunTags:          registry.RootTagSet(),
	}
	planned, most := uint64(config.PreAllocatedVUs.Int64), uint64(config.MaxVUs.Int64) // small
	state := lib.NewExecutionState(test, tuple(t, "0:1", ""), planned, most)
	for id := range planned {
		state.AddInitializedVU(&virtualUser{id, iterate})
	}
	state.SetInitVUFunc(func(context.Context, *logrus.Entry) (lib.InitializedVU, error) {
		time.Sleep(20 * time.Millisecond)
		return &virtualUser{planned, iterate}, nil
	})
	log := logrus.New()
	log.SetOutput(io.Discard)
	executor, err := config.NewExecutor(state, logrus.NewEntry(log))
	if err != nil {
		t.Fatal(err)
	}
	executor.(*openArrival).wait = waitByTimer
	out := make(chan metrics.SampleContainer, 1000)
	err = executor.Run(t.Context(), out)
	slices.SortFunc(host.rows, func(a, b row) int { return int(a.Index - b.Index) })
	if dropped := len(out); dropped != host.dropped() {
		t.Errorf("k6 counts %d dropped iterations, the host %d", dropped, host.dropped())
	}
	return host, err
}

func (r *recorder) dropped() int {
	n := 0
	for _, row := range r.rows {
		if row.Outcome == results.Dropped {
			n++
		}
	}
	return n
}

// serve is an iteration that needs 10 ms, on a target that stalls between two instants
// since the begin.
func serve(from, to time.Duration) func(context.Context) error {
	begin := time.Now()
	return func(context.Context) error {
		if now := time.Since(begin); now >= from && now < to {
			time.Sleep(to - now)
		}
		time.Sleep(10 * time.Millisecond)
		return nil
	}
}

// The target stalls from 200 to 1200 ms, and two virtual users hang in it. Arrivals during
// the stall start late, in order, and keep their intended start. Their latency shows the
// stall, their service time does not.
func TestStallShowsFromIntendedStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, err := perform(t, `{"times":[0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4],"maxVUs":2}`,
			serve(200*time.Millisecond, 1200*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		want := []row{
			{0, 0, 0, 10, results.OK, true},
			{1, 100, 100, 110, results.OK, true},
			{2, 200, 200, 1210, results.OK, true},
			{3, 300, 300, 1210, results.OK, true},
			{4, 400, 1210, 1220, results.OK, false},
			{5, 500, 1210, 1220, results.OK, false},
			{6, 600, 1220, 1230, results.OK, false},
			{7, 700, 1220, 1230, results.OK, false},
			{8, 800, 1230, 1240, results.OK, false},
			{9, 900, 1230, 1240, results.OK, false},
			{10, 1000, 1240, 1250, results.OK, false},
			{11, 1100, 1240, 1250, results.OK, false},
			{12, 1200, 1250, 1260, results.OK, false},
			{13, 1300, 1300, 1310, results.OK, true},
			{14, 1400, 1400, 1410, results.OK, true},
		}
		if diff := cmp.Diff(want, host.rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if host.planned != 15 || host.arrived != 15 {
			t.Errorf("%d planned, %d arrived, want 15", host.planned, host.arrived)
		}
	})
}

// One virtual user hangs. Two arrivals wait in the queue until the graceful stop, 500 ms
// after the last arrival; the others find the queue full. All are lost load, and the one
// under way is a timeout.
func TestLostLoadIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, err := perform(t, `{"times":[0,0.01,0.02,0.03,0.04,0.05],"maxVUs":1,"maxQueue":2,"gracefulStop":"500ms"}`,
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if err != nil {
			t.Fatal(err)
		}
		want := []row{
			{0, 0, 0, 550, results.Timeout, true},
			{1, 10, 0, 550, results.Dropped, false},
			{2, 20, 0, 550, results.Dropped, false},
			{3, 30, 0, 30, results.Dropped, false},
			{4, 40, 0, 40, results.Dropped, false},
			{5, 50, 0, 50, results.Dropped, false},
		}
		if diff := cmp.Diff(want, host.rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// An arrival that finds no free virtual user starts one more, up to the most, which takes
// the arrival that has waited longest once it is there.
func TestPoolGrowsToItsMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, err := perform(t, `{"times":[0,0.01,0.035,0.5],"preAllocatedVUs":1,"maxVUs":2}`,
			func(context.Context) error { time.Sleep(100 * time.Millisecond); return nil })
		if err != nil {
			t.Fatal(err)
		}
		want := []row{
			{0, 0, 0, 100, results.OK, true},
			{1, 10, 30, 130, results.OK, false}, // 20 ms to start the second
			{2, 35, 100, 200, results.OK, false},
			{3, 500, 500, 600, results.OK, true},
		}
		if diff := cmp.Diff(want, host.rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// An exception ends its iteration, an abort the run. A failed step names the outcome even
// when the script throws after it.
func TestScriptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		host, err := perform(t, `{"times":[0,0.1,0.2,0.3],"maxVUs":1}`, func(ctx context.Context) error {
			n++
			switch n {
			case 1:
				return errors.New("broken script")
			case 2:
				FromContext(ctx).Fail(results.ServerError, "http 500")
				return errors.New("the answer has no result")
			}
			return &errext.InterruptError{Reason: errext.AbortTest}
		})
		if !errext.IsInterruptError(err) {
			t.Errorf("got %v, want the abort", err)
		}
		want := []row{
			{0, 0, 0, 0, results.ScriptError, true},
			{1, 100, 100, 100, results.ServerError, true},
			{2, 200, 200, 200, results.ScriptError, true},
		}
		if diff := cmp.Diff(want, host.rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}
