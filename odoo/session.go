package odoo

import (
	"context"
	"net/http"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"example.org/odooharness/results"
)

// Session is a log-in that several virtual users share: Odoo spends half a second
// of CPU on each password check.
//
//	new ── Login ok ──> open ── SessionExpiredException ──> lost ── Login ok ──> open
type Session struct {
	cookies cookies
	open    atomic.Bool
	uid     atomic.Int64 // of the user that an API key belongs to, over /jsonrpc
	logins  singleflight.Group
}

// NewSession makes a session that is not logged in.
func NewSession(tenant Tenant) *Session { return &Session{cookies: newCookies(tenant)} }

// Open reports whether calls may be made without logging in first.
func (s *Session) Open() bool { return s.open.Load() }

// lose ends the session that Odoo does not know any more, unless another user has
// logged in since: id is the one that was refused.
func (s *Session) lose(id string) {
	if _, now := s.cookies.header("/web", true); now == id {
		s.open.Store(false)
	}
}

// LoggedIn reports whether calls may be made without logging in first. A key needs
// no log-in.
func (c *Client) LoggedIn() bool { return c.tenant.API == JSON2 || c.session.Open() }

// Login logs in with the password, or checks the key when the client speaks
// JSON-2. Of several users of one session one logs in and the others wait for it.
func (c *Client) Login(ctx context.Context) Answer {
	if c.tenant.API == JSON2 {
		return c.checkKey(ctx)
	}
	s := c.session
	login := s.logins.DoChan("", func() (any, error) {
		if s.Open() {
			return Answer{Verdict: Verdict{Outcome: results.OK}}, nil
		}
		// A client of its own: this one may have given up waiting.
		own := Client{tenant: c.tenant, transport: c.transport, session: s}
		a := own.authenticate(ctx)
		s.open.Store(a.OK())
		return a, nil
	})
	select {
	case done := <-login:
		return done.Val.(Answer) // the only type returned
	case <-ctx.Done():
		return Answer{Verdict: Verdict{Outcome: results.Timeout, Detail: "timeout"}}
	}
}

// Details of a log-in that failed, each with a remedy of its own.
const (
	detailSecondFactor = "requires a second factor"
	detailNoUser       = "wrong login or password"
	detailNoCookie     = "log-in without session cookie"
)

func (c *Client) authenticate(ctx context.Context) Answer {
	if c.tenant.API == External {
		return c.findUser(ctx)
	}
	b := Body{buf: c.body.buf[:0]}
	b.Raw(`{"jsonrpc":"2.0","method":"call","params":{"db":`).Str(c.tenant.Database)
	b.Raw(`,"login":`).Str(c.tenant.Login).Raw(`,"password":`).Str(c.tenant.Password.Reveal()).Raw(`}}`)
	c.body.buf = b.buf
	const path = "/web/session/authenticate"
	a := c.plain(ctx, path)
	if !a.OK() {
		return a
	}
	switch uid := a.JSON().Get("uid"); {
	case uid.Exists() && uid.Value() == nil:
		return a.fail(results.Access, detailSecondFactor) // Odoo's words for a password that is right and not enough
	case uid.Int() == 0:
		return a.fail(results.Access, detailNoUser)
	}
	if _, id := c.session.cookies.header(path, true); id == "" {
		return a.fail(results.ServerError, detailNoCookie)
	}
	return a
}

// findUser reads the id of the key's user. Every call over /jsonrpc contains it.
func (c *Client) findUser(ctx context.Context) Answer {
	b := Body{buf: c.body.buf[:0]}
	b.Raw(`{"jsonrpc":"2.0","method":"call","params":{"service":"common","method":"authenticate","args":[`)
	b.Str(c.tenant.Database).Raw(",").Str(c.tenant.Login).Raw(",").Str(c.tenant.Key.Reveal()).Raw(`,{}]}}`)
	c.body.buf = b.buf
	a := c.plain(ctx, externalPath)
	if !a.OK() {
		return a
	}
	uid := a.JSON().Int()
	if uid == 0 {
		return a.fail(results.Access, detailNoUser)
	}
	c.session.uid.Store(uid)
	return a
}

// checkKey makes the cheapest call that needs a valid key.
func (c *Client) checkKey(ctx context.Context) Answer {
	c.start("res.users", "context_get", nil)
	return c.send(ctx, "res.users", "context_get", "")
}

// plain posts the body to a JSON-RPC path that is not a model's method, without a
// session.
func (c *Client) plain(ctx context.Context, path string) Answer {
	x := &c.exchange
	x.Method, x.Host, x.Timeout, x.Path = http.MethodPost, c.tenant.Host, c.tenant.Timeout, path
	x.Body, x.Bearer, x.Database = c.body.buf, "", ""
	x.Cookie, _ = c.session.cookies.header(path, false)
	return c.exchanged(ctx, RPC, "")
}

// exchanged sends the exchange and keeps the cookies of the answer. id is the session
// that it was sent with.
func (c *Client) exchanged(ctx context.Context, api API, id string) Answer {
	x := &c.exchange
	err := c.transport.Do(ctx, x)
	a := Answer{Verdict: Classify(x, err, api), Status: x.Status, location: x.Location}
	c.session.cookies.keep(x.Path, x.SetCookies, a.Outcome)
	if a.Outcome == results.SessionLost && id != "" {
		c.session.lose(id)
	}
	return a
}
