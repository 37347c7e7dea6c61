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
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/scenarios"
)

func newInit() *cobra.Command {
	var rbac string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Write example experiments, setups, objectives, scenarios and faults into a folder",
		Args: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if rbac != "" {
				roles, err := target.Roles(rbac)
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(roles)
				return err
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
		"print, for kubectl apply, the ServiceAccount and roles that faults on this setup file need")
	return cmd
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
