package odoo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"example.org/odooharness/results"
)

const sessionCookie = "session_id"

// Session is a log-in that several virtual users share: Odoo spends half a second
// of CPU on each password check.
//
//	new ── Login ok ──> open ── SessionExpiredException ──> lost ── Login ok ──> open
type Session struct {
	tenant Tenant

	mu     sync.Mutex // guards what follows
	cookie string
	flight *flight // a log-in under way
}

// flight is a log-in that whoever needs one waits for.
type flight struct {
	done   chan struct{}
	answer Answer
}

// NewSession makes a session that is not logged in.
func NewSession(tenant Tenant) *Session { return &Session{tenant: tenant} }

// Cookie is the session's cookie, empty when it is not logged in.
func (s *Session) Cookie() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cookie
}

// Open reports whether calls may be made without logging in first.
func (s *Session) Open() bool { return s.Cookie() != "" }

// lose forgets the cookie that Odoo does not know any more, unless another user
// has logged in anew meanwhile.
func (s *Session) lose(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cookie == cookie {
		s.cookie = ""
	}
}

// Login logs in with the password, or checks the key when the client speaks
// JSON-2. Of several users of one session one logs in and the others wait for it.
func (c *Client) Login(ctx context.Context) Answer {
	if c.tenant.API == JSON2 {
		return c.checkKey(ctx)
	}
	s := c.session
	s.mu.Lock()
	if s.cookie != "" {
		s.mu.Unlock()
		return Answer{Verdict: Verdict{Outcome: results.OK}}
	}
	if f := s.flight; f != nil {
		s.mu.Unlock()
		select {
		case <-f.done:
			return f.answer
		case <-ctx.Done():
			return Answer{Verdict: Verdict{Outcome: results.Timeout, Detail: "timeout"}}
		}
	}
	f := &flight{done: make(chan struct{})}
	s.flight = f
	s.mu.Unlock()
	answer, cookie := c.authenticate(ctx)
	f.answer = answer
	s.mu.Lock()
	s.flight = nil
	if answer.OK() {
		s.cookie = cookie
	}
	s.mu.Unlock()
	close(f.done)
	return answer
}

func (c *Client) authenticate(ctx context.Context) (Answer, string) {
	b := Body{buf: c.body.buf[:0]}
	b.Raw(`{"jsonrpc":"2.0","method":"call","params":{"db":`).Str(c.tenant.Database)
	b.Raw(`,"login":`).Str(c.tenant.Login).Raw(`,"password":`).Str(c.tenant.Password).Raw(`}}`)
	c.body.buf = b.buf
	a := c.plain(ctx, "/web/session/authenticate")
	if !a.OK() {
		return a, ""
	}
	if a.JSON().Get("uid").Int() == 0 {
		return a.fail(results.Access, "wrong login or password"), ""
	}
	cookie := c.exchange.SetCookie
	if cookie == "" {
		return a.fail(results.ServerError, "log-in without session cookie"), ""
	}
	return a, cookie
}

// plain posts the body to a JSON-RPC path that is not a model's method, without a
// session.
func (c *Client) plain(ctx context.Context, path string) Answer {
	x := &c.exchange
	x.Method, x.Host, x.Timeout, x.Path = http.MethodPost, c.tenant.Host, c.tenant.Timeout, path
	x.Body, x.Cookie, x.Bearer = c.body.buf, "", ""
	err := c.transport.Do(ctx, x)
	return Answer{Verdict: Classify(x, err, RPC), Status: x.Status}
}

// firstCookie is the name=value of a Set-Cookie header.
func firstCookie(header string) string {
	pair, _, _ := strings.Cut(header, ";")
	return strings.Clone(pair)
}

// Describe says in one sentence why a log-in failed, with the remedy.
func (c *Client) Describe(a Answer) error {
	if a.OK() {
		return nil
	}
	t := c.tenant
	remedy := ""
	switch {
	case strings.HasSuffix(a.Detail, ".AccessError"): // "Database not found."
		remedy = fmt.Sprintf("check that database %q exists and that Host %q leads to it", t.Database, t.Host)
	case a.Outcome == results.Access:
		remedy = fmt.Sprintf("check the password of %q", t.Login)
		if t.API == JSON2 {
			remedy = "check the API key"
		}
	case a.Outcome == results.NoDatabase:
		remedy = fmt.Sprintf("check that database %q exists, that PostgreSQL runs and that Host %q leads to it",
			t.Database, t.Host)
	case a.Outcome == results.Refused, a.Outcome.Indeterminate() && a.Outcome != results.ServerError:
		remedy = "check that Odoo and its ingress run there"
	default:
		remedy = "check the database's name and Odoo's log"
	}
	return fmt.Errorf("log in to database %s at %s: %w; %s", t.Database, t.URL, a.Err(), remedy)
}

// LoggedIn reports whether calls may be made without logging in first. A key needs
// no log-in.
func (c *Client) LoggedIn() bool { return c.tenant.API == JSON2 || c.session.Open() }

// checkKey makes the cheapest call that needs a valid key.
func (c *Client) checkKey(ctx context.Context) Answer {
	c.start("res.users", "context_get", nil)
	return c.send(ctx, "res.users", "context_get", "")
}
