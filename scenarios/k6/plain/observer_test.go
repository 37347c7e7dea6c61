package plain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.k6.io/k6/lib/netext/httpext"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/record"
)

// row is a row of either table, in milliseconds since the begin.
type row struct {
	Journey, Step  string
	Iteration      int64
	Outcome        results.Outcome
	Detail         string
	Started, Ended int
}

// world is a k6 process: it hands samples to the observer under test and keeps its rows.
type world struct {
	*Observer
	begin   time.Time
	builtin *metrics.BuiltinMetrics
	root    *metrics.TagSet
	ours    string // the scenario of the executor open-arrival
	rows    []row
	planned int64
	missed  int64
	notes   []string
}

func newWorld() *world {
	registry := metrics.NewRegistry()
	w := &world{begin: time.Unix(1000, 0), builtin: metrics.RegisterBuiltinMetrics(registry), root: registry.RootTagSet()}
	w.Observer = New(w, w, 0)
	return w
}

func (w *world) Split(scenario string, tags map[string]string) (string, string) {
	if tags["tenant"] != "" {
		return tags["tenant"], scenario
	}
	return "t1", scenario
}
func (w *world) Planned(scenario string) bool          { return scenario == w.ours }
func (w *world) Plan(_, _ string, arrivals int64)      { w.planned += arrivals }
func (w *world) Arrived()                              {}
func (w *world) Missed(_, _ string, arrivals int64)    { w.missed += arrivals }
func (w *world) Note(sentence string)                  { w.notes = append(w.notes, sentence) }
func (w *world) ms(t time.Time) int                    { return int(t.Sub(w.begin).Milliseconds()) }
func (w *world) at(ms int) time.Time                   { return w.begin.Add(time.Duration(ms) * time.Millisecond) }
func (w *world) Step(s results.Sample, t record.Times) { w.add(s, t) }

func (w *world) Journey(s results.Sample, t record.Times, _ time.Duration) {
	s.Step = results.Journey
	w.add(s, t)
}

func (w *world) add(s results.Sample, t record.Times) {
	w.rows = append(w.rows, row{s.Journey, s.Step, s.Iteration, s.Outcome, s.Detail, w.ms(t.Started), w.ms(t.Ended)})
}

// tags are those of a scenario, followed by pairs of name and value.
func (w *world) tags(scenario string, pairs ...string) *metrics.TagSet {
	t := w.root.With("scenario", scenario)
	for pair := range slices.Chunk(pairs, 2) {
		t = t.With(pair[0], pair[1])
	}
	return t
}

// of is the metadata of an iteration.
func of(vu, iter string) map[string]string { return map[string]string{"vu": vu, "iter": iter} }

func (w *world) take(metric *metrics.Metric, tags *metrics.TagSet, metadata map[string]string, ms int, value float64) {
	w.Take(metrics.Sample{
		TimeSeries: metrics.TimeSeries{Metric: metric, Tags: tags}, Metadata: metadata, Time: w.at(ms), Value: value,
	})
}

// http is a request that ends at an instant after 10 ms.
func (w *world) http(scenario, name, status string, metadata map[string]string, ended int) {
	expected := map[bool]string{true: "true", false: "false"}[status < "400"]
	w.Take(&httpext.Trail{
		EndTime: w.at(ended), Duration: 10 * time.Millisecond, Metadata: metadata,
		Tags: w.tags(scenario, "name", name, "status", status, "expected_response", expected),
	})
}

// ended is the end of an iteration that lasted so many milliseconds.
func (w *world) ended(scenario string, metadata map[string]string, ended, lasted int) {
	w.take(w.builtin.IterationDuration, w.tags(scenario), metadata, ended, float64(lasted))
}

// journeys are the rows of whole iterations.
func (w *world) journeys() []row {
	return slices.DeleteFunc(slices.Clone(w.rows), func(r row) bool { return r.Step != results.Journey })
}

func (w *world) want(t *testing.T, want []row) {
	t.Helper()
	if diff := cmp.Diff(want, w.journeys()); diff != "" {
		t.Errorf("journeys (-want +got):\n%s", diff)
	}
}

