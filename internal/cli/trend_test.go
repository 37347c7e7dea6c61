package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder of runs is shown without the one that cannot be read, which is named. A run that was
// named itself, and a folder of which none can be read, are errors.
func TestTrendLeavesOutAnUnreadableRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, write := range map[string]func(dir string) error{
		"good": func(dir string) error {
			return os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "results", "examples", "embedded-first-look")))
		},
		"damaged": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600)
		},
	} {
		dir := filepath.Join(folder, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := write(dir); err != nil {
			t.Fatal(err)
		}
	}
	out := string(output(t, "trend", folder, "--figure", "orders p50"))
	for _, want := range []string{"orders p50, calm", "! " + filepath.Join(folder, "damaged") + " is left out: "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var problems bytes.Buffer
	if code := Run(t.Context(), []string{"trend", filepath.Join(folder, "damaged")}, Streams{Out: &bytes.Buffer{}, Err: &problems}); code != ExitCannotRun ||
		!strings.Contains(problems.String(), "manifest.json") {
		t.Errorf("a damaged run alone: exit code %d, %s", code, &problems)
	}
}
