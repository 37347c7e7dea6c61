package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/embedded"
	"example.org/odooharness/lab/embedded/weakness"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
)

func newLab() *cobra.Command {
	cmd := &cobra.Command{Use: "lab", Short: "Manage local targets: a real Odoo or the embedded target"}
	cmd.AddCommand(newLabUp(odooSource), newLabDown(), newLabStatus(), newLabLogs(), newLabBuild(), newLabWeaknesses())
	cmd.AddCommand(labProcesses()...)
	return cmd
}

func newLabUp(prepare prepare) *cobra.Command {
	var (
		spec  lab.Spec
		setup string
		n     int
		place = onCluster{prepare: prepare}
	)
	cmd := &cobra.Command{
		Use:   "up --setup multi-tenant|dedicated|hybrid --tenants N",
		Short: "Bring a lab up and print its addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tenancy, ok := map[string]results.Tenancy{
				"multi-tenant": results.Shared, "dedicated": results.Dedicated, "hybrid": results.Hybrid,
			}[setup]
			if !ok {
				return fmt.Errorf("unknown setup %q: write multi-tenant, dedicated or hybrid", setup)
			}
			if err := errors.Join(lab.CheckVolume(spec.Volume), lab.CheckIngress(spec.Ingress)); err != nil {
				return err
			}
			if spec.Volume != "" && spec.Kind != results.LabOdoo {
				return fmt.Errorf("--volume %s: only a real Odoo has volumes: write --kind odoo", spec.Volume)
			}
			if spec.Odoo != 0 && spec.Kind != results.LabOdoo {
				return fmt.Errorf("--odoo %d: only a real Odoo has versions: write --kind odoo", spec.Odoo)
			}
			if err := lab.CheckOdoo(spec); err != nil {
				return err
			}
			spec.Name, spec.Tenancy = setup, tenancy
			for i := range n {
				spec.Tenants = append(spec.Tenants, fmt.Sprintf("t%d", i+1))
			}
			if pods, err := place.kubernetes(); err != nil {
				return err
			} else if pods {
				return place.up(cmd, spec)
			}
			status, err := lab.Up(cmd.Context(), spec, lab.DefaultDir(), logOf(cmd))
			if err != nil {
				return err
			}
			return printLab(cmd, status)
		},
	}
	f := cmd.Flags()
	f.StringVar(&setup, "setup", "multi-tenant", "multi-tenant, dedicated or hybrid")
	f.StringVar((*string)(&spec.Kind), "kind", string(results.LabOdoo), "odoo: a real Odoo; embedded: the embedded target")
	f.IntVar(&spec.Odoo, "odoo", 0, "odoo: its version, 19 or 14 (default 19)")
	f.IntVar(&n, "tenants", 4, "number of tenants")
	f.IntVar(&spec.Workers, "workers", 4, "HTTP workers in total")
	f.Float64Var(&spec.CPU, "cpu", 0, "CPU cores in total; 0: no limit")
	f.BoolVar(&spec.Standby, "standby", false, "add a streaming standby to each PostgreSQL")
	f.StringVar(&spec.Volume, "volume", "", "odoo: data of each tenant, small or year (harness lab build --volume year)")
	f.StringVar((*string)(&spec.Ingress), "ingress", "",
		"odoo: the program in front of Odoo, nginx or traefik (make traefik); default nginx")
	f.StringSliceVar(&spec.Strategic, "strategic", nil, "hybrid: tenants with a stack of their own")
	f.StringSliceVar(&spec.Weaknesses, "weakness", nil, "plant a weakness (harness lab weaknesses lists them)")
	f.DurationVar(&spec.GatewayTimeout, "gateway-timeout", 15*time.Second, "how long the ingress waits for Odoo")
	place.flags(cmd, true)
	return cmd
}

