package telemetry

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Request is one request of an access log.
type Request struct {
	End     time.Time // of the answer
	Seconds float64   // at the ingress; 0: the log has no duration
	Host    string    // in lower case, without the port; empty: the log does not name it
	Client  string    // address; empty: the log does not name it
	Method  string
	Path    string // without the query
	Status  int
}

// Requests reads the lines of an access log in the forms that the probe of the ingress reads.
type Requests struct {
	unwrap *unwrapper
}

// NewRequests makes a reader for one log.
func NewRequests() *Requests { return &Requests{unwrap: newUnwrapper()} }

// Parse reads a line. known is false for a line in a form that is not known. A line that servers
// write about themselves is known, and no request.
func (q *Requests) Parse(line []byte) (r Request, request, known bool) {
	line = q.unwrap.line(line)
	a, ok := parseAccess(line)
	if !ok {
		return r, false, otherLine(line)
	}
	r = Request{Status: a.status, Seconds: a.time, Host: hostAlone(a.host)}
	if line = bytes.TrimSpace(line); line[0] == '{' {
		r.fromJSON(line)
	} else {
		r.fromWords(tokens(string(line)))
	}
	r.Path, _, _ = strings.Cut(r.Path, "?")
	return r, !r.End.IsZero(), !r.End.IsZero()
}

// fromJSON takes the first name that is there. Traefik logs the start of a request, others
// the end.
func (r *Request) fromJSON(line []byte) {
	text := func(names ...string) string {
		for _, name := range names {
			if v := gjson.GetBytes(line, name); v.Exists() && v.String() != "" && v.String() != "-" {
				return v.String()
			}
		}
		return ""
	}
	if start := text("StartUTC", "StartLocal"); start != "" {
		r.End = parseInstant(start).Add(time.Duration(r.Seconds * float64(time.Second)))
	} else {
		r.End = parseInstant(text("time_iso8601", "time_local", "msec", "ts", "time", "timestamp", "@timestamp"))
	}
	r.Client = hostAlone(text("remote_addr", "ClientHost", "request.remote_ip", "remote_ip", "client_ip"))
	r.Method = text("request_method", "RequestMethod", "request.method", "method")
	r.Path = text("request_uri", "RequestPath", "request.uri", "uri", "path")
	if request := strings.Fields(text("request")); r.Path == "" && len(request) > 1 && !strings.HasPrefix(request[0], "{") {
		r.Method, r.Path = request[0], request[1]
	}
}

// fromWords finds the time in brackets, and the request as "POST /x HTTP/1.1" behind it. The
// lab's own form has neither.
func (r *Request) fromWords(f []string) {
	for i := 1; i < len(f) && i < 8; i++ {
		if f[i][0] != '[' || r.End != (time.Time{}) {
			continue
		}
		if r.End = parseInstant(bare(f[i])); r.End.IsZero() {
			continue
		}
		r.Client = hostAlone(f[0])
		if i == 4 { // vhost_combined: the host comes first
			r.Client = hostAlone(f[1])
		}
		for _, word := range f[i+1:] {
			if request := strings.Fields(bare(word)); word[0] == '"' && len(request) > 1 {
				r.Method, r.Path = request[0], request[1]
				return
			}
		}
		return
	}
	if len(f) > 8 && (f[1][0] == '+' || f[1][0] == '-') {
		f = append([]string{f[0] + " " + f[1]}, f[2:]...)
	}
	r.End, r.Method, r.Path = parseInstant(f[0]), f[6], ""
	if len(f) > 7 {
		r.Path = f[7]
	}
}

// parseInstant reads the notations of access logs: nginx's, ISO 8601 and seconds since 1970. A
// time without a zone is UTC. The zero time means that it is none of them.
func parseInstant(text string) time.Time {
	for _, form := range []string{"02/Jan/2006:15:04:05 -0700", time.RFC3339Nano, "02/Jan/2006:15:04:05.000",
		"02/Jan/2006:15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 1e9 && seconds < 1e10 {
		return time.UnixMilli(int64(seconds * 1000))
	}
	return time.Time{}
}
