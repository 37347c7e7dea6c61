package plain

import (
	"net/url"
	"strconv"
	"strings"

	"go.k6.io/k6/lib/netext/httpext"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/results"
)

// tags reads k6's system tags.
type tags struct{ *metrics.TagSet }

func (t tags) get(key metrics.SystemTag) string {
	v, _ := t.Get(key.String())
	return v
}

// request records one request of k6/http. Its time runs from the wait for a connection
// to the end of the answer.
func (o *Observer) request(t *httpext.Trail) {
	tags := tags{t.Tags}
	scenario := tags.get(metrics.TagScenario)
	if scenario == "" {
		return // of setup() or teardown(): no load
	}
	o.step(scenario, tags, t.Metadata, httpStep(tags), t.EndTime.Add(-t.ConnDuration-t.Duration), t.EndTime)
}

// httpStep is the row of a request without names and times.
func httpStep(t tags) results.Sample {
	status, _ := strconv.Atoi(t.get(metrics.TagStatus)) // 0 when there was no answer
	outcome, detail := httpOutcome(status, t.get(metrics.TagErrorCode), t.get(metrics.TagExpectedResponse))
	return results.Sample{
		Step: stepName(t.get(metrics.TagName)), Outcome: outcome, Detail: detail,
		Status: int32(status), Write: isWrite(t.get(metrics.TagMethod)), // an HTTP status
	}
}

func isWrite(method string) bool {
	switch method {
	case "POST", "PUT", "PATCH", "DELETE":
		return true
	}
	return false
}

// stepName is k6's tag name. Without one in the script it is the whole URL, of which
// the path alone is recorded.
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

// httpOutcome classifies a request by status, k6's error code and its tag
// expected_response, which scripts can set by http.setResponseCallback or leave out. A
// plain script is not known to use Odoo, so its answers are not read.
func httpOutcome(status int, code, expected string) (results.Outcome, string) {
	failed := code != "" && code != "0"
	if expected == "true" && !failed || expected == "" && status > 0 && status < 400 {
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
	case status > 0 && !failed:
		return results.ServerError, detail + ", which the script does not expect"
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

// wsStep is the row of a WebSocket's handshake, which k6 tags with its HTTP status.
func wsStep(t tags) results.Sample {
	s := results.Sample{Step: stepName(t.get(metrics.TagName)), Outcome: results.OK}
	if s.Step == "" {
		s.Step = stepName(t.get(metrics.TagURL))
	}
	status, _ := strconv.Atoi(t.get(metrics.TagStatus))
	s.Status = int32(status) // an HTTP status
	switch {
	case status == 0:
		s.Outcome, s.Detail = results.Refused, "no WebSocket handshake"
	case status != 101:
		s.Outcome, s.Detail = httpOutcome(status, "", "false")
	}
	return s
}

// grpcStep is the row of a call, by the codes of google.golang.org/grpc/codes.
func grpcStep(t tags) results.Sample {
	s := results.Sample{Step: stepName(t.get(metrics.TagName)), Outcome: grpcOutcome(t.get(metrics.TagStatus))}
	if s.Step == "" {
		s.Step = t.get(metrics.TagService) + "/" + t.get(metrics.TagMethod)
	}
	if s.Outcome != results.OK {
		s.Detail = "grpc " + t.get(metrics.TagStatus)
	}
	return s
}

func grpcOutcome(code string) results.Outcome {
	switch code {
	case "0":
		return results.OK
	case "1", "4": // cancelled, deadline exceeded
		return results.Timeout
	case "3", "5", "6", "9", "11": // invalid argument, not found, already exists, failed precondition, out of range
		return results.UserError
	case "7", "16": // permission denied, unauthenticated
		return results.Access
	case "10": // aborted
		return results.Concurrency
	case "8", "14": // resource exhausted, unavailable
		return results.Gateway
	}
	return results.ServerError
}
