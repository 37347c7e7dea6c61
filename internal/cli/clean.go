package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

func newClean() *cobra.Command {
	var setup string
	cmd := &cobra.Command{
		Use:   "clean RUN --setup FILE",
		Short: "Remove what a run created on a setup of your own, as far as Odoo allows",
		Long: `Remove what a run created on a setup of your own, as far as Odoo allows, and list what stays.

A lab needs no cleaning: it ends with its trial.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			run, err := openRun(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := spec.LoadSetup(setup)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(run.Manifest.Setups, func(r results.Setup) bool { return r.Name == s.Name }) {
				return fmt.Errorf("run %s has no trial on setup %s", args[0], s.Name)
			}
			tenants, leave, err := target.ConnectTenants(cmd.Context(), setup)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, leave()) }()
			dir, err := filepath.EvalSymlinks(run.Dir) // documents have the reference of the run itself, not of "latest"
			if err != nil {
				return err
			}
			var problems []error
			began, trials, left := time.Now(), 0, 0
			for _, trial := range run.Trials {
				if trial.Setup != s.Name {
					continue
				}
				stays, err := scenarios.Clean(cmd.Context(), tenants, conduct.Reference(dir, trial.Position), logOf(cmd))
				problems, trials, left = append(problems, err), trials+1, left+len(stays)
				for _, line := range stays {
					fmt.Fprintln(cmd.OutOrStdout(), "stays: "+line)
				}
			}
			if err := errors.Join(problems...); err != nil {
				return fmt.Errorf("%s is not clean: %w", s.Name, err)
			}
			rest := "nothing stays"
			if left > 0 {
				rest = "what stays is listed above"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s cleaned in %.0f s; %s\n", finding.Plural(trials, "trial"), s.Name,
				time.Since(began).Seconds(), rest)
			return err
		},
	}
	cmd.Flags().StringVar(&setup, "setup", "", "setup file of the run")
	_ = cmd.MarkFlagRequired("setup") // the flag exists
	return cmd
}
