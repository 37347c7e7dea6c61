package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.org/odooharness/chaos"
	"example.org/odooharness/examples"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/generators"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/scenarios"
)

func newInit() *cobra.Command {
	var rbac string
	var workflows bool
	cmd := &cobra.Command{
		Use:   "init DIR | --rbac SETUP [EXPERIMENT...]",
		Short: "Write example experiments, setups, objectives, scenarios and faults into a folder",
		Args: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				return nil
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				return writeRoles(cmd, target.RoleOptions{Setup: rbac, Workflows: workflows}, args)
			}
			if err := layOut(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "written; next: harness plan %s\n",
				filepath.Join(args[0], "examples", "first-look.yaml"))
			return err
		},
	}
	cmd.Flags().StringVar(&rbac, "rbac", "",
		"print, for kubectl apply, the ServiceAccount and roles that faults on this setup file need; "+
			"experiments limit them to their faults, and add those of generators that are pods")
	cmd.Flags().BoolVar(&workflows, "workflows", false,
		"with --rbac: permit Workflow and Schedule of the experiments, which lets the account run any container in the namespace")
	return cmd
}

// writeRoles prints roles for the faults of the experiments, or for all single faults
// where none is named.
func writeRoles(cmd *cobra.Command, o target.RoleOptions, experiments []string) error {
	setup, err := spec.LoadKubernetes(o.Setup)
	if err != nil {
		return err
	}
	var problems []error
	for _, path := range experiments {
		faults, err := experiment.Faults(path, setup.Name)
		problems = append(problems, err)
		o.Faults = append(o.Faults, faults...)
		g, err := spec.LoadGenerators(path)
		problems = append(problems, err)
		if err == nil {
			needs, err := generators.Needs(g)
			problems = append(problems, err)
			o.More = append(o.More, needs...)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if len(experiments) > 0 && o.Faults == nil {
		o.Faults = []chaos.Manifest{} // experiments without a fault need no kind
	}
	roles, err := target.Roles(o)
	if err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(roles)
	return err
}

// layOut writes the embedded files in the folders that they have in the repository, so
// that the relative paths of the examples hold. It writes nothing when one of the folders
// exists.
func layOut(dir string) error {
	parts := []struct {
		under string
		files fs.FS
	}{
		{"examples", examples.Files()},
		{"scenarios", scenarios.Scripts()},
		{filepath.Join("chaos", "catalogue"), chaos.Catalogue()},
	}
	for _, p := range parts {
		if _, err := os.Stat(filepath.Join(dir, p.under)); err == nil {
			return fmt.Errorf("write examples to %s: %s exists; choose an empty folder", dir, filepath.Join(dir, p.under))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, p := range parts {
		if err := os.CopyFS(filepath.Join(dir, p.under), p.files); err != nil {
			return fmt.Errorf("write examples: %s: %w", p.under, err)
		}
	}
	return nil
}
