package experiment

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// edit is one change of a file that is sound, with the line that it touches.
type edit struct {
	name string
	text string
	line int
}

// keysOf lists the keys of a document with their path. The documents are in block style.
func keysOf(path []string, node *yaml.Node, visit func(path []string, key, value *yaml.Node)) {
	for i, child := range node.Content {
		switch node.Kind {
		case yaml.MappingNode:
			if i%2 == 0 {
				at := append(slices.Clone(path), child.Value)
				visit(at, child, node.Content[i+1])
				keysOf(at, node.Content[i+1], visit)
			}
		case yaml.SequenceNode:
			keysOf(append(slices.Clone(path), strconv.Itoa(i)), child, visit)
		}
	}
}

// block is a document in block style: each key has a line of its own.
func block(t *testing.T, text string) (string, *yaml.Node) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var plain func(*yaml.Node)
	plain = func(n *yaml.Node) {
		n.Style &^= yaml.FlowStyle
		for _, c := range n.Content {
			plain(c)
		}
	}
	plain(&root)
	out, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	var again yaml.Node
	if err := yaml.Unmarshal(out, &again); err != nil {
		t.Fatal(err)
	}
	return string(out), again.Content[0]
}

// misspelt swaps the last two letters of a key.
func misspelt(key string) string {
	n := len(key)
	if n < 2 || key[n-1] == key[n-2] {
		return key + "x"
	}
	return key[:n-2] + string(key[n-1]) + string(key[n-2])
}

// free are mappings whose keys the user chooses. A key that is misspelt there refers to
// nothing, which other cases hold.
var free = regexp.MustCompile(`(^|\.)(tenants|env|labels|annotations|labelSelectors|commands)\..*$`)

// edits misspells and doubles each key of a document, and removes each that its schema
// requires.
func edits(t *testing.T, text, schema string) []edit {
	t.Helper()
	text, root := block(t, text)
	lines := strings.Split(text, "\n")
	var all []edit
	required := requiredFields(t, schema)
	keysOf(nil, root, func(path []string, key, value *yaml.Node) {
		field, at := strings.Join(path, "."), key.Line-1
		name := path[len(path)-1]
		if !free.MatchString(field) {
			changed := slices.Clone(lines)
			changed[at] = strings.Replace(lines[at], name+":", misspelt(name)+":", 1)
			all = append(all, edit{"misspelt " + field, strings.Join(changed, "\n"), key.Line})
		}
		indent := strings.Repeat(" ", key.Column-1)
		end := at + 1
		for end < len(lines) && (strings.HasPrefix(lines[end], indent+" ") || strings.HasPrefix(lines[end], indent+"- ") && value.Kind == yaml.SequenceNode) {
			end++
		}
		copied := slices.Clone(lines[at:end])
		copied[0] = indent + strings.TrimLeft(strings.TrimLeft(copied[0], " "), "- ")
		all = append(all, edit{"doubled " + field, strings.Join(slices.Insert(slices.Clone(lines), end, copied...), "\n"), end + 1})
		if alone := len(parentOf(root, path).Content) == 2; required(path) && !alone {
			rest := slices.Delete(slices.Clone(lines), at, end)
			if strings.HasPrefix(strings.TrimLeft(lines[at], " "), "- ") && at < len(rest) && strings.HasPrefix(rest[at], indent) {
				rest[at] = strings.Repeat(" ", key.Column-3) + "- " + strings.TrimLeft(rest[at], " ")
			}
			all = append(all, edit{"missing " + field, strings.Join(rest, "\n"), 0})
		}
	})
	return all
}

// parentOf returns the mapping that has the last key of a path.
func parentOf(root *yaml.Node, path []string) *yaml.Node {
	for _, key := range path[:len(path)-1] {
		root = file.Child(root, key)
	}
	return root
}

