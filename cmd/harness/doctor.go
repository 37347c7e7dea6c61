package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"odooharness/lab"
)

func newDoctor() *cobra.Command {
	var sweep bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for labs and faults that an earlier crash left; --sweep removes them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			labs, err := lab.List(lab.DefaultDir())
			if err != nil {
				return err
			}
			for _, l := range labs {
				fmt.Fprintf(out, "lab %s: supervisor %d, %d components\n", //nolint:errcheck // the last write is checked
					l.Spec.Name, l.Supervisor, len(l.Components))
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
	cmd.Flags().BoolVar(&sweep, "sweep", false, "remove what a crash left; labs that are up stay")
	return cmd
}
