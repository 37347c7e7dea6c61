package telemetry

import (
	"bytes"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// access is one line of an access log.
type access struct {
	host        string // empty: the line does not name it
	status      int
	time        float64 // seconds at the ingress
	hasTime     bool
	upstream    float64
	hasUpstream bool
}

// parseAccess reads a line in one of the forms that the ingresses in front of
// Odoo write:
//
//   - JSON: nginx with log_format escape=json, the sample of the NGINX ingress
//     controller, Traefik, Caddy;
//   - nginx's combined form, with times or name=value pairs at its end (0.120, or rt=0.1
//     urt=0.1), with a host at its beginning, or as the NGINX ingress controller extends it;
//   - Traefik's common form, with the duration at its end;
//   - HAProxy's HTTP form;
//   - fields separated by spaces: time host status request_time
//     upstream_response_time upstream_status method path, the lab's own.
func parseAccess(line []byte) (access, bool) {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return access{}, false
	case line[0] == '{':
		return parseAccessJSON(line)
	}
	words := tokens(string(line))
	for _, form := range []func([]string) (access, bool){parseAccessFields, parseCombined, parseHAProxy} {
		if a, ok := form(words); ok {
			return a, true
		}
	}
	return access{}, false
}

// otherLine reports whether a line is of the same file and no request: what servers
// log about themselves.
func otherLine(line []byte) bool {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return true
	}
	if line[0] == '{' { // a program's own log as JSON
		level := gjson.GetBytes(line, "level")
		return level.Exists() && !gjson.GetBytes(line, "status").Exists() && !gjson.GetBytes(line, "DownstreamStatus").Exists()
	}
	if strings.IndexByte("IWEF", line[0]) >= 0 && len(line) > 5 && isDigits(string(line[1:5])) {
		return true // klog: I0102 03:04:05.678901 ...
	}
	text := string(line)
	for _, prefix := range []string{"time=\"", "[NOTICE]", "[WARNING]", "[ALERT]", "-----"} { // Traefik, HAProxy, a banner
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	for _, level := range []string{" [error] ", " [warn] ", " [notice] ", " [info] ", " [alert] ", " [crit] ", " [emerg] "} {
		if at := strings.Index(text, level); at == len("2026/01/02 03:04:05") { // nginx's error log
			return true
		}
	}
	return false
}

// parseAccessJSON takes the first name that is there: exact names, since Traefik's
// Duration counts nanoseconds and Caddy's duration seconds.
func parseAccessJSON(line []byte) (access, bool) {
	if !gjson.ValidBytes(line) {
		return access{}, false
	}
	text := func(names ...string) string {
		for _, name := range names {
			if v := gjson.GetBytes(line, name); v.Exists() && v.String() != "" && v.String() != "-" {
				return v.String()
			}
		}
		return ""
	}
	var a access
	a.host = text("http_host", "host", "vhost", "RequestHost", "RequestAddr", "request_host", "request.host", "authority",
		"server_name")
	if a.host == "_" {
		a.host = "" // nginx's name for a server of no name
	}
	status, ok := parseStatus(text("status", "DownstreamStatus", "status_code", "response_code"))
	if !ok {
		return access{}, false
	}
	a.status = status
	if ns := text("Duration"); ns != "" {
		a.time, a.hasTime = parseTimes(ns)
		a.upstream, a.hasUpstream = parseTimes(text("OriginDuration"))
		a.time, a.upstream = a.time/1e9, a.upstream/1e9
		a.hasUpstream = a.hasUpstream && a.upstream > 0
		return a, a.hasTime
	}
	a.time, a.hasTime = parseTimes(text("request_time", "duration"))
	a.upstream, a.hasUpstream = parseTimes(text("upstream_response_time"))
	return a, true
}

// tokens cuts a line at blanks; what is quoted or in brackets is one token, which its
// first character shows. A list separated by a comma and a blank, as nginx writes of
// several upstreams, is one token, too.
func tokens(line string) []string {
	var all []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		end := 0
		switch closing := strings.IndexByte("\"[{", line[0]); {
		case closing >= 0:
			end = closed(line, "\"]}"[closing])
		default:
			end = openEnd(line)
		}
		word := line[:end]
		line = line[end:]
		if n := len(all); n > 0 && strings.HasSuffix(all[n-1], ",") && all[n-1][0] != '"' && all[n-1][0] != '[' {
			all[n-1] += word
			continue
		}
		all = append(all, word)
	}
	return all
}

// closed is the end of a token that ends with a character, all of it when it does not.
func closed(line string, end byte) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case end:
			return i + 1
		}
	}
	return len(line)
}

// openEnd is the end of a token without quotes; of name="a, b" the quotes belong to it.
func openEnd(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ' ':
			if !quoted {
				return i
			}
		}
	}
	return len(line)
}

// bare is a token without its quotes or brackets.
func bare(word string) string { return strings.Trim(word, `"[]{}`) }

// parseAccessFields reads "02/Jan/2026:15:04:05 +0000 t1.localhost 200 0.012 0.011 200 POST /json/2/x".
func parseAccessFields(f []string) (access, bool) {
	if len(f) > 1 && (f[1][0] == '+' || f[1][0] == '-') { // nginx's $time_local has a space before the zone
		f = f[1:]
	}
	if len(f) < 7 {
		return access{}, false
	}
	a := access{host: f[1]}
	var okStatus bool
	a.status, okStatus = parseStatus(f[2])
	a.time, a.hasTime = parseTimes(f[3])
	a.upstream, a.hasUpstream = parseTimes(f[4])
	return a, okStatus && a.hasTime
}

