package cli

import (
	"github.com/spf13/cobra"

	"example.org/odooharness/results"
)

// newChange is harness run for an experiment that has changes.
func newChange(line string) *cobra.Command {
	return newDrill(line, "change", "Restart, update or deploy under load and measure the cost",
		results.DrillChange, "add changes: [{name: rolling, at: 20s, strategy: rolling-restart}]; docs/drills.md describes them")
}
