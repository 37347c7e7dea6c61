package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// --only plans some of the setups and remedies, with the same trials as without the others.
func TestPlanOnly(t *testing.T) {
	example := filepath.Join("..", "..", "examples", "remedies.yaml")
	code, text, problems := perform(t, "plan", "--only", "multi-tenant,import-workers", example)
	if code != ExitPass || !strings.Contains(text, "02-import-workers") || strings.Contains(text, "own-home") {
		t.Errorf("code %d, %s%s, want two setups", code, text, problems)
	}
	code, _, problems = perform(t, "plan", "--only", "nobody", example)
	if code != ExitCannotRun || !strings.Contains(problems, "there is no setup or remedy nobody: write some of import-workers") {
		t.Errorf("code %d, %s, want the names", code, problems)
	}
}

// A number of generators that cannot be is refused before anything is touched.
func TestGeneratorsAreCounted(t *testing.T) {
	example := filepath.Join("..", "..", "examples", "generators.yaml")
	for count, want := range map[string]string{
		"0":   "--generators 0: write a number from 1 to 64",
		"-1":  "--generators -1: write a number from 1 to 64",
		"65":  "--generators 65: write a number from 1 to 64",
		"two": `invalid argument "two" for "--generators" flag`,
	} {
		code, _, problems := perform(t, "run", "--generators", count, "--results", t.TempDir(), example)
		if code != ExitCannotRun || !strings.Contains(problems, want) {
			t.Errorf("--generators %s: code %d, %s, want %q", count, code, problems, want)
		}
	}
}

// The plan prints how many generators offer the load, and the log-ins that they need.
func TestGoldenPlanOfGenerators(t *testing.T) {
	golden(t, "plan-generators", atRoot(t, "plan", "examples/generators.yaml"))
}
