package lab

import (
	"fmt"
	"strings"
	"time"
)

// Limit is what a tenant may use of the parts that it shares. 0: no limit.
type Limit struct {
	RequestsPerSecond float64       `json:"requests_per_second,omitempty"` // at the ingress; nginx has a queue of [LimitQueue]
	RequestsAtOnce    int           `json:"requests_at_once,omitempty"`    // at the ingress
	Connections       int           `json:"connections,omitempty"`         // to its database
	StatementTimeout  time.Duration `json:"statement_timeout,omitempty"`   // of its database
}

// OfRequests reports whether the ingress has a limit to hold the tenant to.
func (l Limit) OfRequests() bool { return l.RequestsPerSecond > 0 || l.RequestsAtOnce > 0 }

// The paths of log-ins: those that begin so, and a page.
const (
	LoginPrefix = "/web/session/"
	LoginPage   = "/web/login"
)

// IsLogin reports whether a path is of a log-in. The limits of the ingress leave log-ins out:
// who cannot log in cannot work at all.
func IsLogin(path string) bool {
	return strings.HasPrefix(path, LoginPrefix) || path == LoginPage
}

// LimitQueue is how many requests wait at the ingress for a tenant's rate limit. Further
// ones get status 429.
const LimitQueue = 20

// Statements set the limits of a tenant's database in PostgreSQL. They bind the role odoo,
// which all tenants share, in this database alone. A tenant's name needs no escapes.
func (l Limit) Statements(database string) []string {
	var all []string
	if l.Connections > 0 {
		all = append(all, fmt.Sprintf("alter database %q connection limit %d", database, l.Connections))
	}
	if l.StatementTimeout > 0 {
		all = append(all, fmt.Sprintf("alter role odoo in database %q set statement_timeout = %d", database,
			l.StatementTimeout.Milliseconds()))
	}
	return all
}

// AuditRole is the role that the audit reads a tenant's database as: Odoo's own. The limits
// of a database bind that, and the audit is no part of the load: a superuser is not bound.
func AuditRole(spec Spec, tenant string) string {
	if l := spec.Limits[tenant]; l.Connections > 0 || l.StatementTimeout > 0 {
		return "postgres"
	}
	return "odoo"
}
