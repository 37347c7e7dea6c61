package experiment

import (
	"strings"
	"testing"
)

// The line generators: is as strict as every other, and engines that are not built are
// refused with that reason.
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
		{"engine: local", "engine: job", line + "engine: the engine job is not built: the harness starts no load generators as " +
			"pods yet; write engine: local, which starts them on this machine"},
		{"engine: local", "engine: k6-operator", line + "engine: the engine k6-operator is not built: "},
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
