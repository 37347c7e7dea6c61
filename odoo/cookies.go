package odoo

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// sessionCookie carries Odoo's session.
const sessionCookie = "session_id"

// cookies are those of one log-in, kept as a browser keeps them: every cookie that
// the front door or Odoo sets comes back with the calls it is for, and a renewed
// session id replaces the one before. Secure cookies are sent over plain HTTP as
// well: the harness may reach a server behind the point where TLS ends.
type cookies struct {
	jar  http.CookieJar
	base url.URL
}

// newCookies makes an empty jar for the calls to a tenant. The tenant's Host is the
// server that a browser would see.
func newCookies(tenant Tenant) cookies {
	c := cookies{base: url.URL{Scheme: "https", Host: "localhost"}}
	c.jar, _ = cookiejar.New(nil) // the error is always nil
	if u, err := ParseURL(tenant.URL); err == nil {
		c.base.Host, c.base.Path = u.Host, u.Path
	}
	if tenant.Host != "" {
		c.base.Host = tenant.Host
	}
	return c
}

// at is the URL of a path below the tenant's.
func (c cookies) at(path string) *url.URL {
	u := c.base
	path, _, _ = strings.Cut(path, "?")
	u.Path += path
	return &u
}

// header is the Cookie header for a path, and the session id in it. Without session
// it leaves the session id out.
func (c cookies) header(path string, session bool) (header, id string) {
	var b strings.Builder
	for _, cookie := range c.jar.Cookies(c.at(path)) {
		if cookie.Name == sessionCookie {
			if !session {
				continue
			}
			id = cookie.Value
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(cookie.Name + "=" + cookie.Value)
	}
	return b.String(), id
}

// keep stores what an answer sets. The session that an answer about a lost session
// begins is anonymous: it does not replace one that another user has opened since.
func (c cookies) keep(path string, set []string, outcome results.Outcome) {
	if len(set) == 0 {
		return
	}
	answer := http.Response{Header: http.Header{"Set-Cookie": set}}
	kept := answer.Cookies()
	if outcome == results.SessionLost {
		kept = slices.DeleteFunc(kept, func(k *http.Cookie) bool { return k.Name == sessionCookie })
	}
	c.jar.SetCookies(c.at(path), kept)
}
