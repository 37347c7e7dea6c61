package experiment

import (
	"os"

	"example.org/odooharness/telemetry"
)

// PrometheusEntry is the Prometheus that watches a setup: its alerts tell when a
// fault would have been noticed.
type PrometheusEntry struct {
	URL     string       `yaml:"url"`
	URLEnv  string       `yaml:"urlEnv"`
	Queries []QueryEntry `yaml:"queries"`
}

// QueryEntry is a question of the user's to it.
type QueryEntry struct {
	Name   string `yaml:"name"`
	Expr   string `yaml:"expr"`
	Unit   string `yaml:"unit"`
	Better string `yaml:"better"`
}

// watchAlerts adds the setup's Prometheus to what is read.
func (t *Target) watchAlerts(s Setup) {
	p := s.Prometheus
	if p == nil {
		return
	}
	probe := telemetry.Target{Component: "prometheus", Kind: telemetry.KindPrometheus, URL: orElse(p.URL, os.Getenv(p.URLEnv)),
		Databases: map[string]string{}}
	for _, tenant := range t.Tenants {
		probe.Tenants = append(probe.Tenants, tenant.Name)
		probe.Databases[tenant.Name] = tenant.Database
	}
	for _, q := range p.Queries {
		probe.Queries = append(probe.Queries, telemetry.Query{Name: q.Name, Expr: q.Expr,
			Unit: orElse(q.Unit, "count"), Better: orElse(q.Better, "none")})
	}
	t.Probes = append(t.Probes, probe)
}
