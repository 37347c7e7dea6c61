package spec

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// checkAddresses verifies that every address of the setup has a host and a port that can
// exist. Whether something answers there is known to `plan --connect` and to a run.
func (s *Setup) checkAddresses(add addProblem) {
	for i, t := range s.Tenants {
		at := fmt.Sprintf("tenants.%d", i)
		if u, err := odoo.ParseURL(t.URL); err == nil && strings.Contains(u.Path+"/", "/web/") {
			add(at+".url", "url ends with the path of a page of Odoo", "write what precedes /web")
		}
		if !isHost(t.Host) {
			add(at+".host", fmt.Sprintf("%q is no host", secret.Clean(t.Host)),
				"write a name without scheme and path, e.g. erp.example.com")
		}
		checkAddress(at+".dsnEnv", t.DSNEnv, []string{"postgres", "postgresql"}, add)
	}
	listening := map[string]string{}
	for i, c := range s.Components {
		at := fmt.Sprintf("components.%d", i)
		checkHostPort(at+".address", c.Address, add)
		checkURLPort(at+".metricsURL", c.MetricsURL, add)
		checkAddress(at+".dsnEnv", c.DSNEnv, []string{"postgres", "postgresql"}, add)
		schemes := []string{"http", "https"}
		if c.Kind == results.KindRedis {
			schemes = []string{"redis", "rediss", "unix"}
		}
		checkAddress(at+".urlEnv", c.URLEnv, schemes, add)
		if c.Proxy == nil {
			continue
		}
		checkHostPort(at+".proxy.listen", c.Proxy.Listen, add)
		checkHostPort(at+".proxy.upstream", c.Proxy.Upstream, add)
		if c.Proxy.Listen == c.Proxy.Upstream {
			add(at+".proxy.upstream", "is the address on which the proxy itself listens", "write the address of "+c.Name)
		}
		if other := listening[c.Proxy.Listen]; other != "" {
			add(at+".proxy.listen", "the proxy of "+other+" listens there, too", "give each proxy an address of its own")
		}
		listening[c.Proxy.Listen] = c.Name
	}
	if s.Prometheus != nil {
		checkURLPort("prometheus.url", s.Prometheus.URL, add)
		checkAddress("prometheus.urlEnv", s.Prometheus.URLEnv, []string{"http", "https"}, add)
	}
}

// isHost reports whether a text can be a Host header: a name or address, with or without a
// port. Empty is left to the URL.
func isHost(text string) bool {
	u, err := url.Parse("//" + text)
	return text == "" || err == nil && u.Host == text && u.Hostname() != "" && isPort(u.Port(), true)
}

// isPort reports whether a text is a port from 1 to 65535, or nothing where that will do.
func isPort(text string, optional bool) bool {
	n, err := strconv.Atoi(text)
	return optional && text == "" || err == nil && n >= 1 && n <= 65535
}

// checkHostPort verifies an address that connections are made to.
func checkHostPort(at, text string, add addProblem) {
	host, port, err := net.SplitHostPort(text)
	if text == "" || err == nil && host != "" && isHost(text) && isPort(port, false) {
		return
	}
	add(at, fmt.Sprintf("%q is no host with a port", secret.Clean(text)),
		"write host:port with a port from 1 to 65535, e.g. 127.0.0.1:8069")
}

// checkURLPort verifies the port of a URL, whose form the schema has checked.
func checkURLPort(at, text string, add addProblem) {
	if text == "" {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Hostname() == "" || !isPort(u.Port(), true) {
		add(at, "is no URL with a host and a port from 1 to 65535 (not shown, it may hold a password)",
			"write e.g. http://host:9090")
	}
}

// keywordPort is the port in a DSN of keywords.
var keywordPort = regexp.MustCompile(`(?:^|\s)port\s*=\s*'?([^\s']*)`)

// checkAddress refuses an address in the environment that parsers would misread, or that is
// of another kind of server. A text that is no URL may be a DSN of keywords, and is left to
// the connection. It is not shown, since it holds a credential.
func checkAddress(at, variable string, schemes []string, add addProblem) {
	text := os.Getenv(variable)
	if variable == "" || text == "" { // reported by isSet
		return
	}
	what := "the address in the environment variable " + variable
	if err := secret.CheckURL(secret.Text(text)); err != nil {
		reason, remedy, _ := strings.Cut(err.Error(), ". ")
		add(at, what+": "+reason, remedy)
		return
	}
	u, err := url.Parse(text)
	isURL := err == nil && strings.Contains(text, "://")
	port := keywordPort.FindStringSubmatch(text)
	switch {
	case isURL && !slices.Contains(schemes, u.Scheme):
		add(at, what+" has another scheme than "+strings.Join(schemes, ", "), "write "+schemes[0]+"://...")
	case isURL && !isPort(u.Port(), true), !isURL && port != nil && !isPort(port[1], false):
		add(at, what+" has a port that is not from 1 to 65535", "correct it")
	}
}
