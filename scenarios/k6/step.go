package k6

import (
	"context"
	"time"

	"go.k6.io/k6/metrics"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/record"
)

// thinkGap is the pause between two steps from which on the script was thinking
// (sleep) and not merely running: the later step was then intended when it started.
const thinkGap = 20 * time.Millisecond

// write is one business document that a step changes.
type write struct {
	ref      string
	document int64 // in Odoo, 0 until known
}

// call is the work of a step. It notes new ids in the step's writes.
type call func(context.Context, *odoo.Client) odoo.Answer

func startNow(scenario string, index int64) openarrival.Arrival {
	now := time.Now()
	return openarrival.Arrival{Scenario: scenario, Index: index, Intended: now, Started: now, Last: now}
}

// step does one step of the iteration and records it. The writes are entered in
// the journal before anything is sent.
func (u *virtualUser) step(name string, writes []write, do call) odoo.Answer {
	it := u.current()
	ctx := u.vu.Context()
	if a := u.login(ctx, it); !a.OK() {
		return a
	}
	recorder := u.process.recorder
	var pending []*record.Pending
	for _, w := range writes {
		pending = append(pending, recorder.Attempt(it.tenant.Name, name, w.ref, w.document))
	}
	started := time.Now()
	a := do(ctx, it.client)
	if u.process.spec.NaiveRetry && len(writes) > 0 && unanswered(a) {
		a = do(ctx, it.client)
		a.Detail = "repeated " + a.Detail
	}
	ended := time.Now()
	for i, p := range pending {
		p.Answer(a.Outcome, writes[i].document)
	}
	u.record(it, name, len(writes) > 0, a, started, ended)
	return a
}

// unanswered is when a naive connector sends a write again.
func unanswered(a odoo.Answer) bool {
	return a.Outcome == results.Refused || a.Outcome.Indeterminate()
}

// login logs the user in again when Odoo has forgotten the session. It is a step of
// its own: the user waits for it.
func (u *virtualUser) login(ctx context.Context, it *iteration) odoo.Answer {
	if it.client.LoggedIn() {
		return odoo.Answer{Verdict: odoo.Verdict{Outcome: results.OK}}
	}
	started := time.Now()
	a := it.client.Login(ctx)
	u.record(it, "login", false, a, started, time.Now())
	return a
}

// record makes the row of a step.
func (u *virtualUser) record(it *iteration, name string, isWrite bool, a odoo.Answer, started, ended time.Time) {
	arrival := it.arrival
	intended := arrival.Last
	if arrival.Last != arrival.Intended && started.Sub(arrival.Last) > thinkGap {
		intended = started
	}
	arrival.Last = ended
	if !a.OK() {
		arrival.Fail(a.Outcome, a.Detail)
	}
	if arrival.Scenario == "" {
		return // of setup() or teardown(): no load
	}
	if it.arrival == &it.own && u.process.observer != nil {
		state := u.vu.State()
		u.process.observer.Step(arrival.Scenario, state.VUID, state.Iteration, it.tenant.Name, it.journey, a.Outcome, a.Detail, started)
	}
	u.process.recorder.Step(results.Sample{
		Tenant: it.tenant.Name, Journey: it.journey, Step: name, Iteration: arrival.Index,
		Outcome: a.Outcome, Status: int32(a.Status), Detail: a.Detail, Write: isWrite, // an HTTP status
	}, record.Times{Intended: intended, Started: started, Ended: ended})
	if u.metrics != nil {
		u.metrics.push(u.vu.Context(), u.vu.State().Samples, u.vu.State().Tags.GetCurrentValues().Tags,
			name, a.Outcome, ended, ended.Sub(intended))
	}
}

// stepMetrics is what the end-of-run summary of a plain `harness k6 run` shows.
type stepMetrics struct {
	duration *metrics.Metric // from the intended start
	failed   *metrics.Metric
}

func newStepMetrics(registry *metrics.Registry) *stepMetrics {
	return &stepMetrics{
		duration: registry.MustNewMetric("odoo_step_duration", metrics.Trend, metrics.Time),
		failed:   registry.MustNewMetric("odoo_step_failed", metrics.Rate),
	}
}

func (m *stepMetrics) push(ctx context.Context, out chan<- metrics.SampleContainer, tags *metrics.TagSet,
	step string, outcome results.Outcome, at time.Time, latency time.Duration,
) {
	tags = tags.With("step", step).With("outcome", string(outcome))
	failed := 0.0
	if !outcome.Good() {
		failed = 1
	}
	metrics.PushIfNotDone(ctx, out, metrics.ConnectedSamples{Tags: tags, Time: at, Samples: []metrics.Sample{
		{TimeSeries: metrics.TimeSeries{Metric: m.duration, Tags: tags}, Time: at, Value: metrics.D(latency)},
		{TimeSeries: metrics.TimeSeries{Metric: m.failed, Tags: tags}, Time: at, Value: failed},
	}})
}
