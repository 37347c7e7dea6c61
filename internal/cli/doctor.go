package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

func newDoctor() *cobra.Command {
	var sweep bool
	var setup string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "List labs and faults that a crash left behind; --sweep reverts and removes them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if setup != "" {
				return examineSetup(cmd.Context(), setup, sweep, out)
			}
			return examineLabs("", sweep, out)
		},
	}
	cmd.Flags().StringVar(&setup, "setup", "",
		"examine the servers or the cluster of this setup file instead of the labs of this machine")
	cmd.Flags().BoolVar(&sweep, "sweep", false,
		"revert faults and remove labs that a crash left behind; what a living run uses stays")
	return cmd
}

// examineSetup examines where the setup is: in a cluster, in labs, or on servers.
func examineSetup(ctx context.Context, path string, sweep bool, out io.Writer) error {
	s, err := spec.LoadSetup(path)
	if err != nil {
		return err
	}
	switch {
	case s.OnKubernetes():
		return target.Examine(ctx, path, sweep, out)
	case s.Lab != nil && s.Lab.Ingress == results.IngressTraefik:
		found, err := findTraefik(ctx)
		if err == nil {
			_, err = fmt.Fprintln(out, "ingress: "+found)
		}
		return errors.Join(err, examineLabs(s.Name, sweep, out))
	case s.Lab != nil:
		return examineLabs(s.Name, sweep, out)
	}
	left, err := target.ExamineServers(ctx, s, sweep, out)
	if err == nil && left > 0 {
		return verdictError(ExitFail)
	}
	return err
}

// examineLabs lists the labs of a setup, or all of them, and removes those without a run.
// The components of a lab end with its supervisor, so no fault stays in them.
func examineLabs(setup string, sweep bool, out io.Writer) error {
	labs, err := lab.List(lab.DefaultDir())
	if err != nil {
		return err
	}
	if setup != "" {
		labs = slices.DeleteFunc(labs, func(l lab.Status) bool {
			return l.Spec.Name != setup && !strings.HasPrefix(l.Spec.Name, setup+"-")
		})
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
		ended, err := lab.Ended(lab.DefaultDir())
		for _, name := range ended {
			fmt.Fprintf(out, "lab %s: its supervisor has ended, --sweep removes what it left\n", name)
		}
		fmt.Fprintf(out, "%s up, %d to sweep\n", finding.Plural(len(labs), "lab"), len(ended))
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
}
