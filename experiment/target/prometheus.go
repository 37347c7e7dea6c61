package target

import (
	"cmp"
	"os"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
	"example.org/odooharness/telemetry"
)

// watchAlerts adds the setup's Prometheus to what is read.
func (t *Target) watchAlerts(s spec.Setup) {
	p := s.Prometheus
	if p == nil {
		return
	}
	probe := telemetry.Target{Component: "prometheus", Kind: results.KindPrometheus, URL: secret.Text(cmp.Or(p.URL,
		os.Getenv(p.URLEnv))),
		Databases: map[string]string{}}
	for _, tenant := range t.Tenants {
		probe.Tenants = append(probe.Tenants, tenant.Name)
		probe.Databases[tenant.Name] = tenant.Database
	}
	for _, q := range p.Queries {
		probe.Queries = append(probe.Queries, telemetry.Query{Name: q.Name, Expr: q.Expr,
			Unit: cmp.Or(q.Unit, "count"), Better: cmp.Or(q.Better, "none")})
	}
	t.Probes = append(t.Probes, probe)
}
