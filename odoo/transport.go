package odoo

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Exchange is one HTTP request and what came back. It is reused from call to
// call, so that its buffers grow once.
type Exchange struct {
	Method  string // GET, POST
	Path    string // from the root, with query
	Host    string // Host header, routes to the tenant; empty: the URL's
	Cookie  string // Cookie header, empty: none
	Bearer  string // key of the Authorization header, empty: none
	Body    []byte
	Timeout time.Duration // from the first byte sent to the last received, 0: none

	Status      int
	ContentType string
	Location    string
	SetCookie   string // session_id=..., empty: none
	Answer      []byte
}

func (x *Exchange) forget() {
	x.Status, x.ContentType, x.Location, x.SetCookie, x.Answer = 0, "", "", "", x.Answer[:0]
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

// idleLimit is how long an unused connection is kept: less than any server's
// keep-alive timeout, so that the server does not close it first.
const idleLimit = 15 * time.Second

// maxAnswer bounds an answer read into memory.
const maxAnswer = 64 << 20

// Standard is the transport over net/http: proxies, TLS and HTTP/1.1 as everyone
// knows them. See [Fast] for the one the load generator uses.
type Standard struct {
	base   string
	client *http.Client
}

// NewStandard makes a transport to base (scheme://host:port). It follows no
// redirect, because Odoo redirects to the database selector when its database is
// away. tlsConfig may be nil.
func NewStandard(base string, dial DialFunc, tlsConfig *tls.Config) *Standard {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialLimit}).DialContext
	}
	return &Standard{base: base, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: tlsConfig, DisableCompression: true,
			MaxIdleConnsPerHost: 256, IdleConnTimeout: idleLimit,
		},
	}}
}

// dialLimit bounds the opening of a connection.
const dialLimit = 10 * time.Second

// Do sends the request once and reads the whole answer.
func (s *Standard) Do(ctx context.Context, x *Exchange) error {
	x.forget()
	if x.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, x.Timeout)
		defer cancel()
	}
	// net/http repeats a request on a broken connection when it can rewind the body:
	// a bare reader cannot be rewound.
	req, err := http.NewRequestWithContext(ctx, x.Method, s.base+x.Path, io.NopCloser(bytes.NewReader(x.Body)))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.ContentLength = int64(len(x.Body))
	req.Host = x.Host
	req.Header.Set("Content-Type", "application/json")
	if x.Cookie != "" {
		req.Header.Set("Cookie", x.Cookie)
	}
	if x.Bearer != "" {
		req.Header.Set("Authorization", "bearer "+x.Bearer)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end below
	x.Status, x.ContentType, x.Location = res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Location")
	for _, c := range res.Cookies() {
		if c.Name == sessionCookie {
			x.SetCookie = c.Name + "=" + c.Value
		}
	}
	into := bytes.NewBuffer(x.Answer[:0])
	_, err = into.ReadFrom(io.LimitReader(res.Body, maxAnswer))
	x.Answer = into.Bytes()
	return err
}

// Close closes idle connections.
func (s *Standard) Close() { s.client.CloseIdleConnections() }
