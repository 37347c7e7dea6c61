package telemetry

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines as the ingresses' own documentation and releases write them, by default and
// as their samples extend them.
func TestParseAccess(t *testing.T) {
	const combined = `127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8"`
	const agent = `"Mozilla/5.0 (X11; Linux) [a] {b} \"c\""`
	for name, c := range map[string]struct {
		line string
		want *access
	}{
		"nginx, JSON": {`{"time":1764.1,"host":"t1.localhost:8080","method":"POST","uri":"/json/2/x","status":200,"request_time":0.123,` +
			`"upstream_status":"200","upstream_response_time":"0.120","upstream_connect_time":"0.000","bytes":1,"request_length":2}`,
			&access{host: "t1.localhost:8080", status: 200, time: 0.123, hasTime: true, upstream: 0.120, hasUpstream: true}},
		"nginx, JSON, two upstreams": {`{"host":"t1","status":502,"request_time":1.5,"upstream_response_time":"0.5, 0.75"}`,
			&access{host: "t1", status: 502, time: 1.5, hasTime: true, upstream: 1.25, hasUpstream: true}},
		"nginx, JSON, no upstream": {`{"host":"t1","status":499,"request_time":1.5,"upstream_response_time":"-"}`,
			&access{host: "t1", status: 499, time: 1.5, hasTime: true}},
		"nginx, JSON, texts": {`{"server_name":"_","http_host":"erp.test","status":"200","request_time":"0.1"}`,
			&access{host: "erp.test", status: 200, time: 0.1, hasTime: true}},
		"nginx, JSON, a server of no name": {`{"server_name":"_","status":200,"request_time":0.1}`, &access{status: 200, time: 0.1, hasTime: true}},
		"nginx, JSON, server_name":         {`{"server_name":"erp.test","status":200}`, &access{host: "erp.test", status: 200}},
		"ingress-nginx, JSON sample": {`{"time":"2026-01-02T15:04:05+00:00","remote_addr":"10.0.0.9","request_id":"ab","bytes_sent":1,"request_time":0.120,` +
			`"status":200,"vhost":"erp.acme.example","request_proto":"HTTP/1.1","path":"/x","duration":0.120,"method":"POST"}`,
			&access{host: "erp.acme.example", status: 200, time: 0.120, hasTime: true}},
		"ingress-nginx": {`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /web/dataset/call_kw HTTP/1.1" 502 312 "-" ` + agent +
			` 845 0.120 [prod-odoo-8069] [] 10.1.0.7:8069 312 0.118 502 ab12`,
			&access{status: 502, time: 0.120, hasTime: true, upstream: 0.118, hasUpstream: true}},
		"ingress-nginx, two upstreams": {`10.0.0.9 - bob [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 200 312 "https://a, b" ` + agent +
			` 845 0.620 [prod-odoo-8069] [] 10.1.0.7:8069, 10.1.0.8:8069 0, 312 0.500, 0.118 502, 200 ab12`,
			&access{status: 200, time: 0.620, hasTime: true, upstream: 0.618, hasUpstream: true}},
		"ingress-nginx, no upstream": {`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 404 146 "-" "-" 77 0.000 [upstream-default-backend] [] - - - - ab`,
			&access{status: 404, time: 0, hasTime: true}},
		"nginx, combined": {`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8"`, &access{status: 200}},
		"nginx, with X-Forwarded-For": {`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8" "10.0.0.9"`,
			&access{status: 200}},
		"common": {`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 304 -`, &access{status: 304}},
		"combined, host first": {`erp.test:443 10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8"`,
			&access{host: "erp.test:443", status: 200}},
		"combined, pairs": {`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8" rt=0.010 urt="0.009" host=t2.example`,
			&access{host: "t2.example", status: 200, time: 0.010, hasTime: true, upstream: 0.009, hasUpstream: true}},
		"combined, $request_time": {combined + ` 0.010`, &access{status: 200, time: 0.010, hasTime: true}},
		"combined, both times":    {combined + ` 0.010 0.009 .`, &access{status: 200, time: 0.010, hasTime: true, upstream: 0.009, hasUpstream: true}},
		"combined, upstream first, quoted": {combined + ` "0.009" "0.010"`,
			&access{status: 200, time: 0.010, hasTime: true, upstream: 0.009, hasUpstream: true}},
		"combined, two upstreams":    {combined + ` 0.850 0.250, 0.500`, &access{status: 200, time: 0.850, hasTime: true, upstream: 0.750, hasUpstream: true}},
		"combined, no upstream":      {combined + ` 0.010 -`, &access{status: 200, time: 0.010, hasTime: true}},
		"combined, $msec":            {combined + ` 1767366245.123 0.010`, &access{status: 200, time: 0.010, hasTime: true}},
		"Apache, combined with %D":   {combined + ` 10234`, &access{status: 200}}, // microseconds here, seconds with %T
		"combined, words of no form": {combined + ` fast`, nil},
		"combined, pairs, two upstreams": {`127.0.0.1 - - [02/Jan/2026:15:04:05 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8" rt=0.010 uct="0.000, 0.001" urt="0.25, 0.5"`,
			&access{status: 200, time: 0.010, hasTime: true, upstream: 0.75, hasUpstream: true}},
		"Traefik, common": {`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 200 3 "-" "-" 4711 "odoo@docker" "http://10.0.0.3:8069" 120ms`,
			&access{status: 200, time: 0.120, hasTime: true}},
		"Traefik, common, no server": {`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "GET /x HTTP/1.1" 404 19 "-" "-" 4712 "-" "-" 0ms`,
			&access{status: 404, time: 0, hasTime: true}},
		"Traefik, JSON": {`{"RequestHost":"t1.example","DownstreamStatus":200,"Duration":12000000,"OriginDuration":11000000,"level":"info"}`,
			&access{host: "t1.example", status: 200, time: 0.012, hasTime: true, upstream: 0.011, hasUpstream: true}},
		"Caddy": {`{"level":"info","request":{"host":"erp.test","uri":"/"},"status":200,"duration":0.0123}`,
			&access{host: "erp.test", status: 200, time: 0.0123, hasTime: true}},
		"HAProxy": {`10.0.0.9:33317 [02/Jan/2026:15:04:05.655] http-in odoo/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {erp.test|x} {} "GET / HTTP/1.1"`,
			&access{host: "erp.test", status: 200, time: 0.109, hasTime: true, upstream: 0.069, hasUpstream: true}},
		"HAProxy, no server": {`10.0.0.9:33317 [02/Jan/2026:15:04:05.655] http-in odoo/<NOSRV> 0/-1/-1/-1/+50 503 212 - - SQ-- 1/1/0/0/0 0/3 "GET / HTTP/1.1"`,
			&access{status: 503, time: 0.050, hasTime: true}},
		"HAProxy, the client left": {`10.0.0.9:33317 [02/Jan/2026:15:04:05.655] http-in odoo/srv1 -1/-1/-1/-1/50 -1 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>"`,
			&access{status: 0, time: 0.050, hasTime: true}},
		"the lab": {`02/Jan/2026:15:04:05 +0000 t1.localhost 504 2.001 2.000 - POST /web/dataset/call_kw`,
			&access{host: "t1.localhost", status: 504, time: 2.001, hasTime: true, upstream: 2, hasUpstream: true}},
		"the lab, another zone": {`02/Jan/2026:15:04:05 -0500 t1.localhost 499 2.001 - - POST /x`,
			&access{host: "t1.localhost", status: 499, time: 2.001, hasTime: true}},

		"nothing":               {``, nil},
		"JSON without a status": {`{"host":"t1"}`, nil},
		"half JSON":             {`{"host":"t1","status":200`, nil},
		"Traefik, no duration":  {`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 200 3 "-" "-" 4711 "o" "h" xms`, nil},
		"words":                 {`a b c d e f g h`, nil},
	} {
		got, ok := parseAccess([]byte(c.line))
		if ok != (c.want != nil) {
			t.Errorf("%s: understood %v, as %+v", name, ok, got)
			continue
		}
		if ok {
			if diff := cmp.Diff(*c.want, got, cmp.AllowUnexported(access{})); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

// What servers log about themselves in the same file is no request and no problem.
func TestOtherLines(t *testing.T) {
	for line, want := range map[string]bool{
		"": true,
		`2026/01/02 03:04:05 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream`: true,
		`I0102 03:04:05.678901       7 controller.go:190] "Configuration changes detected"`:                             true,
		`time="2026-01-02T03:04:05Z" level=info msg="Traefik version 3"`:                                                true,
		`{"level":"info","time":"2026-01-02T03:04:05Z","message":"Starting"}`:                                           true,
		`[NOTICE]   (1) : haproxy version is 3.0`:                                                                       true,
		`-------------------------------------------------------------------------------`:                               true,
		`{"level":"info","status":"x"}`:                                                                                 false,
		`INFO something`:                                                                                                false,
		`{"host":"t1"}`:                                                                                                 false,
		`gibberish`:                                                                                                     false,
	} {
		if got := otherLine([]byte(line)); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestUnwrap(t *testing.T) {
	const line = `2026-11-23 10:00:00,000 101 ERROR main odoo.http: a | b`
	u := newUnwrapper()
	for name, wrapped := range map[string]string{
		"bare":               line,
		"carriage return":    line + "\r",
		"colour":             "2026-11-23 10:00:00,000 101 \x1b[1;31m\x1b[1;49mERROR\x1b[0m main \x1b[0modoo.http\x1b[0m: a | b",
		"compose":            "odoo-1  | " + line,
		"compose v1, colour": "\x1b[36modoo_1      |\x1b[0m " + line,
		"containerd":         "2026-11-23T10:00:00.123456789Z stdout F " + line,
		"kubectl logs":       "2026-11-23T10:00:00.123456789Z " + line,
		"json-file":          `{"log":"` + line + `\n","stream":"stdout","time":"2026-11-23T10:00:00.1Z"}`,
		"syslog":             "Nov 23 10:00:00 host odoo[42]: " + line,
		"syslog, priority":   "<134>Nov  3 10:00:00 host odoo[42]: " + line,
	} {
		if got := string(u.line([]byte(wrapped))); got != line {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzParseAccess(f *testing.F) {
	f.Add(`02/Jan/2026:15:04:05 +0000 t1.localhost 504 2.001 2.000 - POST /web`)
	f.Add(`{"host":"t1","status":"200","request_time":"0.1"}`)
	f.Add(`x "GET / HTTP/1.1" 200 612 rt=0.010`)
	f.Add(`10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 200 3 "-" "-" 4711 "o" "h" 120ms`)
	f.Add(`10.0.0.9:1 [x] f b/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {t1} "GET / HTTP/1.1"`)
	u := newUnwrapper()
	f.Fuzz(func(t *testing.T, line string) {
		a, ok := parseAccess(u.line([]byte(line)))
		otherLine([]byte(line))
		if ok && (a.status < 0 || a.status > 999 || !(a.time >= 0) || !(a.upstream >= 0)) {
			t.Errorf("%q gives %+v", line, a)
		}
	})
}
