package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/lab"
)

func newDoctor() *cobra.Command {
	var sweep bool
	var setup string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "List labs and faults that a crash left behind; --sweep removes them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if setup != "" {
				return target.Examine(cmd.Context(), setup, sweep, out)
			}
			labs, err := lab.List(lab.DefaultDir())
			if err != nil {
				return err
			}
			for _, l := range labs {
				why := ""
				if l.Spec.Orphaned() {
					why = "; its run has ended, --sweep takes it down"
				}
				fmt.Fprintf(out, "lab %s: supervisor %d, %s%s\n",
					l.Spec.Name, l.Supervisor, finding.Plural(len(l.Components), "component"), why)
			}
			if !sweep {
				_, err := fmt.Fprintf(out, "%s up\n", finding.Plural(len(labs), "lab"))
				return err
			}
			removed, err := lab.Sweep(lab.DefaultDir())
			for _, line := range removed {
				fmt.Fprintln(out, "removed "+line)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%s removed\n", finding.Plural(len(removed), "leftover"))
			return err
		},
	}
	cmd.Flags().StringVar(&setup, "setup", "", "examine the cluster of this setup file instead of this machine")
	cmd.Flags().BoolVar(&sweep, "sweep", false, "remove what a crash left behind; labs without an ended run stay")
	return cmd
}
