package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/scenarios/remote"
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

// newLoad is the hidden process of a pod that offers a part of the load. It connects to the
// harness, and ends with it.
func newLoad() *cobra.Command {
	return &cobra.Command{
		Use:    "load",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			agent, err := agentOf(os.Getenv)
			if err != nil {
				return err
			}
			// Scripts see the environment: the token is not theirs.
			if err := os.Unsetenv(remote.TokenVariable); err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "harness-load-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			agent.Dir, agent.Log, agent.Clock = dir, logOf(cmd), remote.HostClock()
			return agent.Run(cmd.Context())
		},
	}
}

// agentOf reads what a Job gives its pods.
func agentOf(env func(string) string) (a remote.Agent, err error) {
	for _, name := range []string{remote.AddressVariable, remote.CertificateVariable, remote.TokenVariable, remote.IndexVariable} {
		if env(name) == "" {
			return a, fmt.Errorf("%s is not set: harness load is for the pods of the engine job (docs/scenarios.md)", name)
		}
	}
	a = remote.Agent{Address: env(remote.AddressVariable), Certificate: []byte(env(remote.CertificateVariable)),
		Token: secret.Text(env(remote.TokenVariable)), Version: version(buildInfo()), Node: env(remote.NodeVariable)}
	if a.Index, err = strconv.Atoi(env(remote.IndexVariable)); err != nil {
		return a, fmt.Errorf("%s: %w", remote.IndexVariable, err)
	}
	if a.Host = env(remote.HostVariable); a.Host == "" {
		host, err := os.Hostname()
		a.Host = cmp.Or(host, "an unknown host")
		return a, err
	}
	return a, nil
}
