package cli

import (
	"context"

	"github.com/spf13/cobra"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/ingress"
	"example.org/odooharness/lab/supervise"
)

// labProcesses are the processes of a lab. They are hidden: a lab starts them from this
// binary.
func labProcesses() []*cobra.Command {
	return []*cobra.Command{
		hidden("supervise", "state", func(ctx context.Context, state string) error {
			spec, err := lab.ReadSpec(state)
			if err != nil {
				return err
			}
			b, err := builder(spec.Kind)
			if err != nil {
				return err
			}
			return supervise.Run(ctx, spec, state, b)
		}),
		hidden("carrier", "listen", carrier.Run),
		hidden("connector", "config", func(ctx context.Context, path string) error {
			config, err := connector.LoadConfig(path)
			if err != nil {
				return err
			}
			return connector.Run(ctx, config)
		}),
		hidden("embedded-odoo", "config", func(ctx context.Context, path string) error {
			config, err := server.LoadConfig(path)
			if err != nil {
				return err
			}
			return server.Serve(ctx, config)
		}),
		hidden("embedded-redis", "config", embedded.ServeRedis),
		hidden("ingress", "config", func(ctx context.Context, path string) error {
			config, err := ingress.LoadConfig(path)
			if err != nil {
				return err
			}
			return ingress.Run(ctx, config)
		}),
	}
}

// hidden is a subcommand with one flag, that runs until a signal.
func hidden(use, flag string, run func(ctx context.Context, value string) error) *cobra.Command {
	var value string
	cmd := &cobra.Command{
		Use: use, Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), value) },
	}
	cmd.Flags().StringVar(&value, flag, "", "")
	return cmd
}