// requiredFields returns which paths a schema requires.
func requiredFields(t *testing.T, schema string) func(path []string) bool {
	t.Helper()
	raw, err := file.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	resolve := func(part any) map[string]any {
		m, _ := part.(map[string]any)
		if ref, ok := m["$ref"].(string); ok {
			defs, _ := root["$defs"].(map[string]any)
			m, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		return m
	}
	return func(path []string) bool {
		part := root
		for _, key := range path[:len(path)-1] {
			if items := resolve(part["items"]); items != nil {
				part = items
				continue
			}
			properties, _ := part["properties"].(map[string]any)
			part = resolve(properties[key])
		}
		list, _ := part["required"].([]any)
		return slices.Contains(list, any(path[len(path)-1]))
	}
}

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
lab: {kind: odoo, workers: 2, cpu: 1, strategic: [t1], instances: 1, standby: true, synchronous: true, readReplica: true, archive: true, notices: true, walDisk: 256Mi, gatewayTimeout: 5s}
tenants: [{name: t1}, {name: t2}]
chaos: {driver: local, allow: ["*"]}
cost: {currency: EUR, perHour: 1}
`,
	"setup.yaml": `name: shared
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://127.0.0.1:1", host: a.test, database: a, logins: [u], passwordEnv: STRICT_SECRET, apiKeyEnv: STRICT_SECRET, dsnEnv: STRICT_SECRET}
  - {name: t2, url: "http://127.0.0.1:1", database: b, logins: [{login: u, passwordEnv: STRICT_SECRET}]}
components:
  - {name: pg, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, tenants: [t1], address: "127.0.0.1:2", dsnEnv: STRICT_SECRET, pidFile: /run/pg.pid, proxy: {listen: "127.0.0.1:3", upstream: "127.0.0.1:4"}}
  - {name: redis, kind: redis, urlEnv: STRICT_SECRET}
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
	files := map[string]string{"s.js": ""}
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

// Every field of every format, misspelt, doubled and, where it is required, missing, is
// refused with file, line and remedy.
func TestFormatsAreStrict(t *testing.T) {
	t.Setenv("STRICT_SECRET", "x")
	cases := 0
	for _, format := range formats {
		dir := t.TempDir()
		if err := lay(t, dir, format.as, sound[format.file]); err != nil {
			t.Errorf("%s is not sound: %v", format.file, err)
			continue
		}
		schema := format.schema
		if schema == "" {
			schema = "openslo" // metadata and spec are required of both
		}
		for _, e := range edits(t, sound[format.file], schema) {
			cases++
			refused(t, format.file+": "+e.name, lay(t, dir, format.as, e.text), format.as, e.line)
		}
	}
	if cases < 200 {
		t.Errorf("%d cases, want at least 200", cases)
	}
}

// refused verifies that an error names the file, a line within it and a remedy.
func refused(t *testing.T, name string, err error, path string, line int) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: accepted", name)
		return
	}
	where := regexp.MustCompile(regexp.QuoteMeta(path) + `:(\d+): `)
	for text := range strings.SplitSeq(err.Error(), "\n") {
		found := where.FindStringSubmatch(text)
		if found != nil && (line == 0 || found[1] == strconv.Itoa(line)) && (strings.Contains(text, "; ") || strings.Contains(text, "must be")) {
			return
		}
	}
	t.Errorf("%s: want %s:%d and a remedy, got\n%v", name, path, line, err)
}

