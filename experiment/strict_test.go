package experiment

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every field of every format, misspelt, doubled and, where it is required, missing, is
// refused with file, line and remedy.
func TestFormatsAreStrict(t *testing.T) {
	servers(t)
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
	servers(t)
	t.Setenv("STRICT_UNSET", "")
	for _, c := range []struct {
		file, old, new string // a sound file of the table, and what is replaced in it
		want           string // file:line: field: what; remedy
	}{
		{"experiment.yaml", "setups: [setup.yaml]", "setups: [gone.yaml]", "experiment.yaml:3: setups.0: "},
		{"experiment.yaml", "env: {A: b}", "env: {B: b}", "experiment.yaml:6: scenarios.0.env.B: the script does not read B; correct or remove it; it reads A"},
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
		{"experiment.yaml", "objectives: [slo.yaml]", "objectives: [gone.yaml]", "experiment.yaml:16: objectives.0: "},
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
		{"lab.yaml", "odoo: 19", "odoo: 17", "setup.yaml:4: lab.odoo: "},
		{"lab.yaml", "odoo: 19", "odoo: 14", "setup.yaml:4: lab.standby: was not tried with PostgreSQL 13, which the lab of Odoo 14 has; " +
			"remove it, or write odoo: 19"},
		{"lab.yaml", "odoo: 19", "odoo: 14", "setup.yaml:4: lab.readReplica: Odoo 14 reads from no standby; remove it, or write odoo: 19"},
		{"lab.yaml", "odoo: 19", "odoo: 14", "setup.yaml:4: lab.notices: a shipment cannot wake a scheduled job of Odoo 14"},
		{"lab.yaml", "{name: t2}]", `{name: t2, url: "http://a.test"}]`, "setup.yaml:5: tenants.1: the lab makes this tenant, and only its name is read; write - {name: t2}"},
		{"lab.yaml", "{name: t2}]", "{name: t1}]", "setup.yaml:5: tenants.1: tenant t1 is listed twice; remove one"},
		{"lab.yaml", "driver: local", "driver: local, maxPods: 3", "setup.yaml:6: chaos.maxPods: is read with driver: chaos-mesh only; "},
		{"setup.yaml", "allow: [pg, red*]", "allow: [pgg, red*]", "setup.yaml:12: chaos.allow.0: there is no component pgg; components: lists door, pg, redis"},
		{"setup.yaml", "allow: [pg, red*]", "allow: [pg, rad*]", "setup.yaml:12: chaos.allow.1: there is no component rad*; "},
		{"setup.yaml", "driver: local", "driver: local, namespace: n", "setup.yaml:12: chaos.namespace: is read with driver: chaos-mesh only; "},
		{"setup.yaml", "tenants: [t1]", "tenants: [t9]", "setup.yaml:8: components.0.tenants: there is no tenant t9; tenants: lists t1, t2"},
		{"setup.yaml", "name: redis, kind: redis", "name: pg, kind: redis", "setup.yaml:9: components.1.name: component pg is listed twice; "},
		{"setup.yaml", "name: redis, kind: redis", "name: redis, kind: redis, log: /tmp/x", "setup.yaml:9: components.1.log: is not read of a component of kind redis; remove it; it is for ingress, odoo"},
		{"setup.yaml", "urlEnv: STRICT_URL", "urlEnv: STRICT_UNSET", "setup.yaml:9: components.1.urlEnv: the environment variable STRICT_UNSET is not set; export it"},
		{"setup.yaml", `address: "127.0.0.1:2", dsnEnv: STRICT_DSN`, `address: "127.0.0.1:2", dsnEnv: STRICT_UNSET`, "setup.yaml:8: components.0.dsnEnv: the environment variable STRICT_UNSET is not set; "},
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

// servers sets the environment that the files of these tests name.
func servers(t *testing.T) {
	t.Helper()
	t.Setenv("STRICT_SECRET", "x")
	t.Setenv("STRICT_DSN", "postgres://u:x@127.0.0.1:1/a")
	t.Setenv("STRICT_URL", "redis://127.0.0.1:1")
}
