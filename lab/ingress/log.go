package ingress

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"
)

// access collects one request for a line of the access log.
type access struct {
	http.ResponseWriter
	status         int
	upstreamStatus int
	upstreamTime   time.Duration
	asked          bool // the upstream was
}

// WriteHeader keeps the status.
func (a *access) WriteHeader(status int) {
	if status >= 200 && a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the proxy flush and hijack.
func (a *access) Unwrap() http.ResponseWriter { return a.ResponseWriter }

type accessKey struct{}

// logged writes a line a request. A client that left before the answer gets
// nginx's own status 499.
func logged(next http.Handler, log *os.File) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		a := &access{ResponseWriter: w}
		defer func() {
			if r.Context().Err() != nil || a.status == 0 {
				a.status = 499
			}
			// One write a line: lines of requests that end together do not mix.
			_, _ = log.WriteString(a.line(r, time.Since(begin))) // a full disk must not stop requests
		}()
		next.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), accessKey{}, a)))
	})
}

func (a *access) line(r *http.Request, took time.Duration) string {
	upstreamTime, upstreamStatus := "-", "-"
	if a.asked {
		upstreamTime = fmt.Sprintf("%.3f", a.upstreamTime.Seconds())
		if a.upstreamStatus != 0 {
			upstreamStatus = fmt.Sprint(a.upstreamStatus)
		}
	}
	return fmt.Sprintf("%s %s %d %.3f %s %s %s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		r.Host, a.status, took.Seconds(), upstreamTime, upstreamStatus, r.Method, r.URL.Path)
}

// timed notes how long the upstream took until its answer began.
type timed struct {
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	begin := time.Now()
	resp, err := t.next.RoundTrip(r)
	if a, ok := r.Context().Value(accessKey{}).(*access); ok {
		a.asked, a.upstreamTime = true, time.Since(begin)
		if err == nil {
			a.upstreamStatus = resp.StatusCode
		}
	}
	return resp, err
}
