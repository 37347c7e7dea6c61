package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/experiment/file"
)

// newSchema prints the schemas of the JSON that other programs read, and of the files that
// a person writes.
func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema findings|compare|experiment|setup|openslo|workload|forecast|readiness|risks|campaign",
		Short: "Print the JSON Schema of findings.json, of compare --json, or of a file that you write",
		Args:  cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"findings", "compare", "experiment", "setup", "openslo", "workload", "forecast", "readiness",
			"risks", "campaign"},
		RunE: func(cmd *cobra.Command, args []string) error {
			var schema string
			switch args[0] {
			case "findings":
				schema = string(report.Schema())
			case "compare":
				schema = string(report.CompareSchema())
			default:
				raw, err := file.Schema(args[0])
				if err != nil {
					return err
				}
				schema = string(raw)
			}
			_, err := fmt.Fprint(cmd.OutOrStdout(), schema)
			return err
		},
	}
}
