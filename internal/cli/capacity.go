package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/experiment"
	"example.org/odooharness/results"
)

// newCapacity is run for experiments that ask how much a setup carries.
func newCapacity(line string) *cobra.Command {
	o := runOptions{line: line}
	cmd := &cobra.Command{
		Use:   "capacity EXPERIMENT",
		Short: "Climb a ladder of loads on each setup: what is carried, what is full first, does the peak fit",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := experiment.Load(args[0])
			if err != nil {
				return err
			}
			if e.Capacity == nil {
				return errors.New(args[0] + " has no capacity:, so that there is nothing to climb; see examples/capacity.yaml")
			}
			return runExperiment(cmd, args[0], o)
		},
	}
	o.flags(cmd)
	return cmd
}

// scaleKept judges one scale of a search, on what the run holds so far.
func scaleKept(dir, setup string, scale float64) (kept bool, why string, err error) {
	run, err := results.Open(dir)
	if err != nil {
		return false, "", err
	}
	judgement, err := analyzer.Analyze(run, analyzer.Options{})
	if err != nil {
		return false, "", err
	}
	for _, row := range judgement.Capacity {
		for _, step := range row.Steps {
			if row.Setup == setup && step.Level == scale {
				return step.Kept, step.Why, nil
			}
		}
	}
	return false, "", errors.New("no arrivals were recorded")
}
