package odoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

const (
	html   = "text/html; charset=utf-8"
	asJSON = "application/json; charset=utf-8"
)

// Bodies as Odoo 19.0 sends them, cut to what matters.
func TestClassifyAnswers(t *testing.T) {
	type want struct {
		Outcome results.Outcome
		Detail  string
		Result  string
	}
	for name, c := range map[string]struct {
		api    API
		x      Exchange
		expect want
	}{
		"rpc result": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(`{"jsonrpc": "2.0", "id": null, "result": [17]}`)},
			want{results.OK, "", "[17]"}},
		"rpc false is a result": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(`{"jsonrpc": "2.0", "id": null, "result": false}`)},
			want{results.OK, "", "false"}},
		"rpc none has no result": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(`{"jsonrpc": "2.0", "id": null}`)},
			want{results.OK, "", ""}},
		"rpc a result that speaks of an error": {RPC, Exchange{Status: 200, ContentType: asJSON,
			Answer: []byte(`{"jsonrpc": "2.0", "id": null, "result": {"error": {"code": 100}}}`)},
			want{results.OK, "", `{"error": {"code": 100}}`}},
		"rpc user error": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("odoo.exceptions.UserError", 0))},
			want{results.UserError, "odoo.exceptions.UserError", ""}},
		"rpc validation": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("odoo.exceptions.ValidationError", 0))},
			want{results.UserError, "odoo.exceptions.ValidationError", ""}},
		"rpc access": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("odoo.exceptions.AccessError", 0))},
			want{results.Access, "odoo.exceptions.AccessError", ""}},
		"rpc session expired": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("odoo.http.SessionExpiredException", 100))},
			want{results.SessionLost, "odoo.http.SessionExpiredException", ""}},
		"rpc serialization after retries": {RPC, Exchange{Status: 200, ContentType: asJSON,
			Answer: []byte(odootest.ErrorRPC("psycopg2.errors.SerializationFailure", 0))},
			want{results.Concurrency, "psycopg2.errors.SerializationFailure", ""}},
		"rpc deadlock": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("psycopg2.errors.DeadlockDetected", 0))},
			want{results.Concurrency, "psycopg2.errors.DeadlockDetected", ""}},
		"rpc lock": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("psycopg2.errors.LockNotAvailable", 0))},
			want{results.Concurrency, "psycopg2.errors.LockNotAvailable", ""}},
		"rpc backend terminated": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(odootest.ErrorRPC("psycopg2.InterfaceError", 0))},
			want{results.ServerError, "psycopg2.InterfaceError", ""}},
		"rpc cut short": {RPC, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(`{"jsonrpc": "2.0", "id": null, "result": [1`)},
			want{results.ServerError, "not json", ""}},
		"rpc empty": {RPC, Exchange{Status: 200, ContentType: asJSON}, want{results.ServerError, "not json", ""}},
		"postgres down": {RPC, Exchange{Status: 404, ContentType: html,
			Answer: []byte("<!doctype html>\n<title>404 Not Found</title>\n<p>No database is selected and the requested URL was not found</p>")},
			want{results.NoDatabase, "no database is selected", ""}},
		"postgres down json2": {JSON2, Exchange{Status: 404, ContentType: html, Answer: []byte("<p>No database is selected</p>")},
			want{results.NoDatabase, "no database is selected", ""}},
		"postgres down page": {RPC, Exchange{Status: 303, Location: "/web/database/selector"},
			want{results.NoDatabase, "redirect to database selector", ""}},
		"page without session": {RPC, Exchange{Status: 303, Location: "/web/login?redirect=x"}, want{results.SessionLost, "redirect to login", ""}},
		"redis down": {RPC, Exchange{Status: 500, ContentType: html, Answer: []byte("<!doctype html><title>500 Internal Server Error</title>")},
			want{results.ServerError, "http 500 page", ""}},
		"bad gateway":     {RPC, Exchange{Status: 502, ContentType: html, Answer: []byte("<html>nginx")}, want{results.Gateway, "http 502", ""}},
		"gateway timeout": {JSON2, Exchange{Status: 504, ContentType: html, Answer: []byte("<html>nginx")}, want{results.Gateway, "http 504", ""}},
		"json2 result":    {JSON2, Exchange{Status: 200, ContentType: asJSON, Answer: []byte(`[17]`)}, want{results.OK, "", "[17]"}},
		"json2 bad key": {JSON2, Exchange{Status: 401, ContentType: asJSON, Answer: []byte(`{"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}`)},
			want{results.Access, "werkzeug.exceptions.Unauthorized", ""}},
		"json2 access": {JSON2, Exchange{Status: 403, ContentType: asJSON, Answer: []byte(`{"name": "odoo.exceptions.AccessError", "message": "no"}`)},
			want{results.Access, "odoo.exceptions.AccessError", ""}},
		"json2 missing": {JSON2, Exchange{Status: 404, ContentType: asJSON, Answer: []byte(`{"name": "odoo.exceptions.MissingError", "message": "gone"}`)},
			want{results.UserError, "odoo.exceptions.MissingError", ""}},
		"json2 unknown model": {JSON2, Exchange{Status: 404, ContentType: asJSON, Answer: []byte(`{"name": "werkzeug.exceptions.NotFound", "message": "the model"}`)},
			want{results.ServerError, "werkzeug.exceptions.NotFound", ""}},
		"json2 user error": {JSON2, Exchange{Status: 422, ContentType: asJSON, Answer: []byte(`{"name": "odoo.exceptions.UserError", "message": "not enough"}`)},
			want{results.UserError, "odoo.exceptions.UserError", ""}},
		"json2 serialization": {JSON2, Exchange{Status: 500, ContentType: asJSON, Answer: []byte(`{"name": "psycopg2.errors.SerializationFailure"}`)},
			want{results.Concurrency, "psycopg2.errors.SerializationFailure", ""}},
		"json2 interface error": {JSON2, Exchange{Status: 500, ContentType: asJSON, Answer: []byte(`{"name": "psycopg2.InterfaceError"}`)},
			want{results.ServerError, "psycopg2.InterfaceError", ""}},
	} {
		v := Classify(&c.x, nil, c.api)
		got := want{v.Outcome, v.Detail, string(v.Result)}
		if diff := cmp.Diff(c.expect, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestClassifyTransportErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want results.Outcome
	}{
		"refused":       {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, results.Refused},
		"no route":      {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, results.Refused},
		"unknown name":  {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, results.Refused},
		"reset":         {&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, results.Reset},
		"broken pipe":   {&net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}, results.Reset},
		"eof":           {io.EOF, results.Reset},
		"half answer":   {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), results.Reset},
		"fast closed":   {fasthttp.ErrConnectionClosed, results.Reset},
		"fast timeout":  {fasthttp.ErrTimeout, results.Timeout},
		"deadline":      {context.DeadlineExceeded, results.Timeout},
		"read deadline": {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, results.Timeout},
		"interrupted":   {context.Canceled, results.Timeout},
		"stale":         {errStale, results.Refused},
		"unknown":       {errors.New("something else"), results.Reset},
	} {
		v := Classify(&Exchange{}, c.err, RPC)
		if v.Outcome != c.want {
			t.Errorf("%s: got %s, want %s", name, v.Outcome, c.want)
		}
		if strings.ContainsAny(v.Detail, ":") {
			t.Errorf("%s: detail %q may hold an address", name, v.Detail)
		}
	}
}

