package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"example.org/odooharness/experiment/target"
)

// newGuard is the hidden process that applies faults to a setup without a lab. It ends
// when its standard input does. The kernel closes that when the harness is killed.
func newGuard() *cobra.Command {
	var setup, socket string
	cmd := &cobra.Command{
		Use:    "guard",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Signals end the harness. Only the end of its input ends this process.
			ctx, cancel := context.WithCancel(context.WithoutCancel(cmd.Context()))
			defer cancel()
			go func() {
				_, _ = io.Copy(io.Discard, cmd.InOrStdin()) // only its end matters
				cancel()
			}()
			return target.ServeGuard(ctx, setup, socket, func() error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "ready")
				return err
			})
		},
	}
	cmd.Flags().StringVar(&setup, "setup", "", "setup file")
	cmd.Flags().StringVar(&socket, "socket", "", "Unix socket to listen on")
	return cmd
}
