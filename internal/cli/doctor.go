package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/experiment"
	"example.org/odooharness/lab"
)

func newDoctor() *cobra.Command {
	var sweep bool
	var setup string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for labs and faults that an earlier crash left; --sweep removes them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if setup != "" {
				return experiment.Examine(cmd.Context(), setup, sweep, out)
			}
			labs, err := lab.List(lab.DefaultDir())
			if err != nil {
				return err
			}
			for _, l := range labs {
				why := ""
				if l.Spec.Orphaned() {
					why = ", left by a run that has ended: --sweep takes it down"
				}
				fmt.Fprintf(out, "lab %s: supervisor %d, %d components%s\n", //nolint:errcheck // the last write is checked
					l.Spec.Name, l.Supervisor, len(l.Components), why)
			}
			if !sweep {
				_, err := fmt.Fprintf(out, "%d labs are up\n", len(labs))
				return err
			}
			removed, err := lab.Sweep(lab.DefaultDir())
			for _, line := range removed {
				fmt.Fprintln(out, "removed "+line) //nolint:errcheck // last write is checked
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%d leftovers removed\n", len(removed))
			return err
		},
	}
	cmd.Flags().StringVar(&setup, "setup", "", "look at the cluster of this setup file instead of this machine")
	cmd.Flags().BoolVar(&sweep, "sweep", false, "remove what a crash left; labs that a person keeps up stay")
	return cmd
}