// parseCombined reads nginx's combined form and what others add to it: up to the user
// agent all are the same.
//
//	[host[:port]] 10.0.0.9 - - [02/Jan/2026:15:04:05 +0000] "POST /x HTTP/1.1" 200 612 "-" "agent" ...
func parseCombined(f []string) (access, bool) {
	request := -1
	for i := 1; i < len(f) && i < 8; i++ {
		if f[i][0] == '"' && f[i-1][0] == '[' {
			request = i
			break
		}
	}
	if request < 0 || len(f) < request+3 {
		return access{}, false
	}
	var a access
	var ok bool
	if a.status, ok = parseStatus(f[request+1]); !ok {
		return access{}, false
	}
	if request == 5 && net.ParseIP(hostAlone(f[0])) == nil { // vhost_combined: the host comes first
		a.host = f[0]
	}
	rest := f[request+3:] // behind the size
	for n := 0; n < 2 && len(rest) > 0 && rest[0][0] == '"'; n++ {
		rest = rest[1:] // referrer, user agent
	}
	switch {
	case isController(rest):
		a.time, a.hasTime = parseTimes(rest[1])
		a.upstream, a.hasUpstream = parseTimes(rest[6])
		if !a.hasTime {
			return access{}, false
		}
	case len(rest) == 4 && strings.HasSuffix(rest[3], "ms") && isDigits(rest[0]): // Traefik: number, router, server, duration
		a.time, a.hasTime = parseTimes(strings.TrimSuffix(rest[3], "ms"))
		a.time /= 1000
		if !a.hasTime {
			return access{}, false
		}
	default:
		return a, a.pairs(rest)
	}
	return a, true
}

// isController recognises what the NGINX ingress controller adds: request length,
// request time, upstream's name and alternative, its addresses, lengths, times and
// statuses, request id.
func isController(rest []string) bool {
	return len(rest) >= 9 && isDigits(rest[0]) && rest[2][0] == '[' && rest[3][0] == '['
}

// pairs reads name=value pairs and times without a name. Other words are a form that is not known.
func (a *access) pairs(words []string) bool {
	var unnamed []float64
	for _, word := range words {
		name, value, pair := strings.Cut(bare(word), "=")
		if !pair {
			switch time, is := unnamedTime(name); {
			case is:
				unnamed = append(unnamed, time)
			case word[0] == '"': // X-Forwarded-For, for one
			case isDigits(strings.Replace(word, ".", "", 1)): // $msec, a ratio, bytes; Apache's %D is in microseconds, its %T in seconds
			case word == "-" || word == "." || word == "p": // no upstream; not pipelined, or pipelined
			default:
				return false
			}
			continue
		}
		value = bare(value)
		switch name {
		case "rt", "request_time":
			if a.time, a.hasTime = parseTimes(value); !a.hasTime {
				return false
			}
		case "urt", "upstream_response_time":
			a.upstream, a.hasUpstream = parseTimes(value)
		case "host", "http_host", "vhost":
			a.host = value
		}
	}
	if !a.hasTime && len(unnamed) > 0 {
		a.time, a.hasTime = slices.Max(unnamed), true
		if len(unnamed) == 2 {
			a.upstream, a.hasUpstream = slices.Min(unnamed), true
		}
	}
	return true
}

// unnamedTime reads nginx's $request_time or $upstream_response_time without a name. They are the
// numbers with three decimals, in seconds, but for $msec, the time since 1970. A request
// lasts at least as long as its upstream.
func unnamedTime(word string) (seconds float64, is bool) {
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == ',' || r == ' ' }) {
		whole, decimals, _ := strings.Cut(part, ".")
		milliseconds := len(whole) < 9 && isDigits(whole) && len(decimals) == 3 && isDigits(decimals)
		if part != "-" && !milliseconds {
			return 0, false
		}
	}
	return parseTimes(word)
}

// parseHAProxy reads HAProxy's HTTP form, behind the prefix of syslog:
//
//	10.0.0.9:33317 [02/Jan/2026:15:04:05.655] http-in odoo/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0
//	{t1.example} "GET / HTTP/1.1"
//
// The times are those of the request, the queue, the connection, the answer and all,
// in milliseconds; -1 is one that did not come about.
func parseHAProxy(f []string) (access, bool) {
	if len(f) < 11 || f[1][0] != '[' || strings.Count(f[4], "/") != 4 || !strings.Contains(f[3], "/") {
		return access{}, false
	}
	times := strings.Split(f[4], "/")
	total, err1 := strconv.ParseFloat(strings.TrimPrefix(times[4], "+"), 64)
	answer, err2 := strconv.ParseFloat(times[3], 64)
	status, err3 := strconv.Atoi(f[5])
	if err1 != nil || err2 != nil || err3 != nil || status < -1 || status >= 600 || !(total >= 0) || total > 1e12 {
		return access{}, false
	}
	a := access{status: max(status, 0), time: total / 1000, hasTime: true, upstream: max(answer, 0) / 1000, hasUpstream: answer >= 0}
	for _, word := range f[10:] { // captured headers: a host, where it is captured first
		if word[0] == '{' {
			a.host, _, _ = strings.Cut(bare(word), "|")
			break
		}
	}
	return a, true
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// hostAlone is a host without its port, in lower case.
func hostAlone(host string) string {
	if alone, _, err := net.SplitHostPort(host); err == nil {
		host = alone
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func parseStatus(text string) (int, bool) {
	status, err := strconv.Atoi(text)
	return status, err == nil && status >= 0 && status < 600
}

// parseTimes adds up times separated by commas or colons, one for each upstream that
// was called; "-" is one that was not.
func parseTimes(text string) (float64, bool) {
	var sum float64
	found := false
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ':' || r == ' ' }) {
		if part == "-" {
			continue
		}
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0) || v > 1e15 {
			return 0, false
		}
		sum += v
		found = true
	}
	return sum, found
}
