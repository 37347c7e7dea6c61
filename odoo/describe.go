package odoo

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// Describe returns in one sentence why a log-in failed, and the remedy. It contains no
// credential.
func (c *Client) Describe(a Answer) error {
	if a.OK() {
		return nil
	}
	return fmt.Errorf("log in to database %s at %s: %w; %s", c.tenant.Database, secret.Where(c.tenant.URL), a.Err(), c.remedy(a))
}

// remedy is what a person can do about a log-in that failed.
func (c *Client) remedy(a Answer) string {
	t := c.tenant
	if a.location != "" {
		return t.afterRedirect(a.location)
	}
	switch a.Detail {
	case detailSecondFactor:
		return fmt.Sprintf("%q needs a second factor: give an API key of it (apiKeyEnv in place of passwordEnv)", t.Login)
	case detailNoCookie:
		return "check that the front door passes the cookie session_id on"
	case detailAuthority:
		return "name the authority's certificate in the tenant's caFile or in SSL_CERT_FILE, " +
			"or set insecureSkipTLSVerify in the script's options"
	case detailName:
		return fmt.Sprintf("check host %q: the certificate is for another name", cmp.Or(t.Host, secret.Where(t.URL)))
	case detailExpired:
		return "renew the certificate, and check the clock of this machine"
	case detailNoTLS:
		return "the server speaks http there: write http:// in the tenant's url, or the port that speaks https"
	case detailTLS:
		return "the server speaks https there: write https:// in the tenant's url"
	case detailHeaders:
		return fmt.Sprintf("the front door sends headers of more than %d KiB: shorten them", maxHeaders>>10)
	}
	switch {
	case strings.HasSuffix(a.Detail, ".AccessError"): // "Database not found."
		return fmt.Sprintf("check that database %q exists and that Host %q leads to it", t.Database, t.Host)
	case a.Status == 401 && t.API != JSON2:
		return "the front door requires a user of its own: write http://USER:PASSWORD@host in the tenant's url"
	case a.Outcome == results.Access && t.API != RPC:
		return "check the API key"
	case a.Outcome == results.Access:
		return fmt.Sprintf("check the password of %q", t.Login)
	case a.Outcome == results.NoDatabase:
		return fmt.Sprintf("check that database %q exists, that PostgreSQL runs and that Host %q leads to it", t.Database, t.Host)
	case a.Status == 404:
		return "check the path of the tenant's url: Odoo does not answer there"
	case a.Outcome == results.Refused, a.Outcome.Indeterminate() && a.Outcome != results.ServerError:
		return "check that Odoo and its ingress run there"
	}
	return "check the database's name and Odoo's log"
}

// afterRedirect is the remedy for a log-in that was sent elsewhere.
func (t Tenant) afterRedirect(location string) string {
	to, err := url.Parse(location)
	if err != nil || strings.Contains(location, "/web/database/") {
		return fmt.Sprintf("check that database %q exists, that PostgreSQL runs and that Host %q leads to it", t.Database, t.Host)
	}
	if from, err := ParseURL(t.URL); err == nil {
		to = from.ResolveReference(to)
	}
	front := *to
	front.User, front.RawQuery, front.Fragment = nil, "", ""
	// What precedes the path that was called is the front door's own address.
	front.Path, _, _ = strings.Cut(front.Path, "/web/")
	front.RawPath = ""
	return fmt.Sprintf("the server redirects to %s: write that in the tenant's url", front.String())
}