func newLabDown() *cobra.Command {
	var all bool
	var place onCluster
	cmd := &cobra.Command{
		Use:   "down NAME | --all",
		Short: "Take a lab down",
		Args: func(_ *cobra.Command, args []string) error {
			if all == (len(args) == 1) || len(args) > 1 {
				return errors.New("no lab is named: write one of harness lab status, or --all")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if pods, err := place.kubernetes(); err != nil {
				return err
			} else if pods {
				return place.down(cmd, args)
			}
			if !all {
				return lab.Down(cmd.Context(), lab.DefaultDir(), args[0])
			}
			labs, err := lab.List(lab.DefaultDir())
			if err != nil {
				return err
			}
			for _, l := range labs {
				logOf(cmd).Info("taking down " + l.Spec.Name)
				if err := lab.Down(cmd.Context(), lab.DefaultDir(), l.Spec.Name); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every lab that is up, including those of running experiments")
	place.flags(cmd, false)
	return cmd
}

func newLabStatus() *cobra.Command {
	var place onCluster
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the labs that are up with their components and addresses",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if pods, err := place.kubernetes(); err != nil {
				return err
			} else if pods {
				return place.status(cmd)
			}
			labs, err := lab.List(lab.DefaultDir())
			if err != nil {
				return err
			}
			if len(labs) == 0 {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "no lab is up")
				return err
			}
			for i := range labs {
				if err := printLab(cmd, &labs[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
	place.flags(cmd, false)
	return cmd
}

// printLab prints a lab without its credentials, which are in the state folder.
func printLab(cmd *cobra.Command, s *lab.Status) error {
	out := cmd.OutOrStdout()
	_, err := fmt.Fprintf(out, "lab %s (%s, %s), supervisor %d\n", s.Spec.Name, s.Spec.Kind, s.Spec.Tenancy, s.Supervisor)
	if err != nil {
		return err
	}
	parts := newTable(out, "component", "address", "process", "pid", "tenants")
	for _, c := range s.Components {
		parts.AppendRow(table.Row{c.Name, c.Address, c.Upstream, c.PID, strings.Join(c.Tenants, " ")})
	}
	parts.Render()
	tenants := newTable(out, "tenant", "url", "host", "database", "logins")
	for _, t := range s.Tenants {
		tenants.AppendRow(table.Row{t.Name, secret.Where(t.URL), t.Host, t.Database, len(t.Logins)})
	}
	tenants.Render()
	_, err = fmt.Fprintf(out, "passwords and keys: %s\n", lab.StatusFile(lab.DefaultDir(), s.Spec.Name))
	return err
}

func newLabLogs() *cobra.Command {
	return &cobra.Command{
		Use:   "logs NAME [COMPONENT]",
		Short: "Print the log of a component, or list the logs",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			status, err := lab.Load(lab.DefaultDir(), args[0])
			if err != nil {
				return err
			}
			for _, c := range status.Components {
				switch {
				case len(args) == 1:
					fmt.Fprintf(cmd.OutOrStdout(), "%-20s %s\n", c.Name, c.Log)
				case c.Name == args[1]:
					data, err := os.ReadFile(c.Log)
					if err != nil {
						return err
					}
					_, err = cmd.OutOrStdout().Write(data)
					return err
				}
			}
			if len(args) == 2 {
				return fmt.Errorf("lab %s has no component %s: harness lab logs %s lists them", args[0], args[1], args[0])
			}
			return nil
		},
	}
}

func newLabBuild() *cobra.Command {
	var (
		volume  string
		odoo    int
		ingress results.Ingress
	)
	cmd := &cobra.Command{
		Use:   "build [--odoo 19|14] [--volume small|year] [--ingress nginx|traefik]",
		Short: "Build the root file system of Odoo and its template database, once per machine",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := lab.CheckIngress(ingress); err != nil {
				return err
			}
			if ingress == results.IngressTraefik {
				found, err := findTraefik(cmd.Context())
				if err != nil {
					return err
				}
				logOf(cmd).Info("ingress: " + found)
			}
			_, _, err := odoostack.Builder{}.Prepare(cmd.Context(), odoo, volume, logOf(cmd))
			return err
		},
	}
	cmd.Flags().IntVar(&odoo, "odoo", lab.DefaultOdoo, "version of Odoo: 19, or 14")
	cmd.Flags().StringVar(&volume, "volume", lab.VolumeSmall, "data of each tenant: small has none, year has 250,000 moves")
	cmd.Flags().StringVar((*string)(&ingress), "ingress", "", "also look for the program of this ingress; nginx is part of the root")
	return cmd
}

func newLabWeaknesses() *cobra.Command {
	return &cobra.Command{
		Use:   "weaknesses",
		Short: "List the weaknesses that can be planted in a lab",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t := newTable(cmd.OutOrStdout(), "lab", "weakness", "what it does")
			for _, w := range weakness.All() {
				t.AppendRow(table.Row{"embedded", w.Name, w.Description})
			}
			for _, name := range odoostack.Weaknesses() {
				t.AppendRow(table.Row{"odoo", name, "see docs/lab.md"})
			}
			t.Render()
			return nil
		},
	}
}

// builder picks the builder of a kind of lab.
func builder(kind results.Lab) (lab.Builder, error) {
	switch kind {
	case results.LabOdoo:
		return odoostack.Builder{}, nil
	case results.LabEmbedded:
		return embedded.Builder{}, nil
	}
	return nil, fmt.Errorf("unknown kind of lab %q: write odoo or embedded", kind)
}

// logOf returns the log of a command: plain lines on its standard error.
func logOf(cmd *cobra.Command) *slog.Logger {
	return lines.Logger(func(line string) {
		fmt.Fprintln(cmd.ErrOrStderr(), line)
	})
}
