package k6

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.k6.io/k6/lib/netext/httpext"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/record"
)

// plainScript turns what k6 measures of people's own scripts into rows: each
// request of k6/http is a step, named by k6's tag "name"; each iteration of an
// executor other than open-arrival is a journey. It is used by one goroutine.
type plainScript struct {
	process *Process
	count   map[string]int64 // iterations by k6 scenario
}

func (p *plainScript) take(container metrics.SampleContainer) {
	if trail, ok := container.(*httpext.Trail); ok {
		p.request(trail)
		return
	}
	samplesOf(container, func(s metrics.Sample) {
		scenario, _ := s.Tags.Get(metrics.TagScenario.String())
		if scenario == "" || p.process.planned(scenario) {
			return // the executor has recorded it, with the intended start
		}
		switch s.Metric.Name {
		case metrics.IterationDurationName:
			p.iteration(scenario, s)
		case metrics.DroppedIterationsName:
			name := p.name(scenario, s.Tags)
			for range int(s.Value) {
				p.process.recorder.Dropped(name.tenant, name.journey, p.next(scenario), s.Time, s.Time)
			}
		}
	})
}

func (p *plainScript) next(scenario string) int64 {
	if p.count == nil {
		p.count = map[string]int64{}
	}
	p.count[scenario]++
	return p.count[scenario] - 1
}

func (p *plainScript) name(scenario string, tags *metrics.TagSet) journeyName {
	named := map[string]string{}
	for _, key := range []string{"tenant", "journey"} {
		if v, ok := tags.Get(key); ok {
			named[key] = v
		}
	}
	tenant, journey := p.process.spec.Split(scenario, named)
	return journeyName{tenant, journey}
}

func (p *plainScript) iteration(scenario string, s metrics.Sample) {
	name := p.name(scenario, s.Tags)
	started := s.Time.Add(-time.Duration(s.Value * float64(time.Millisecond)))
	p.process.recorder.Journey(results.Sample{
		Tenant: name.tenant, Journey: name.journey, Iteration: p.next(scenario), Outcome: results.OK,
	}, record.Times{Intended: started, Started: started, Ended: s.Time}, -1)
}

// request records one request of k6/http. Its time runs from the request for a connection
// to the end of the answer.
func (p *plainScript) request(t *httpext.Trail) {
	get := func(key metrics.SystemTag) string {
		v, _ := t.Tags.Get(key.String())
		return v
	}
	scenario := get(metrics.TagScenario)
	if scenario == "" {
		return // of setup() or teardown(): no load
	}
	name := p.name(scenario, t.Tags)
	status, _ := strconv.Atoi(get(metrics.TagStatus)) // 0 when there was none
	outcome, detail := plainOutcome(status, get(metrics.TagErrorCode), get(metrics.TagExpectedResponse) == "true")
	started := t.EndTime.Add(-t.ConnDuration - t.Duration)
	p.process.recorder.Step(results.Sample{
		Tenant: name.tenant, Journey: name.journey, Step: stepName(get(metrics.TagName)), Outcome: outcome,
		Status: int32(status), Detail: detail, Write: isWrite(get(metrics.TagMethod)), // an HTTP status
	}, record.Times{Intended: started, Started: started, Ended: t.EndTime})
}

func isWrite(method string) bool {
	switch method {
	case "POST", "PUT", "PATCH", "DELETE":
		return true
	}
	return false
}

// stepName is k6's tag name. Where the script gave none it is the whole URL, of
// which the path alone goes into the records.
func stepName(name string) string {
	if !strings.Contains(name, "://") {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "request"
	}
	return u.Path
}

// plainOutcome classifies by status and k6's error code: a plain script is not
// known to speak to Odoo, so its answers are not looked into.
func plainOutcome(status int, code string, expected bool) (results.Outcome, string) {
	if expected && (code == "" || code == "0") {
		return results.OK, ""
	}
	detail := "http " + strconv.Itoa(status)
	switch {
	case status == 408 || status == 429 || status >= 502 && status <= 504:
		return results.Gateway, detail
	case status == 401 || status == 403:
		return results.Access, detail
	case status >= 500:
		return results.ServerError, detail
	case status >= 400:
		return results.UserError, detail
	case status >= 300:
		return results.ServerError, detail
	}
	detail = "k6 error " + code
	switch {
	case code == "1050" || code == "1211": // request timeout, dial timeout
		return results.Timeout, detail
	case code == "1212" || strings.HasPrefix(code, "11"): // connection refused, name not found
		return results.Refused, detail
	}
	return results.Reset, detail
}