// A refused import is status 200 with ids false.
func TestImportAnswer(t *testing.T) {
	refused := Answer{Verdict: Verdict{Outcome: results.OK,
		Result: []byte(`{"ids": false, "messages": [{"type": "error", "rows": {"from": 0, "to": 0}, "message": "no"}], "nextrow": 0}`)}}
	if _, a := importAnswer(refused); a.Outcome != results.UserError {
		t.Errorf("refused import: got %s, want user_error", a.Outcome)
	}
	ids, a := importAnswer(Answer{Verdict: Verdict{Outcome: results.OK, Result: []byte(`{"ids": [4, 5], "messages": []}`)}})
	if !a.OK() || !cmp.Equal(ids, []int64{4, 5}) {
		t.Errorf("import: got %v %s", ids, a.Outcome)
	}
}

// Whatever comes back, classifying gives one of the known classes, never calls a
// failure ok, and does not touch the answer.
func FuzzClassify(f *testing.F) {
	f.Add(200, asJSON, "", []byte(`{"jsonrpc": "2.0", "id": null, "result": [17]}`), true)
	f.Add(200, asJSON, "", []byte(odootest.ErrorRPC("odoo.http.SessionExpiredException", 100)), true)
	f.Add(404, html, "", []byte("<p>No database is selected</p>"), false)
	f.Add(303, "", "/web/database/selector", []byte(""), false)
	f.Add(500, asJSON, "", []byte(`{"name": "psycopg2.errors.SerializationFailure"}`), false)
	known := map[results.Outcome]bool{}
	for _, o := range results.Outcomes() {
		known[o] = true
	}
	f.Fuzz(func(t *testing.T, status int, contentType, location string, answer []byte, rpc bool) {
		api := JSON2
		if rpc {
			api = RPC
		}
		before := string(answer)
		v := Classify(&Exchange{Status: status, ContentType: contentType, Location: location, Answer: answer}, nil, api)
		if !known[v.Outcome] {
			t.Errorf("unknown class %q", v.Outcome)
		}
		if v.Outcome == results.OK && (status < 200 || status > 299) {
			t.Errorf("status %d is ok", status)
		}
		if v.Outcome != results.OK && v.Detail == "" {
			t.Errorf("%s without detail", v.Outcome)
		}
		if string(answer) != before {
			t.Error("the answer was changed")
		}
	})
}
