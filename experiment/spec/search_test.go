package spec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
)

func TestSearchIsChecked(t *testing.T) {
	sound, err := os.ReadFile("../../examples/capacity-bisection.yaml")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	scripts := strings.NewReplacer("setups/", examples+"/setups/", "../scenarios", filepath.Dir(examples)+"/scenarios")
	for name, c := range map[string]struct{ from, to, want string }{
		"backwards":     {"[14, 32]", "[32, 14]", "two scales, ascending"},
		"no scenario":   {"scenario: mix\n", "scenario: mixed\n", "no scenario mixed"},
		"both":          {"replicates: 3", "ladder: {scenario: mix, scales: [1, 2]}", "a ladder, too"},
		"no search":     {"  search: bisection\n", "", "search"},
		"nothing there": {"duration: 16s", "duration: 2s", "leaves nothing"},
	} {
		path := filepath.Join(t.TempDir(), "e.yaml")
		text := strings.Replace(scripts.Replace(string(sound)), c.from, c.to, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var problems file.Problems
		if _, err := Load(path, manifest.Parse); !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
