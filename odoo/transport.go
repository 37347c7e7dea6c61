package odoo

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/net/http/httpproxy"
)

// Exchange is one HTTP request and what came back. It is reused from call to
// call, so that its buffers grow once.
type Exchange struct {
	Method   string // GET, POST
	Path     string // below the URL's own path, with query
	Host     string // Host header, routes to the tenant; empty: the URL's
	Cookie   string // Cookie header, empty: none
	Bearer   string // key of the Authorization header, empty: none
	Database string // X-Odoo-Database header, empty: none
	Body     []byte
	Timeout  time.Duration // from the first byte sent to the last received, 0: none

	Status      int
	ContentType string
	Location    string
	SetCookies  []string // the values of the Set-Cookie headers
	Answer      []byte   // decompressed
}

func (x *Exchange) forget() {
	x.Status, x.ContentType, x.Location, x.SetCookies, x.Answer = 0, "", "", x.SetCookies[:0], x.Answer[:0]
}

// Transport carries an exchange to one server. It must send a request at most
// once: a retry that the caller does not see turns a lost acknowledgement into
// a duplicate. An implementation is safe for concurrent use.
type Transport interface {
	Do(ctx context.Context, x *Exchange) error
	Close()
}

// DialFunc opens a connection; net.Dialer.DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// NewTransport makes the transport to a tenant: [Fast], or [Standard] where the
// environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) names a proxy for its URL. Over TLS
// the server's name is the tenant's Host, where it has one: that is the name that the
// ingress routes and has a certificate for. dial and config may be nil.
func NewTransport(tenant Tenant, dial DialFunc, config *tls.Config) (Transport, error) {
	base, err := ParseURL(tenant.URL)
	if err != nil {
		return nil, err
	}
	config = serverName(tenant, config)
	proxy, err := httpproxy.FromEnvironment().ProxyFunc()(base)
	if err != nil {
		return nil, errors.New("the proxy in HTTP_PROXY or HTTPS_PROXY cannot be used (not shown: it may hold a password)")
	}
	if proxy != nil {
		return newStandard(base, dial, config), nil
	}
	return newFast(base, dial, config), nil
}

// serverName sets the tenant's Host as the server name of TLS.
func serverName(tenant Tenant, config *tls.Config) *tls.Config {
	if tenant.Host == "" || config != nil && config.ServerName != "" {
		return config
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ServerName = hostOf(tenant.Host)
	return config
}

// idleLimit is how long an unused connection is kept: less than any server's
// keep-alive timeout, so that the server does not close it first.
const idleLimit = 15 * time.Second

// dialLimit bounds the opening of a connection.
const dialLimit = 10 * time.Second

// maxAnswer bounds an answer read into memory, also one that was compressed.
const maxAnswer = 64 << 20

// maxHeaders bounds the headers of an answer. Policies and cookies of front doors
// take several kilobytes.
const maxHeaders = 64 << 10

// Standard is the transport over net/http, with its proxies. See [Fast] for the one
// that the load generator uses where there is none.
type Standard struct {
	base   *url.URL
	client *http.Client
}

// NewStandard makes a transport to base (scheme://host:port). tlsConfig may be nil.
func NewStandard(base string, dial DialFunc, tlsConfig *tls.Config) (*Standard, error) {
	u, err := ParseURL(base)
	if err != nil {
		return nil, err
	}
	return newStandard(u, dial, tlsConfig), nil
}

// newStandard makes a transport that follows no redirect, because Odoo redirects to
// the database selector while its database is unavailable.
func newStandard(base *url.URL, dial DialFunc, tlsConfig *tls.Config) *Standard {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialLimit}).DialContext
	}
	proxy := httpproxy.FromEnvironment().ProxyFunc()
	return &Standard{base: base, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: tlsConfig, DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
			Proxy:               func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
			MaxIdleConnsPerHost: 256, IdleConnTimeout: idleLimit,
		},
	}}
}

// Do sends the request once and reads the whole answer.
func (s *Standard) Do(ctx context.Context, x *Exchange) error {
	x.forget()
	if x.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.Timeout)
		defer cancel()
	}
	req, err := s.request(ctx, x)
	if err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return hideAddress(err)
	}
	defer res.Body.Close() // read to its end below
	x.Status, x.ContentType, x.Location = res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Location")
	x.SetCookies = append(x.SetCookies, res.Header.Values("Set-Cookie")...)
	into := bytes.NewBuffer(x.Answer[:0])
	_, err = into.ReadFrom(io.LimitReader(res.Body, maxAnswer+1))
	x.Answer = into.Bytes()
	switch {
	case err != nil:
		return err
	case len(x.Answer) > maxAnswer:
		return fasthttp.ErrBodyTooLarge
	}
	if encoding := res.Header.Get("Content-Encoding"); encoding != "" {
		var packed fasthttp.Response
		packed.SetBodyRaw(x.Answer)
		packed.Header.SetContentEncoding(encoding)
		x.Answer, err = unpacked(&packed)
	}
	return err
}

// errPacked marks an answer whose compression cannot be undone.
var errPacked = errors.New("decompress")

// unpacked returns the body of an answer that a front door has compressed without a
// request: gzip, deflate, brotli, zstd.
func unpacked(res *fasthttp.Response) ([]byte, error) {
	body, err := res.BodyUncompressedWithLimit(maxAnswer)
	if err != nil && !errors.Is(err, fasthttp.ErrBodyTooLarge) {
		err = fmt.Errorf("%w: %w", errPacked, err)
	}
	return body, err
}

// request is the exchange as net/http wants it.
func (s *Standard) request(ctx context.Context, x *Exchange) (*http.Request, error) {
	where := *s.base
	where.User = nil
	// net/http repeats a request on a broken connection when it can rewind the body:
	// a bare reader cannot be rewound.
	req, err := http.NewRequestWithContext(ctx, x.Method, where.String()+x.Path, io.NopCloser(bytes.NewReader(x.Body)))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", hideAddress(err))
	}
	req.ContentLength = int64(len(x.Body))
	req.Host = x.Host
	req.Header.Set("Content-Type", "application/json")
	if x.Cookie != "" {
		req.Header.Set("Cookie", x.Cookie)
	}
	if x.Database != "" {
		req.Header.Set(databaseHeader, x.Database)
	}
	if x.Bearer != "" {
		req.Header.Set("Authorization", "bearer "+x.Bearer)
	} else if user := s.base.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return req, nil
}

// databaseHeader names the database of a JSON-2 call on a server with several.
const databaseHeader = "X-Odoo-Database"

// hideAddress takes the address out of an error of net/http: it may hold a password
// or a token.
func hideAddress(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}

// Close closes idle connections.
func (s *Standard) Close() { s.client.CloseIdleConnections() }
