package experiment

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// The files of the table, one for each alternative of a schema. Together they have every
// field.
var sound = map[string]string{
	"experiment.yaml": `name: peak
hypothesis: it holds
setups: [setup.yaml]
tenants: {t1: abiding, t2: disruptive}
scenarios:
  - {name: dispatch, script: s.js, tenants: [t1], start: 0s, duration: 3m, scale: 2, env: {A: b}, transport: rpc, timeout: 5s, naiveRetry: true}
  - {name: noisy, script: s.js, tenants: disruptive, start: cutoff-20s, duration: 1m}
faults:
  - {name: pg, manifest: fault.yaml, at: 60s, for: 5s, setups: [shared], allowOverlap: true}
changes:
  - {name: release, at: 90s, strategy: command, watch: {errorShare: 0.1, for: 5s}, limit: 1m, commands: {deploy: a, rollback: b}, setups: [shared]}
recovery: {name: restore, backupAt: 20s, breakAt: 40s, rpo: 1s, rto: 1m, limit: 1m, commands: {backup: a, break: b, restore: c}, setups: [shared]}
warmup: 5s
replicates: 2
order: AB
objectives: [slo.yaml]
halt: {errorShare: 0.5, for: 10s}
ladder: {scenario: dispatch, scales: [1, 2], settle: 2s, rest: 1s}
capacity: {p95: 2s, errors: 0.01, delivered: 0.99, peak: {order: 10}, peakSpread: 0.1, journeysPerUser: 4}
promises: {slowdown: 2, recovery: 20s, alert: 20s}
seed: 3
`,
	"lab.yaml": `name: shared
tenancy: hybrid
environment: lab
lab: {kind: odoo, odoo: 19, workers: 2, cpu: 1, strategic: [t1], instances: 1, standby: true, synchronous: true, readReplica: true, archive: true, notices: true, walDisk: 256Mi, gatewayTimeout: 5s}
tenants: [{name: t1}, {name: t2}]
chaos: {driver: local, allow: ["*"]}
cost: {currency: EUR, perHour: 1}
`,
	"setup.yaml": `name: shared
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://127.0.0.1:1", host: a.test, database: a, logins: [u], passwordEnv: STRICT_SECRET, apiKeyEnv: STRICT_SECRET, dsnEnv: STRICT_DSN}
  - {name: t2, url: "http://127.0.0.1:1", database: b, logins: [{login: u, passwordEnv: STRICT_SECRET}]}
components:
  - {name: pg, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, tenants: [t1], address: "127.0.0.1:2", dsnEnv: STRICT_DSN, pidFile: /run/pg.pid, proxy: {listen: "127.0.0.1:3", upstream: "127.0.0.1:4"}}
  - {name: redis, kind: redis, urlEnv: STRICT_URL}
  - {name: door, kind: ingress, log: /tmp/none.log, metricsURL: "http://127.0.0.1:5/metrics"}
prometheus: {url: "http://127.0.0.1:9", queries: [{name: q, expr: up, unit: count, better: none}]}
chaos: {driver: local, allow: [pg, red*]}
cost: {currency: EUR, perHour: 1}
`,
	"kubernetes.yaml": `name: shared
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://a.test", database: a, logins: [u], passwordEnv: STRICT_SECRET, secret: {namespace: n, name: s, key: k}}
  - {name: t2, url: "http://b.test", database: b, logins: [u], passwordEnv: STRICT_SECRET}
components:
  - {name: pg, kind: postgres, labels: {a: b}, namespaces: [n], secret: {namespace: n, name: s, key: k}}
chaos: {driver: chaos-mesh, allow: [pg], kubeconfig: k, context: c, namespace: n, namespaces: [n], maxPods: 3, reach: network, meshNamespace: m}
`,
	"slo.yaml": `apiVersion: openslo/v1
kind: SLO
metadata: {name: one, displayName: One, labels: {a: b}, annotations: {a: b}}
spec:
  description: d
  service: s
  budgetingMethod: Timeslices
  timeWindow: [{duration: 28d, isRolling: true}]
  alertPolicies: [page]
  indicator:
    metadata: {name: i, displayName: I}
    spec: {description: d, thresholdMetric: {metricSource: {type: odoo-harness, spec: {journeys: [orders]}}}}
  objectives: [{displayName: d, op: lte, value: 2, target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 1m}]
`,
	"fault.yaml": `apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata: {name: slow, annotations: {odoo-harness/class: database}}
spec: {action: delay, mode: all, direction: to, delay: {latency: 10ms, jitter: 1ms, correlation: "0"}, duration: 5s, selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}}
`,
	"own.yaml": `apiVersion: harness.odoo/v1alpha1
kind: PostgresChaos
metadata: {name: restart, annotations: {odoo-harness/class: database}}
spec: {action: restart, mode: one, duration: 5s, selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}}
`,
}

// formats is where each file of the table is read.
var formats = []struct{ file, as, schema string }{
	{"experiment.yaml", "experiment.yaml", "experiment"},
	{"lab.yaml", "setup.yaml", "setup"},
	{"setup.yaml", "setup.yaml", "setup"},
	{"kubernetes.yaml", "setup.yaml", "setup"},
	{"slo.yaml", "slo.yaml", "openslo"},
	{"fault.yaml", "fault.yaml", ""},
	{"own.yaml", "fault.yaml", ""},
}

// lay writes a file of the table, and the sound files around it.
func lay(t *testing.T, dir, as, text string) error {
	t.Helper()
	files := map[string]string{"s.js": "const a = __ENV.A;"}
	for _, name := range []string{"experiment.yaml", "setup.yaml", "slo.yaml", "fault.yaml"} {
		files[name] = sound[name]
	}
	files[as] = text
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := Load(filepath.Join(dir, "experiment.yaml"))
	if err == nil {
		_, err = plan.New(t.Context(), e, outline, hits)
	}
	return err
}

// hits is the check of faults, without a cluster and without the server of the pidFile.
func hits(ctx context.Context, s spec.Setup, m chaos.Manifest) ([]chaos.Component, error) {
	if s.OnKubernetes() || m.Action == "restart" {
		return []chaos.Component{{Name: "pg"}}, nil
	}
	return target.CheckFault(ctx, s, m)
}

// outline is what the script of the table declares.
func outline(_ context.Context, s spec.Scenario) (plan.Outline, error) {
	o := plan.Outline{Landmarks: map[string]time.Duration{"cutoff": time.Minute}}
	for _, tenant := range s.Tenants {
		o.Expected = append(o.Expected, results.Load{Scenario: s.Name, Tenant: tenant, Journey: "orders", Planned: 90})
	}
	return o, nil
}
