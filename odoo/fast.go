package odoo

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/valyala/fasthttp"
)

// Fast is the transport over fasthttp: about three times the requests per CPU
// second of [Standard], for a generator that shares its machine with others.
// fasthttp's own retries are switched off.
type Fast struct {
	client *fasthttp.HostClient
	prefix string        // of every path
	user   *url.Userinfo // for basic authentication, nil: none
}

// NewFast makes a transport to base (scheme://host:port). dial and tlsConfig may
// be nil.
func NewFast(base string, dial DialFunc, tlsConfig *tls.Config) (*Fast, error) {
	u, err := ParseURL(base)
	if err != nil {
		return nil, err
	}
	return newFast(u, dial, tlsConfig), nil
}

func newFast(u *url.URL, dial DialFunc, tlsConfig *tls.Config) *Fast {
	secure := u.Scheme == "https"
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialLimit}).DialContext
	}
	port := "80"
	if secure {
		port = "443"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	where := *u
	where.User = nil
	return &Fast{prefix: where.String(), user: u.User, client: &fasthttp.HostClient{
		Addr: net.JoinHostPort(u.Hostname(), port), IsTLS: secure, TLSConfig: tlsConfig,
		DialTimeout: func(addr string, limit time.Duration) (net.Conn, error) {
			if limit <= 0 || limit > dialLimit {
				limit = dialLimit
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			conn, err := dial(ctx, "tcp", addr)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errDial, err)
			}
			return &checkedConn{Conn: conn}, nil
		},
		ReadBufferSize: maxHeaders, MaxConns: 4096, MaxIdleConnDuration: idleLimit, MaxResponseBodySize: maxAnswer,
		NoDefaultUserAgentHeader: true, DisablePathNormalizing: true,
		RetryIfErr: func(*fasthttp.Request, int, error) (bool, bool) { return false, false },
	}}
}

// errDial marks an error from before anything was sent.
var errDial = errors.New("dial")

// Do sends the request once and reads the whole answer. A kept connection that the
// server has closed is noticed before anything is written to it; the request then
// uses another one.
func (f *Fast) Do(ctx context.Context, x *Exchange) error {
	x.forget()
	if err := ctx.Err(); err != nil {
		return err
	}
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.Header.SetMethod(x.Method)
	req.SetRequestURI(f.prefix + x.Path)
	if x.Host != "" {
		req.UseHostHeader = true
		req.Header.SetHost(x.Host)
	}
	if x.Body != nil {
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(x.Body)
	}
	if x.Cookie != "" {
		req.Header.Set("Cookie", x.Cookie)
	}
	if x.Database != "" {
		req.Header.Set(databaseHeader, x.Database)
	}
	if x.Bearer != "" {
		req.Header.Set("Authorization", "bearer "+x.Bearer)
	} else if f.user != nil {
		password, _ := f.user.Password()
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(f.user.Username()+":"+password)))
	}
	if limit := remaining(ctx, x.Timeout); limit > 0 {
		req.SetTimeout(limit)
	}
	err := f.client.Do(req, res)
	for tries := 0; errors.Is(err, errStale) && tries < maxStale; tries++ {
		err = f.client.Do(req, res)
	}
	if err != nil {
		return err
	}
	x.Status = res.StatusCode()
	x.ContentType = string(res.Header.ContentType())
	x.Location = string(res.Header.Peek("Location"))
	for _, set := range res.Header.Cookies() {
		x.SetCookies = append(x.SetCookies, string(set))
	}
	body, err := unpacked(res)
	x.Answer = append(x.Answer[:0], body...)
	return err
}

// maxStale is how many kept connections may turn out closed: all of them do after
// the ingress restarted.
const maxStale = 64

// remaining is the shorter of the timeout and what is left of the context.
func remaining(ctx context.Context, timeout time.Duration) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return timeout
	}
	left := max(time.Until(deadline), time.Millisecond)
	if timeout > 0 {
		left = min(left, timeout)
	}
	return left
}

// Close closes idle connections.
func (f *Fast) Close() { f.client.CloseIdleConnections() }
