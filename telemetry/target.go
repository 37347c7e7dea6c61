package telemetry

import (
	"context"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// Target is one component to read, with the addresses of its sources. An empty one is
// not read.
type Target struct {
	Component string // shared/postgres
	Kind      results.Kind
	Tenants   []string    // the tenants that it serves
	DSN       secret.Text // postgres: a role that may read pg_stat_activity of all
	URL       secret.Text // redis: redis://...; ingress: metrics page; prometheus: its base URL
	Log       string      // ingress: access log; odoo: its log
	Address   string      // host:port of the process itself, on this machine
	PID       int         // of its first process, on this machine
	Cgroup    string      // folder of its cgroup, on this machine

	Pods func(ctx context.Context) (PodCount, error) // in a cluster: reads the state of its pods
	// In a cluster: reads the use of the containers of its pods, by pod.
	Containers func(ctx context.Context) (map[string]ContainerUse, error)

	Databases map[string]string // tenant -> database, where it is not the tenant's name
	Hosts     map[string]string // tenant -> host that its requests name, where it does not begin with the tenant's name
	Queues    []string          // redis: streams and lists to watch; empty: the streams found there
	Queries   []Query           // prometheus
}

// Query is a PromQL instant query that a user names.
type Query struct {
	Name   string
	Expr   string
	Unit   string // s, 1/s, count, bytes, ratio
	Better string // lower, higher, none
}

// database is the name of the tenant's database.
func (t Target) database(tenant string) string {
	if db := t.Databases[tenant]; db != "" {
		return db
	}
	return tenant
}

// tenantOfHost maps hosts, without port and in lower case, to tenants.
func (t Target) tenantOfHost() map[string]string {
	m := make(map[string]string, len(t.Hosts))
	for _, tenant := range t.Tenants {
		if host := t.Hosts[tenant]; host != "" {
			m[hostAlone(host)] = tenant
		}
	}
	return m
}

// tenantOf maps databases back to tenants.
func (t Target) tenantOf() map[string]string {
	m := make(map[string]string, len(t.Tenants))
	for _, tenant := range t.Tenants {
		m[t.database(tenant)] = tenant
	}
	return m
}
