package cli

import (
	"context"
	"io"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/experiment/target"
)

// newGuard is the hidden process that applies faults to a setup without a lab. It ends
// when its standard input does. The kernel closes that when the harness is killed.
func newGuard() *cobra.Command {
	o := target.GuardOptions{Watchdog: []string{"watchdog"}}
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
			return target.ServeGuard(ctx, o, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&o.Setup, "setup", "", "setup file")
	cmd.Flags().StringVar(&o.Socket, "socket", "", "Unix socket to listen on")
	cmd.Flags().StringVar(&o.Run, "run", "", "run to name in the marks of faults")
	return cmd
}

// newSidecar is the hidden process that starts guards for the harness in another container
// of its pod. It ends by a signal, after the harness.
func newSidecar() *cobra.Command {
	var socket string
	cmd := &cobra.Command{
		Use:    "sidecar",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			return target.ServeSidecar(cmd.Context(), socket, func(setup, socket, run string) *exec.Cmd {
				// Not bound to a context: the end of its input ends it, once its faults are reverted.
				guard := exec.CommandContext(context.WithoutCancel(cmd.Context()), self,
					"guard", "--setup", setup, "--socket", socket, "--run", run)
				guard.Stderr = cmd.ErrOrStderr()
				return guard
			})
		},
	}
	cmd.Flags().StringVar(&socket, "socket", "", "Unix socket on which the harness orders a guard")
	return cmd
}

// newWatchdog is the hidden process that reverts what outlives a killed guard. It ends
// when its standard input does.
func newWatchdog() *cobra.Command {
	return &cobra.Command{
		Use:    "watchdog",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return watchdog.Serve(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