// Names that refer to nothing, keys that are no text, fields that the chosen kind does not
// read, and durations longer than what judges them are refused with file, line and remedy.
func TestWhatAFileNamesIsThere(t *testing.T) {
	t.Setenv("STRICT_SECRET", "x")
	t.Setenv("STRICT_UNSET", "")
	for _, c := range []struct {
		file, old, new string // a sound file of the table, and what is replaced in it
		want           string // file:line: field: what; remedy
	}{
		{"experiment.yaml", "setups: [setup.yaml]", "setups: [gone.yaml]", "gone.yaml: cannot be read"},
		{"experiment.yaml", "tenants: {t1: abiding,", "tenants: {1: abiding,", `experiment.yaml:4: tenants.1: the key 1 is not text; write it in quotes: "1"`},
		{"experiment.yaml", "tenants: {t1: abiding,", "tenants: {T1: abiding,", `experiment.yaml:4: tenants.T1: "T1" is not allowed as a name here; it must match`},
		{"experiment.yaml", "t2: disruptive}", "t2: disruptive, t9: abiding}", "experiment.yaml:4: tenants.t9: setup shared has no tenant t9; "},
		{"experiment.yaml", "tenants: [t1]", "tenants: [t1, t9]", "experiment.yaml:6: scenarios.0.tenants: there is no tenant t9; tenants: lists t1, t2"},
		{"experiment.yaml", "start: cutoff-20s", "start: cutof-20s", `experiment.yaml:7: scenarios.1.start: landmark "cutof" is not declared; there are cutoff`},
		{"experiment.yaml", "at: 60s", "at: cutof-60s", `experiment.yaml:9: faults.0: pg on shared: landmark "cutof" is not declared; there are`},
		{"experiment.yaml", "at: 90s", "at: cutof", `experiment.yaml:11: changes.0: release: landmark "cutof" is not declared; there are`},
		{"experiment.yaml", "backupAt: 20s", "backupAt: cutof", `experiment.yaml:12: recovery: restore: landmark "cutof" is not declared; there are`},
		{"experiment.yaml", "setups: [shared], allowOverlap", "setups: [sharde], allowOverlap", "experiment.yaml:9: faults.0.setups: there is no setup sharde; setups are shared"},
		{"experiment.yaml", "rollback: b}, setups: [shared]", "rollback: b}, setups: [sharde]", "experiment.yaml:11: changes.0.setups: there is no setup sharde; setups are shared"},
		{"experiment.yaml", "restore: c}, setups: [shared]", "restore: c}, setups: [sharde]", "experiment.yaml:12: recovery.setups: there is no setup sharde; setups are shared"},
		{"experiment.yaml", "rollback: b", "rolback: b", "experiment.yaml:11: changes.0.commands.rolback: there is no step rolback; steps are deploy, rollback"},
		{"experiment.yaml", "restore: c", "restor: c", "experiment.yaml:12: recovery.commands.restor: there is no step restor; steps are backup, break, restore, start"},
		{"experiment.yaml", "ladder: {scenario: dispatch", "ladder: {scenario: dispatsch", "experiment.yaml:18: ladder.scenario: there is no scenario dispatsch; name an entry of scenarios"},
		{"experiment.yaml", "peak: {order: 10}", "peak: {oder: 10}", "experiment.yaml:19: capacity.peak.oder: unknown field oder; write order, or remove it"},
		{"experiment.yaml", "script: s.js, tenants: [t1]", "script: gone.js, tenants: [t1]", "experiment.yaml:6: scenarios.0.script: cannot be read"},
		{"experiment.yaml", "manifest: fault.yaml", "manifest: gone.yaml", "experiment.yaml:9: faults.0.manifest: cannot be read"},
		{"experiment.yaml", "objectives: [slo.yaml]", "objectives: [gone.yaml]", "gone.yaml: cannot be read"},
		{"experiment.yaml", "objectives: [slo.yaml]", "objectives: [slo.yaml, slo.yaml]", "slo.yaml:3: metadata.name: a second objective is named one; give each a name of its own"},
		{"experiment.yaml", "halt: {errorShare: 0.5, for: 10s}", "halt: {errorShare: 0.5, for: 2h}", "experiment.yaml:17: halt.for: 2h0m0s is not shorter than the trial of 6m1s, so that it can never be broken; shorten it"},
		{"experiment.yaml", "recovery: 20s, alert", "recovery: 1h, alert", "experiment.yaml:20: promises.recovery: 1h0m0s is not shorter than the trial"},
		{"experiment.yaml", "alert: 20s", "alert: 1h", "experiment.yaml:20: promises.alert: 1h0m0s is not shorter than the trial"},
		{"experiment.yaml", "rpo: 1s", "rpo: 0s", `experiment.yaml:12: recovery.rpo: "0s" is no time at all; write a longer one, or remove the field`},
		{"experiment.yaml", "timeout: 5s", "timeout: 0s", `experiment.yaml:6: scenarios.0.timeout: "0s" is no time at all; `},
		{"experiment.yaml", "timeout: 5s", "timeout: 5", "experiment.yaml:6: scenarios.0.timeout: this is a number; write it with its unit: 90s, 1m30s"},
		{"experiment.yaml", "settle: 2s", "settle: 3m", "experiment.yaml:18: ladder.settle: 3m0s leaves nothing of steps of 3m0s"},
		{"experiment.yaml", "watch: {errorShare: 0.1, for: 5s}", "watch: {errorShare: 0.1, for: 2m}", "experiment.yaml:11: changes.0.watch: the watch is longer than the limit of a step"},
		{"experiment.yaml", "at: 60s, for: 5s", "at: 60s, for: 10m", "experiment.yaml:9: faults.0: pg on shared: from 1m0s to 11m0s lies outside the measured part"},
		{"experiment.yaml", "\nseed: 3\n", "\nseed: 3\n---\nname: other\n", "experiment.yaml:23: a second document begins here, and would be ignored; write one document a file"},
		{"lab.yaml", "strategic: [t1]", "strategic: [t9]", "setup.yaml:4: lab.strategic: there is no tenant t9; tenants: lists t1, t2"},
		{"lab.yaml", "tenancy: hybrid", "tenancy: shared", "setup.yaml:4: lab.strategic: is read with tenancy: hybrid only; "},
		{"lab.yaml", "kind: odoo", "kind: odoo, weaknesses: [lost-akc]", "setup.yaml:4: lab.weaknesses.0: "},
		{"lab.yaml", "{name: t2}]", `{name: t2, url: "http://a.test"}]`, "setup.yaml:5: tenants.1: the lab makes this tenant, and only its name is read; write - {name: t2}"},
		{"lab.yaml", "{name: t2}]", "{name: t1}]", "setup.yaml:5: tenants.1: tenant t1 is listed twice; remove one"},
		{"lab.yaml", "driver: local", "driver: local, maxPods: 3", "setup.yaml:6: chaos.maxPods: is read with driver: chaos-mesh only; "},
		{"setup.yaml", "allow: [pg, red*]", "allow: [pgg, red*]", "setup.yaml:12: chaos.allow.0: there is no component pgg; components: lists door, pg, redis"},
		{"setup.yaml", "allow: [pg, red*]", "allow: [pg, rad*]", "setup.yaml:12: chaos.allow.1: there is no component rad*; "},
		{"setup.yaml", "driver: local", "driver: local, namespace: n", "setup.yaml:12: chaos.namespace: is read with driver: chaos-mesh only; "},
		{"setup.yaml", "tenants: [t1]", "tenants: [t9]", "setup.yaml:8: components.0.tenants: there is no tenant t9; tenants: lists t1, t2"},
		{"setup.yaml", "name: redis, kind: redis", "name: pg, kind: redis", "setup.yaml:9: components.1.name: component pg is listed twice; "},
		{"setup.yaml", "name: redis, kind: redis", "name: redis, kind: redis, log: /tmp/x", "setup.yaml:9: components.1.log: is not read of a component of kind redis; remove it; it is for ingress, odoo"},
		{"setup.yaml", "urlEnv: STRICT_SECRET", "urlEnv: STRICT_UNSET", "setup.yaml:9: components.1.urlEnv: the environment variable STRICT_UNSET is not set; export it"},
		{"setup.yaml", `address: "127.0.0.1:2", dsnEnv: STRICT_SECRET`, `address: "127.0.0.1:2", dsnEnv: STRICT_UNSET`, "setup.yaml:8: components.0.dsnEnv: the environment variable STRICT_UNSET is not set; "},
		{"setup.yaml", "apiKeyEnv: STRICT_SECRET", "apiKeyFile: /gone/key", "setup.yaml:5: tenants.0.apiKeyFile: the file /gone/key cannot be read; "},
		{"setup.yaml", "passwordEnv: STRICT_SECRET, apiKeyEnv", "passwordEnv: STRICT_SECRET, passwordFile: /etc/hostname, apiKeyEnv", "setup.yaml:5: tenants.0.passwordFile: passwordEnv is given, too; remove one"},
		{"setup.yaml", "{login: u, passwordEnv: STRICT_SECRET}", "u", "setup.yaml:6: tenants.1.logins.0: no credential of u is named; add passwordEnv"},
		{"setup.yaml", "{login: u, passwordEnv: STRICT_SECRET}", "{login: u, apiKeyEnv: STRICT_SECRET}, {login: v, passwordEnv: STRICT_SECRET}", "setup.yaml:6: tenants.1.logins: 1 of 2 logins have an API key; give every login one, or none"},
		{"setup.yaml", "queries: [", "queries: [{name: q, expr: up}, ", "setup.yaml:11: prometheus.queries.1.name: query q is listed twice; "},
		{"kubernetes.yaml", "namespaces: [n], secret", "namespaces: [m], secret", "setup.yaml:8: components.0.namespaces: the namespace m is not among chaos.namespaces; add it there"},
		{"slo.yaml", "journeys: [orders]", "journeys: [ordres]", "slo.yaml:12: spec.indicator.spec.thresholdMetric.metricSource.spec.journeys.0: no scenario offers the journey ordres; the journeys are orders"},
		{"slo.yaml", "timeSliceWindow: 1m", "timeSliceWindow: 1h", "slo.yaml:13: spec.objectives.0: a slice of 1h0m0s is longer than the "},
		{"slo.yaml", "budgetingMethod: Timeslices", "budgetingMethod: Occurrences", "slo.yaml:13: spec.objectives.0.timeSliceTarget: does not belong here; write budgetingMethod: Timeslices, or remove it"},
		{"slo.yaml", "op: lte, ", "", "slo.yaml:13: spec.objectives.0: value without op; add op, or remove value"},
		{"slo.yaml", "value: 2, ", "", "slo.yaml:13: spec.objectives.0: op without value; add value, or remove op"},
		{"slo.yaml", "journeys: [orders]", "journeys: []", "slo.yaml:12: spec.indicator.spec.thresholdMetric.metricSource.spec.journeys: 0 entries; write at least 1"},
		{"fault.yaml", "app.kubernetes.io/name: postgresql", "app.kubernetes.io/name: postgres", "experiment.yaml:9: faults.0: pg on shared: "},
	} {
		t.Run(c.file+" "+c.new, func(t *testing.T) {
			text := strings.Replace(sound[c.file], c.old, c.new, 1)
			if text == sound[c.file] {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			as := c.file
			for _, format := range formats {
				if format.file == c.file {
					as = format.as
				}
			}
			err := lay(t, t.TempDir(), as, text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got\n%v", c.want, err)
			}
		})
	}
}
