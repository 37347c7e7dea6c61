package experiment

import (
	"strings"
	"testing"
)

// The line generators: is as strict as every other. Each engine has fields of its own.
func TestGeneratorsAreStrict(t *testing.T) {
	servers(t)
	text := sound["experiment.yaml"] + "generators: {count: 2, engine: local}\n"
	dir := t.TempDir()
	if err := lay(t, dir, "experiment.yaml", text); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits(t, text, "experiment") {
		if strings.Contains(e.name, "generators") {
			refused(t, e.name, lay(t, dir, "experiment.yaml", e.text), "experiment.yaml", e.line)
		}
	}
	const line = "experiment.yaml:22: generators."
	for _, c := range []struct{ old, new, want string }{
		{"engine: local", "engine: job", line + "job: the engine job has no manifest; write the path of a Job's manifest"},
		{"engine: local", "engine: job", line + "address: pods do not know where the harness listens; write host:port"},
		{"engine: local", "engine: job, job: none.yaml, address: \"10.0.0.7:7443\"", "none.yaml: cannot be read: no such file"},
		{"engine: local", "engine: job, job: j.yaml, address: 10.0.0.7", line + "address: it is no host:port: "},
		{"engine: local", "engine: job, job: j.yaml, address: \"a:1\", listen: \"1\"", line + "listen: it is no host:port: "},
		{"engine: local", "engine: job, job: j.yaml, address: \"a:1\", context: production", line + "context: the context production is production by its name"},
		{"engine: local", "engine: local, job: j.yaml", line + "job: only the engine job has it; remove it, or write engine: job"},
		{"engine: local", "engine: job, job: j.yaml, testRun: t.yaml, address: \"a:1\"", line + "testRun: only the engine k6-operator has it; remove it, or write engine: k6-operator"},
		{"engine: local", "engine: local, listen: \"a:1\"", line + "listen: only generators that are pods have it"},
		{"engine: local", "address: \"a:1\"", line + "address: only generators that are pods have it"},
		{"engine: local", "kubeconfig: k.yaml", line + "kubeconfig: only generators that are pods have it"},
		{"engine: local", "context: c", line + "context: only generators that are pods have it"},
		{"engine: local", "engine: k6-operator", line + "testRun: the engine k6-operator has no manifest; write the path of a TestRun's manifest"},
		{"engine: local", "engine: k6-operator", line + "address: pods do not know where the harness listens; write host:port"},
		{"engine: local", "engine: k6-operator, testRun: none.yaml, address: \"10.0.0.7:7443\"", "none.yaml: cannot be read: no such file"},
		{"engine: local", "engine: locl", line + "engine: "},
		{"count: 2", "count: 0", line + "count: "},
		{"count: 2", "count: 65", line + "count: "},
		{"count: 2", "count: two", line + "count: "},
		{"count: 2, ", "", "experiment.yaml:22: generators"},
	} {
		err := lay(t, dir, "experiment.yaml", strings.Replace(text, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got\n%v", c.new, c.want, err)
		}
	}
}
