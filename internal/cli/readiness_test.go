package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two packs of one plan: nothing changed, and the second verifies.
func TestReadinessPacks(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{filepath.Join("..", "..", "results", "examples"): filepath.Join("results", "examples"),
		filepath.Join("readiness", "testdata"): "plans"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	plan := filepath.Join("plans", "peak.yaml")
	code, text, problems := perform(t, "readiness", plan, "--out", "first", "--pdf=false")
	if code == ExitCannotRun {
		t.Fatal(text, problems)
	}
	if _, err := os.Stat(filepath.Join("first", "summary.pdf")); err == nil {
		t.Error("--pdf=false wrote summary.pdf")
	}
	again, text, problems := perform(t, "readiness", plan, "--out", "second", "--pdf=false", "--compare", "first")
	if again != code || !strings.Contains(text, "Nothing changed since first.") {
		t.Errorf("code %d after %d, %s%s, want no change", again, code, text, problems)
	}
	code, text, problems = perform(t, "verify", "second")
	if code != ExitPass {
		t.Errorf("verify: code %d, %s%s", code, text, problems)
	}
}
