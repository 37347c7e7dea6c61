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
	"example.org/odooharness/scenarios"
)

func newInit() *cobra.Command {
	var rbac string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Lay out experiments, setups, objectives, scenarios and faults to edit",
		Args: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				roles, err := experiment.Roles(rbac)
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(roles)
				return err
			}
			if err := layOut(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "laid out; next: harness plan %s\n",
				filepath.Join(args[0], "examples", "first-look.yaml"))
			return err
		},
	}
	cmd.Flags().StringVar(&rbac, "rbac", "",
		"instead, print the ServiceAccount and roles that faults on this setup file take, for kubectl apply")
	return cmd
}

// layOut writes the embedded files as they lie in the repository, so that the
// relative paths in the examples hold. A file that is there already is an error
// and nothing is written.
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
			return fmt.Errorf("lay out %s: %s is there already; choose an empty folder", dir, filepath.Join(dir, p.under))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, p := range parts {
		if err := os.CopyFS(filepath.Join(dir, p.under), p.files); err != nil {
			return fmt.Errorf("lay out %s: %w", p.under, err)
		}
	}
	return nil
}
