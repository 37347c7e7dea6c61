package telemetry

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// access is one line of an access log.
type access struct {
	host        string
	status      int
	time        float64 // seconds at the ingress
	upstream    float64
	hasUpstream bool
}

// parseAccess reads a line in one of the forms that the ingresses in front of
// Odoo write:
//
//   - JSON with host, status, request_time, upstream_response_time: nginx with
//     log_format escape=json; Traefik's names (RequestHost, DownstreamStatus,
//     Duration in nanoseconds, OriginDuration) are understood too;
//   - fields apart by spaces: time host status request_time
//     upstream_response_time upstream_status method path;
//   - name=value pairs at the end of nginx's combined form: rt=0.1 urt=0.1.
func parseAccess(line []byte) (access, bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return access{}, false
	}
	if line[0] == '{' {
		return parseAccessJSON(line)
	}
	if a, ok := parseAccessFields(string(line)); ok {
		return a, true
	}
	return parseAccessCombined(string(line))
}

func parseAccessJSON(line []byte) (access, bool) {
	var row struct {
		Host     string          `json:"host"`
		Status   json.RawMessage `json:"status"`
		Time     json.RawMessage `json:"request_time"`
		Upstream json.RawMessage `json:"upstream_response_time"`

		RequestHost      string
		DownstreamStatus int
		Duration         float64
		OriginDuration   float64
	}
	if json.Unmarshal(line, &row) != nil {
		return access{}, false
	}
	if row.DownstreamStatus > 0 {
		return access{host: row.RequestHost, status: row.DownstreamStatus, time: row.Duration / 1e9,
			upstream: row.OriginDuration / 1e9, hasUpstream: row.OriginDuration > 0}, true
	}
	a := access{host: row.Host}
	var okStatus, okTime bool
	a.status, okStatus = parseStatus(unquote(row.Status))
	a.time, okTime = parseTimes(unquote(row.Time))
	a.upstream, a.hasUpstream = parseTimes(unquote(row.Upstream))
	return a, okStatus && okTime
}

// unquote takes a JSON number or string as text.
func unquote(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// parseAccessFields reads "02/Jan/2026:15:04:05 +0000 t1.localhost 200 0.012 0.011 200 POST /json/2/x".
func parseAccessFields(line string) (access, bool) {
	f := strings.Fields(line)
	if len(f) > 1 && (f[1][0] == '+' || f[1][0] == '-') { // nginx's $time_local has the zone apart
		f = f[1:]
	}
	if len(f) < 7 {
		return access{}, false
	}
	a := access{host: f[1]}
	var okStatus, okTime bool
	a.status, okStatus = parseStatus(f[2])
	a.time, okTime = parseTimes(f[3])
	a.upstream, a.hasUpstream = parseTimes(f[4])
	return a, okStatus && okTime
}

// parseAccessCombined reads nginx's combined form followed by pairs.
func parseAccessCombined(line string) (access, bool) {
	_, rest, ok := strings.Cut(line, `" `) // the end of the request line
	if !ok {
		return access{}, false
	}
	var a access
	words := strings.Fields(rest)
	if len(words) == 0 {
		return a, false
	}
	if a.status, ok = parseStatus(words[0]); !ok {
		return a, false
	}
	found := false
	for _, word := range words[1:] {
		name, value, pair := strings.Cut(strings.Trim(word, `"`), "=")
		if !pair {
			continue
		}
		value = strings.Trim(value, `"`)
		switch name {
		case "rt", "request_time":
			a.time, found = parseTimes(value)
		case "urt", "upstream_response_time":
			a.upstream, a.hasUpstream = parseTimes(value)
		case "host":
			a.host = value
		}
	}
	return a, found
}

func parseStatus(text string) (int, bool) {
	status, err := strconv.Atoi(text)
	return status, err == nil && status >= 0 && status < 600
}

// parseTimes adds up times apart by commas or colons, one an upstream that was
// asked; "-" is one that was not.
func parseTimes(text string) (float64, bool) {
	var sum float64
	found := false
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ':' || r == ' ' }) {
		if part == "-" {
			continue
		}
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0) || v > 1e9 {
			return 0, false
		}
		sum += v
		found = true
	}
	return sum, found
}
