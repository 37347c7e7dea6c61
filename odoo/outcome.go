package odoo

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/tidwall/gjson"
	"github.com/valyala/fasthttp"

	"example.org/odooharness/results"
)

// Verdict is what became of one exchange.
type Verdict struct {
	Outcome results.Outcome
	Detail  string // exception name or transport error, empty when ok
	Result  []byte // the method's own result, JSON; nil when it returned None or failed
}

// Classify returns the outcome of an exchange of the given API. err is the error of the
// transport.
//
// The order matters: first the requests that never reached Odoo (transport, ingress),
// then Odoo's answers without its database, then Odoo's own errors. RPC sends these with
// status 200, JSON-2 with a status of their own.
func Classify(x *Exchange, err error, api API) Verdict {
	if err != nil {
		outcome, detail := classifyTransport(err)
		return Verdict{Outcome: outcome, Detail: detail}
	}
	x.Answer = bytes.TrimPrefix(x.Answer, []byte("\xef\xbb\xbf")) // a byte order mark, which some front doors add
	switch {
	case x.Status == 408 || x.Status == 429 || x.Status >= 502 && x.Status <= 504:
		return Verdict{Outcome: results.Gateway, Detail: "http " + strconv.Itoa(x.Status)}
	case x.Status >= 300 && x.Status < 400:
		return classifyRedirect(x)
	case x.Status == 400 && (bytes.Contains(x.Answer, []byte("plain HTTP request was sent to HTTPS port")) ||
		bytes.Contains(x.Answer, []byte("HTTP request to an HTTPS server"))): // nginx's and Go's words
		return Verdict{Outcome: results.Refused, Detail: detailTLS}
	case isHTML(x):
		return classifyPage(x)
	case api == JSON2:
		return classifyJSON2(x)
	}
	return classifyRPC(x)
}

func classifyTransport(err error) (outcome results.Outcome, detail string) {
	var dns *net.DNSError
	var timeout net.Error
	var headers *fasthttp.ErrSmallBuffer
	if detail := certificateProblem(err); detail != "" {
		return results.Refused, detail // nothing was sent
	}
	switch {
	case errors.Is(err, context.Canceled):
		return results.Timeout, "interrupted"
	case errors.As(err, &dns):
		return results.Refused, "name not found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return results.Refused, "connection refused"
	case errors.As(err, &headers), err != nil && strings.Contains(err.Error(), "server response headers exceeded"):
		return results.ServerError, detailHeaders
	case errors.Is(err, errPacked):
		return results.ServerError, "answer cannot be decompressed"
	case errors.Is(err, errStale):
		return results.Refused, "no connection stayed open"
	case errors.Is(err, fasthttp.ErrTimeout), errors.Is(err, fasthttp.ErrDialTimeout),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return results.Timeout, "timeout"
	case errors.Is(err, errDial), isDial(err):
		return results.Refused, "no connection"
	case errors.Is(err, syscall.ECONNRESET):
		return results.Reset, "connection reset"
	case errors.Is(err, syscall.EPIPE):
		return results.Reset, "broken pipe"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, fasthttp.ErrConnectionClosed):
		return results.Reset, "connection closed"
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return results.ServerError, "answer too large"
	}
	return results.Reset, "transport error"
}

// Details of what keeps a connection from being opened, each with a remedy of its own.
const (
	detailAuthority = "certificate signed by unknown authority"
	detailName      = "certificate for another name"
	detailExpired   = "certificate not valid now"
	detailNoTLS     = "no TLS there"
	detailTLS       = "https required"
	detailHeaders   = "response headers too large"
)

// certificateProblem returns why a TLS handshake failed, empty for another error.
func certificateProblem(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &authority):
		return detailAuthority
	case errors.As(err, &name):
		return detailName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return detailExpired
	case errors.As(err, &invalid):
		return "certificate not valid"
	case errors.As(err, &record), err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return detailNoTLS
	case errors.As(err, &alert):
		return "TLS refused by the server"
	}
	return ""
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// classifyRedirect: without its database Odoo sends pages to the database
// selector, without a session to the log-in.
func classifyRedirect(x *Exchange) Verdict {
	switch {
	case strings.Contains(x.Location, "/web/database/"):
		return Verdict{Outcome: results.NoDatabase, Detail: "redirect to database selector"}
	case strings.Contains(x.Location, "/web/login"):
		return Verdict{Outcome: results.SessionLost, Detail: "redirect to login"}
	case strings.HasPrefix(x.Location, "https://"):
		return Verdict{Outcome: results.ServerError, Detail: "redirect to https"}
	}
	return Verdict{Outcome: results.ServerError, Detail: "http " + strconv.Itoa(x.Status)}
}

