package main

import (
	"errors"

	"github.com/spf13/cobra"

	"odooharness/experiment"
)

// newCapacity is run for experiments that ask how much a setup carries.
func newCapacity() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "capacity EXPERIMENT",
		Short: "Climb a ladder of loads on each setup: what is carried, what is full first, does the peak fit",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := experiment.Load(args[0])
			if err != nil {
				return err
			}
			if e.Ladder == nil || e.Capacity == nil {
				return errors.New(args[0] + " has no ladder: and capacity:, so that there is nothing to climb; see examples/capacity.yaml")
			}
			return runExperiment(cmd, args[0], o)
		},
	}
	o.flags(cmd)
	return cmd
}
