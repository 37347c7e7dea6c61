package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// newRecovery is harness run for an experiment that has a recovery drill.
func newRecovery(line string) *cobra.Command {
	return newDrill(line, "recovery", "Back up under load, lose the data, restore, start and audit",
		results.DrillRecovery, "add recovery: {backupAt: 20s, breakAt: 45s}; docs/drills.md describes it")
}

// newChange is harness run for an experiment that has changes.
func newChange(line string) *cobra.Command {
	return newDrill(line, "change", "Restart, update or deploy under load and measure the cost",
		results.DrillChange, "add changes: [{name: rolling, at: 20s, strategy: rolling-restart}]; docs/drills.md describes them")
}

// newDrill runs an experiment that must have a drill of the kind.
func newDrill(line, use, short, kind, remedy string) *cobra.Command {
	o := runOptions{line: line}
	cmd := &cobra.Command{
		Use:   use + " EXPERIMENT",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := experiment.Load(args[0])
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(e.Drills, func(d spec.Drill) bool { return d.Kind == kind }) {
				return fmt.Errorf("%s: has no %s drill; %s", args[0], kind, remedy)
			}
			return runExperiment(cmd, args[0], o)
		},
	}
	o.flags(cmd)
	return cmd
}
