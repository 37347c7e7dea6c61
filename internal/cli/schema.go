package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/report"
)

// newSchema prints the schemas of the JSON that other programs read.
func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:       "schema findings|compare",
		Short:     "Print the JSON Schema of findings.json, or of compare --json",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"findings", "compare"},
		RunE: func(cmd *cobra.Command, args []string) error {
			schema := report.Schema()
			if args[0] == "compare" {
				schema = report.CompareSchema()
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s", schema)
			return err
		},
	}
}
