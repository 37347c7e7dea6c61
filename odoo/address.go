package odoo

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ParseURL reads the address of a tenant's front door: http or https, a host, and
// optionally a port, a path prefix and user info for basic authentication. Trailing
// slashes are cut. Errors name the part that is wrong and never show the address,
// since it may hold a password.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("url cannot be parsed (not shown, it may hold a password): " +
			"want http://host:port or https://host:port; in a password write %23 for #, %25 for %, %2F for /, %40 for @")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("url has no scheme http or https: want http://host:port or https://host:port")
	case u.Hostname() == "":
		return nil, errors.New("url names no host: want http://host:port or https://host:port")
	case strings.HasSuffix(u.Host, ":"):
		return nil, errors.New("url has an empty port: write a number from 1 to 65535, or leave out the colon")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("url has a query or a fragment: want http://host:port; in a password write %23 for # and %3F for ?")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("url has the port %s: want a number from 1 to 65535", p)
		}
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// hostOf is a Host header without its port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return header
}
