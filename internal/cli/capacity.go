package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/experiment"
	"example.org/odooharness/results"
)

// newCapacity is harness run for an experiment with a load ladder.
func newCapacity(line string) *cobra.Command {
	o := runOptions{line: line}
	cmd := &cobra.Command{
		Use:   "capacity EXPERIMENT",
		Short: "Find the highest load that each setup carries, what saturates first, and whether the peak fits",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := experiment.Load(args[0])
			if err != nil {
				return err
			}
			if e.Capacity == nil {
				return fmt.Errorf("%s: has no capacity: section; examples/capacity.yaml has one", args[0])
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
				return step.Kept(), step.Why, nil
			}
		}
	}
	return false, "", errors.New("no arrivals were recorded")
}