func isHTML(x *Exchange) bool {
	return strings.HasPrefix(x.ContentType, "text/html") || bytes.HasPrefix(x.Answer, []byte("<"))
}

// classifyPage: an API call that is answered with a page never reached the API,
// except for werkzeug's own error page.
func classifyPage(x *Exchange) Verdict {
	switch {
	case x.Status == 404 && bytes.Contains(x.Answer, []byte("No database is selected")):
		return Verdict{Outcome: results.NoDatabase, Detail: "no database is selected"}
	case x.Status == 401, x.Status == 403: // of the front door: the call did not reach Odoo
		return Verdict{Outcome: results.Access, Detail: "http " + strconv.Itoa(x.Status) + " page"}
	case x.Status >= 400:
		return Verdict{Outcome: results.ServerError, Detail: "http " + strconv.Itoa(x.Status) + " page"}
	}
	return Verdict{Outcome: results.ServerError, Detail: "page instead of json"}
}

func classifyRPC(x *Exchange) Verdict {
	if x.Status == 404 && gjson.GetBytes(x.Answer, "error.data.name").Str == "werkzeug.exceptions.NotFound" {
		// Odoo 14 and 15 answer so where a database is missing: the routes of calls come with it.
		return Verdict{Outcome: results.NoDatabase, Detail: "no route without a database"}
	}
	if x.Status != 200 {
		return classifyJSON2(x)
	}
	var v Verdict
	known := false
	body := gjson.Parse(view(x.Answer))
	if !body.IsObject() {
		return Verdict{Outcome: results.ServerError, Detail: "not json"}
	}
	body.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "jsonrpc":
			known = true
			return true
		case "error":
			known = true
			v = rpcError(value)
			return false
		case "result":
			known = true
			v = Verdict{Outcome: results.OK, Result: bytesOf(value.Raw)}
			return false
		}
		return true
	})
	switch {
	case !known || !closes(x.Answer):
		return Verdict{Outcome: results.ServerError, Detail: "not json"}
	case v.Outcome == "": // Python's None leaves the result out
		return Verdict{Outcome: results.OK}
	}
	return v
}

// closes reports whether an answer ends as an object does: one cut short by a
// dying server must not pass for an answer.
func closes(answer []byte) bool {
	return bytes.HasSuffix(bytes.TrimRight(answer, " \r\n"), []byte("}"))
}

// view is the bytes as a string without copying: it lives as long as they are not
// overwritten.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is the way back. The caller does not write to them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func rpcError(e gjson.Result) Verdict {
	name := strings.Clone(e.Get("data.name").Str)
	if e.Get("code").Int() == 100 {
		return Verdict{Outcome: results.SessionLost, Detail: cmp.Or(name, "session expired")}
	}
	if e.Get("code").Int() == 404 && name == "" {
		return Verdict{Outcome: results.ServerError, Detail: "not found"}
	}
	return Verdict{Outcome: exceptionOutcome(name), Detail: cmp.Or(name, "unnamed error")}
}

func classifyJSON2(x *Exchange) Verdict {
	if x.Status >= 200 && x.Status < 300 {
		if !beginsJSON(x.Answer) {
			return Verdict{Outcome: results.ServerError, Detail: "not json"}
		}
		return Verdict{Outcome: results.OK, Result: x.Answer}
	}
	name := strings.Clone(gjson.Get(view(x.Answer), "name").Str)
	detail := cmp.Or(name, "http "+strconv.Itoa(x.Status))
	if outcome := exceptionOutcome(name); outcome != results.ServerError {
		return Verdict{Outcome: outcome, Detail: detail}
	}
	switch x.Status {
	case 401, 403:
		return Verdict{Outcome: results.Access, Detail: detail}
	case 422:
		return Verdict{Outcome: results.UserError, Detail: detail}
	}
	return Verdict{Outcome: results.ServerError, Detail: detail}
}

func beginsJSON(answer []byte) bool {
	trimmed := bytes.TrimLeft(answer, " \r\n\t")
	return len(trimmed) > 0 && strings.IndexByte(`{["tfn-0123456789`, trimmed[0]) >= 0
}
