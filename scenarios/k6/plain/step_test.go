package plain

import (
	"testing"

	"example.org/odooharness/results"
)

// k6's error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/
func TestHTTPOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		status   int
		code     string
		expected string
		want     results.Outcome
		detail   string
	}{
		"ok":                        {200, "", "true", results.OK, ""},
		"404 that is expected":      {404, "", "true", results.OK, ""},
		"200 without a callback":    {200, "", "", results.OK, ""},
		"303 without a callback":    {303, "", "", results.OK, ""},
		"500 without a callback":    {500, "1500", "", results.ServerError, "http 500"},
		"200 that is not expected":  {200, "", "false", results.ServerError, "http 200, which the script does not expect"},
		"404":                       {404, "1404", "false", results.UserError, "http 404"},
		"forbidden":                 {403, "1403", "false", results.Access, "http 403"},
		"server error":              {500, "1500", "false", results.ServerError, "http 500"},
		"gateway timeout":           {504, "1504", "false", results.Gateway, "http 504"},
		"redirect not expected":     {303, "", "false", results.ServerError, "http 303, which the script does not expect"},
		"request timeout":           {0, "1050", "false", results.Timeout, "k6 error 1050"},
		"dial timeout":              {0, "1211", "false", results.Timeout, "k6 error 1211"},
		"refused":                   {0, "1212", "false", results.Refused, "k6 error 1212"},
		"refused, no callback":      {0, "1212", "", results.Refused, "k6 error 1212"},
		"no such host":              {0, "1101", "false", results.Refused, "k6 error 1101"},
		"reset":                     {0, "1220", "false", results.Reset, "k6 error 1220"},
		"body cut off after status": {200, "1000", "false", results.Reset, "k6 error 1000"},
	} {
		if got, detail := httpOutcome(c.status, c.code, c.expected); got != c.want || detail != c.detail {
			t.Errorf("%s: got %s %q, want %s %q", name, got, detail, c.want, c.detail)
		}
	}
	for name, want := range map[string]string{
		"checkout": "checkout", "http://10.0.0.7:8069/web/login?db=x": "/web/login", "http://[::1": "request",
	} {
		if got := stepName(name); got != want {
			t.Errorf("step of %q: got %q, want %q", name, got, want)
		}
	}
}

func TestGRPCOutcome(t *testing.T) {
	for code, want := range map[string]results.Outcome{
		"0": results.OK, "4": results.Timeout, "5": results.UserError, "7": results.Access, "10": results.Concurrency,
		"14": results.Gateway, "13": results.ServerError, "": results.ServerError,
	} {
		if got := grpcOutcome(code); got != want {
			t.Errorf("code %q: got %s, want %s", code, got, want)
		}
	}
}
