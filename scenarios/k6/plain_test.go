package k6

import (
	"testing"

	"example.org/odooharness/results"
)

// k6's error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/
func TestPlainOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		status   int
		code     string
		expected bool
		want     results.Outcome
	}{
		"ok":                   {200, "", true, results.OK},
		"404 that is expected": {404, "", true, results.OK},
		"404":                  {404, "1404", false, results.UserError},
		"forbidden":            {403, "1403", false, results.Access},
		"server error":         {500, "1500", false, results.ServerError},
		"gateway timeout":      {504, "1504", false, results.Gateway},
		"redirect unexpected":  {303, "", false, results.ServerError},
		"request timeout":      {0, "1050", false, results.Timeout},
		"dial timeout":         {0, "1211", false, results.Timeout},
		"refused":              {0, "1212", false, results.Refused},
		"no such host":         {0, "1101", false, results.Refused},
		"reset":                {0, "1220", false, results.Reset},
		"unknown":              {0, "1000", false, results.Reset},
	} {
		if got, detail := plainOutcome(c.status, c.code, c.expected); got != c.want || (got != results.OK) != (detail != "") {
			t.Errorf("%s: got %s %q, want %s", name, got, detail, c.want)
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
