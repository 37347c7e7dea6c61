package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag that the help lists is written in a test of this package or in an end-to-end
// test, so that no flag is advertised that nothing has tried.
func TestEveryFlagIsTried(t *testing.T) {
	tried := map[string]bool{}
	flag := regexp.MustCompile(`"--([a-z0-9-]+)`)
	for _, pattern := range []string{"*_test.go", "../../e2e/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range flag.FindAllStringSubmatch(string(text), -1) {
				tried[found[1]] = true
			}
		}
	}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.Name() == "completion" {
			return
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !tried[f.Name] {
				t.Errorf("%s: no test has --%s", cmd.CommandPath(), f.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(nil))
}
