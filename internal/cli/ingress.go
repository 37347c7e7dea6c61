package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
)

// ingressFlag changes the ingress of the labs of an experiment.
func ingressFlag(cmd *cobra.Command, name *results.Ingress) {
	cmd.Flags().StringVar((*string)(name), "ingress", "",
		"nginx or traefik: the ingress of every real Odoo lab of the experiment, in place of that of the setup files")
}

// setIngress is the change that the flag stands for.
func setIngress(name *results.Ingress) func(*spec.Experiment) error {
	return func(e *spec.Experiment) error {
		if *name == "" {
			return nil
		}
		return e.SetIngress(*name)
	}
}

// printIngress names the setups with Traefik, and the program. A plan can be made without it.
func printIngress(ctx context.Context, w io.Writer, e *spec.Experiment) {
	var with []string
	for _, s := range e.Setups {
		if s.Lab != nil && s.Lab.Ingress == results.IngressTraefik {
			with = append(with, s.Name)
		}
	}
	if len(with) == 0 {
		return
	}
	found, err := findTraefik(ctx)
	if err != nil {
		found = "traefik. A run is not possible yet: " + err.Error()
	}
	fmt.Fprintf(w, "\nIngress of %s: %s\n", strings.Join(with, ", "), found)
}

// findTraefik describes the Traefik that labs of this harness run.
func findTraefik(ctx context.Context) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	found, err := odoostack.FindTraefik(ctx, self)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("traefik %s, %s", found.Version, found.Path), nil
}
