package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A link k6 to the harness is k6, whatever folder it is in.
func TestLinkIsK6(t *testing.T) {
	for line, want := range map[string]string{
		"k6 run x.js":                    "k6 k6 run x.js",
		"/usr/local/bin/k6 run x.js":     "/usr/local/bin/k6 k6 run x.js",
		"/usr/local/bin/k6":              "/usr/local/bin/k6 k6",
		"k6 k6 run x.js":                 "k6 k6 run x.js", // the agent's own child, when the harness itself is named k6
		"/usr/local/bin/harness plan":    "/usr/local/bin/harness plan",
		"/usr/local/bin/harness":         "/usr/local/bin/harness",
		"/usr/local/bin/harness k6 run":  "/usr/local/bin/harness k6 run",
		"/home/k6/bin/harness run x.yml": "/home/k6/bin/harness run x.yml",
	} {
		args := strings.Fields(line)
		if diff := cmp.Diff(strings.Fields(want), asK6(args)); diff != "" || strings.Join(args, " ") != line {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// Only "k6 run" in a pod of the engine k6-operator is a runner. The k6 that it starts has no
// token, and is k6.
func TestRunnerIsKnown(t *testing.T) {
	pod := map[string]string{"HARNESS_COORDINATOR": "10.0.0.7:7443", "HARNESS_COORDINATOR_TOKEN": "t"}
	child := map[string]string{"HARNESS_COORDINATOR": "10.0.0.7:7443"}
	for _, c := range []struct {
		line string
		env  map[string]string
		want bool
	}{
		{"k6 run x.js", pod, true}, {"k6 run x.js", child, false}, {"k6 run x.js", nil, false},
		{"k6 inspect x.js", pod, false}, {"run x.yaml", pod, false}, {"k6", pod, false}, {"", pod, false},
	} {
		if got := isRunner(strings.Fields(c.line), func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%q with %v: %t", c.line, c.env, got)
		}
	}
}
