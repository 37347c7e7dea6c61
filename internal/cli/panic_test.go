package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Exit code 2 is an inconclusive run's, and that of a Go program that panics.
func TestPanicIsExitCodeThree(t *testing.T) {
	root := &cobra.Command{Use: "harness", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(&cobra.Command{Use: "plan", RunE: func(*cobra.Command, []string) error { panic("a validator failed") }})
	root.SetArgs([]string{"plan", "peak.yaml"})
	var problems bytes.Buffer
	code := finish(execute(t.Context(), root, []string{"plan", "peak.yaml"}), &problems)
	first, _, _ := strings.Cut(problems.String(), "\n")
	if code != ExitCannotRun || first != "harness plan peak.yaml: the harness itself has failed: a validator failed" {
		t.Errorf("exit code %d, %q", code, first)
	}
	if !strings.Contains(problems.String(), "panic_test.go") {
		t.Errorf("no trace:\n%s", &problems)
	}
}