// A journey has the outcome of its first failed step, and its steps have its number.
func TestFirstFailedStep(t *testing.T) {
	w := newWorld()
	w.http("shop", "login", "200", of("1", "0"), 20)
	w.http("shop", "cart", "503", of("2", "0"), 25)
	w.http("shop", "order", "500", of("1", "0"), 40)
	w.http("shop", "order", "404", of("2", "0"), 45)
	w.ended("shop", of("1", "0"), 50, 50)
	w.ended("shop", of("2", "0"), 55, 50)
	w.http("shop", "login", "200", of("1", "1"), 70)
	w.ended("shop", of("1", "1"), 80, 20)
	w.RecordEnded(w.at(80)) // exceptions may still come
	if len(w.journeys()) != 0 {
		t.Errorf("recorded too early: %v", w.journeys())
	}
	w.RecordEnded(w.at(1580))
	want := []row{
		{"shop", "login", 0, results.OK, "", 10, 20},
		{"shop", "cart", 1, results.Gateway, "http 503", 15, 25},
		{"shop", "order", 0, results.ServerError, "http 500", 30, 40},
		{"shop", "order", 1, results.UserError, "http 404", 35, 45},
		{"shop", "login", 2, results.OK, "", 60, 70},
		{"shop", results.Journey, 0, results.ServerError, "http 500", 0, 50},
		{"shop", results.Journey, 1, results.Gateway, "http 503", 5, 55},
		{"shop", results.Journey, 2, results.OK, "", 60, 80},
	}
	if diff := cmp.Diff(want, w.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if w.planned != 3 {
		t.Errorf("%d planned, want 3", w.planned)
	}
}

// gRPC, WebSockets and checks are looked at too.
func TestOtherProtocols(t *testing.T) {
	w := newWorld()
	w.take(w.builtin.GRPCReqDuration, w.tags("stock", "name", "/stock/Get", "status", "14"), of("1", "0"), 30, 20)
	w.ended("stock", of("1", "0"), 40, 40)
	w.take(w.builtin.WSConnecting, w.tags("bus", "url", "ws://h/websocket", "status", "101"), of("2", "0"), 10, 5)
	w.ended("bus", of("2", "0"), 50, 50)
	w.take(w.builtin.WSConnecting, w.tags("bus", "url", "ws://h/websocket"), of("2", "1"), 60, 5)
	w.ended("bus", of("2", "1"), 70, 20)
	w.http("shop", "order", "200", of("3", "0"), 20)
	w.take(w.builtin.Checks, w.tags("shop", "check", "has a result"), of("3", "0"), 21, 0)
	w.ended("shop", of("3", "0"), 90, 90)
	w.take(w.builtin.Checks, w.tags("shop", "check", "sum is right"), of("3", "1"), 95, 1)
	w.ended("shop", of("3", "1"), 100, 10)
	w.Close(w.at(200), false)
	w.want(t, []row{
		{"bus", results.Journey, 0, results.OK, "", 0, 50},
		{"bus", results.Journey, 1, results.Refused, "no WebSocket handshake", 50, 70},
		{"shop", results.Journey, 0, results.ServerError, "check has a result", 0, 90},
		{"shop", results.Journey, 1, results.OK, "", 90, 100},
		{"stock", results.Journey, 0, results.Gateway, "grpc 14", 0, 40},
	})
	steps := slices.DeleteFunc(w.rows, func(r row) bool { return r.Step == results.Journey })
	want := []row{
		{"stock", "/stock/Get", 0, results.Gateway, "grpc 14", 10, 30},
		{"bus", "/websocket", 0, results.OK, "", 10, 15},
		{"bus", "/websocket", 1, results.Refused, "no WebSocket handshake", 60, 65},
		{"shop", "order", 0, results.OK, "", 10, 20},
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// An exception belongs to the iteration of its scenario that ended last before it. A
// failed step comes first. An iteration with an exception alone is a script error.
func TestExceptions(t *testing.T) {
	w := newWorld()
	w.http("shop", "a", "200", of("1", "0"), 20)
	w.ended("shop", of("1", "0"), 30, 30)
	w.http("shop", "a", "200", of("2", "0"), 25)
	w.ended("shop", of("2", "0"), 40, 40)
	w.Exception("shop", w.at(41))
	w.ended("shop", of("1", "1"), 60, 30) // nothing measured, but it threw
	w.Exception("shop", w.at(60))
	w.http("shop", "a", "500", of("2", "1"), 70)
	w.ended("shop", of("2", "1"), 80, 40)
	w.Exception("shop", w.at(81))
	w.http("other", "a", "200", of("9", "0"), 79)
	w.ended("other", of("9", "0"), 80, 10)
	w.RecordEnded(w.at(2000))
	got := w.journeys()
	slices.SortFunc(got, func(a, b row) int { return strings.Compare(a.Journey, b.Journey)*10000 + a.Ended - b.Ended })
	want := []row{
		{"other", results.Journey, 0, results.OK, "", 70, 80},
		{"shop", results.Journey, 0, results.OK, "", 0, 30},
		{"shop", results.Journey, 1, results.ScriptError, "exception", 0, 40},
		{"shop", results.Journey, 2, results.ScriptError, "exception", 30, 60},
		{"shop", results.Journey, 3, results.ServerError, "http 500", 40, 80},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journeys (-want +got):\n%s", diff)
	}
}

// With minIterationDuration k6 logs an exception when that is over.
func TestExceptionAfterTheShortestIteration(t *testing.T) {
	w := newWorld()
	w.Observer = New(w, w, time.Second)
	w.http("shop", "a", "200", of("1", "0"), 20)
	w.ended("shop", of("1", "0"), 30, 30) // logged at 1000
	w.http("shop", "a", "200", of("2", "0"), 900)
	w.ended("shop", of("2", "0"), 950, 50) // logged at 1900
	w.Exception("shop", w.at(1001))
	w.Close(w.at(3000), false)
	w.want(t, []row{
		{"shop", results.Journey, 0, results.ScriptError, "exception", 0, 30},
		{"shop", results.Journey, 1, results.OK, "", 900, 950},
	})
}

// Nothing is claimed of iterations of which k6 measured nothing, nor of those that were
// under way when the run was stopped. Those that k6 interrupted are timeouts. setup()
// is no load.
func TestNothingIsClaimed(t *testing.T) {
	for stopped, want := range map[bool][]row{
		true:  {},
		false: {{"shop", results.Journey, 1, results.Timeout, "interrupted", 30, 100}},
	} {
		w := newWorld()
		w.ended("shop", of("1", "0"), 30, 30)
		w.http("shop", "slow", "200", of("2", "0"), 40)
		w.http("", "setup", "500", of("0", "0"), 5)
		w.Close(w.at(100), stopped)
		w.want(t, want)
		if len(w.notes) != 1 || !strings.Contains(w.notes[0], "shop: 1 iterations made no request") {
			t.Errorf("notes %q", w.notes)
		}
	}
}

// What k6 drops for want of a virtual user is the generator's.
func TestDroppedByK6(t *testing.T) {
	w := newWorld()
	w.take(w.builtin.DroppedIterations, w.tags("shop"), nil, 30, 3)
	w.ours = "t1_orders"
	w.take(w.builtin.DroppedIterations, w.tags("t1_orders"), nil, 30, 5) // the executor counts its own
	w.Close(w.at(100), false)
	if w.missed != 3 || len(w.rows) != 0 {
		t.Errorf("%d missed, rows %v; want 3 and none", w.missed, w.rows)
	}
}

// Requests of k6/http under the executor open-arrival: they name the outcome of the
// arrival, which keeps its own index and times.
func TestRequestsOfAnArrival(t *testing.T) {
	w := newWorld()
	w.ours = "t1_orders"
	arrival := func(vu uint64, index int64, outcome results.Outcome, started, ended int) {
		w.Finished(Arrival{Scenario: "t1_orders", VU: vu, Sample: results.Sample{Journey: "orders", Iteration: index, Outcome: outcome},
			Times: record.Times{Started: w.at(started), Ended: w.at(ended)}})
	}
	w.http("t1_orders", "order", "200", of("1", "0"), 20)
	w.ended("t1_orders", of("1", "0"), 30, 30)
	arrival(1, 7, results.OK, 0, 30)
	arrival(2, 8, results.OK, 5, 60) // its samples come later
	w.http("t1_orders", "order", "500", of("2", "0"), 50)
	w.ended("t1_orders", of("2", "0"), 60, 55)
	w.http("t1_orders", "order", "500", of("1", "1"), 70)
	w.ended("t1_orders", of("1", "1"), 80, 20)
	arrival(1, 9, results.ScriptError, 60, 80) // the script threw after the 500
	w.http("t1_orders", "order", "200", of("1", "2"), 95)
	arrival(1, 10, results.Timeout, 90, 100) // interrupted: no end of an iteration
	w.Close(w.at(100), false)
	want := []row{
		{"t1_orders", "order", 7, results.OK, "", 10, 20},
		{"orders", results.Journey, 7, results.OK, "", 0, 30},
		{"t1_orders", "order", 8, results.ServerError, "http 500", 40, 50},
		{"orders", results.Journey, 8, results.ServerError, "http 500", 5, 60},
		{"t1_orders", "order", 9, results.ServerError, "http 500", 60, 70},
		{"orders", results.Journey, 9, results.ServerError, "http 500", 60, 80},
		{"t1_orders", "order", 10, results.OK, "", 85, 95},
		{"orders", results.Journey, 10, results.Timeout, "", 90, 100},
	}
	if diff := cmp.Diff(want, w.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
