package telemetry

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRequests(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	post := func(end time.Time, seconds float64, host, client string) Request {
		return Request{End: end, Seconds: seconds, Host: host, Client: client, Method: "POST", Path: "/web/x", Status: 200}
	}
	for line, want := range map[string]Request{
		`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /web/x?a=1 HTTP/1.1" 200 612 "-" "agent" rt=0.25`:          post(at, 0.25, "", "10.0.0.9"),
		`t1.example:443 10.0.0.9 - - [02/Jan/2026:16:04:05 +0100] "POST /web/x HTTP/1.1" 200 612 "-" "agent"`:       post(at, 0, "t1.example", "10.0.0.9"),
		`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /web/x HTTP/1.1" 200 9 "-" "-" 7 "odoo@docker" "url" 30ms`: post(at, 0.03, "", "10.0.0.9"),
		`02/Jan/2026:15:04:05 +0000 t1.example 200 0.012 0.011 200 POST /web/x`:                                     post(at, 0.012, "t1.example", ""),
		`10.0.0.9:333 [02/Jan/2026:15:04:05.500] http-in odoo/srv1 10/0/30/69/109 200 27 - - ---- 1/1/1/1/0 0/0 {t1.example} "POST /web/x HTTP/1.1"`: post(
			at.Add(500*time.Millisecond), 0.109, "t1.example", "10.0.0.9"),
		`{"time_iso8601":"2026-01-02T15:04:05+00:00","host":"T1.example","status":"200","request_time":"0.5","remote_addr":"10.0.0.9","request":"POST /web/x HTTP/1.1"}`: post(
			at, 0.5, "t1.example", "10.0.0.9"),
		`{"StartUTC":"2026-01-02T15:04:05Z","RequestHost":"t1.example","DownstreamStatus":200,"Duration":250000000,"ClientHost":"10.0.0.9","RequestMethod":"POST","RequestPath":"/web/x?q"}`: post(
			at.Add(250*time.Millisecond), 0.25, "t1.example", "10.0.0.9"),
		`{"ts":1767366245,"request":{"host":"t1.example","remote_ip":"10.0.0.9","method":"POST","uri":"/web/x"},"status":200,"duration":0.5}`: post(
			at, 0.5, "t1.example", "10.0.0.9"),
	} {
		got, request, known := NewRequests().Parse([]byte(line))
		if !request || !known {
			t.Errorf("%s: request %t, known %t", line, request, known)
		}
		if got.End = got.End.UTC(); !cmp.Equal(want, got) {
			t.Errorf("%s: %s", line, cmp.Diff(want, got))
		}
	}
	for line, known := range map[string]bool{"2026/01/02 15:04:05 [error] 7#7: upstream": true, "hello world": false, "": true} {
		if _, request, got := NewRequests().Parse([]byte(line)); request || got != known {
			t.Errorf("%q: request %t, known %t", line, request, got)
		}
	}
}
