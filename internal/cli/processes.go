package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/carrier"
	"example.org/odooharness/lab/connector"
	"example.org/odooharness/lab/embedded"
	"example.org/odooharness/lab/embedded/server"
	"example.org/odooharness/lab/ingress"
	"example.org/odooharness/lab/supervise"
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
			index, err := strconv.Atoi(os.Getenv(remote.IndexVariable))
			if err != nil {
				return fmt.Errorf("%s: %w; harness load is for the pods of the engine job (docs/scenarios.md)", remote.IndexVariable, err)
			}
			return runAgent(cmd.Context(), cmd, index)
		},
	}
}

// newRunner is the same in a pod that k6-operator has made: it is started as k6, and waits
// until k6's API starts it.
func newRunner() *cobra.Command {
	return &cobra.Command{
		Use:                "runner",
		Hidden:             true,
		DisableFlagParsing: true, // they are k6's
		RunE: func(cmd *cobra.Command, args []string) error {
			runner, err := remote.ParseRunner(args)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancelCause(cmd.Context())
			defer cancel(nil)
			gate, err := runner.Serve(ctx, func() { cancel(remote.ErrStopped) })
			if err != nil {
				return err
			}
			err = gate.Await(ctx)
			if err == nil {
				err = runAgent(ctx, cmd, runner.Index)
			}
			return errors.Join(err, gate.Close())
		},
	}
}

// isRunner reports whether this process was started as k6 in a pod of the engine k6-operator.
// The k6 that its agent starts has no token.
func isRunner(args []string, env func(string) string) bool {
	return len(args) > 1 && args[0] == "k6" && args[1] == "run" &&
		env(remote.AddressVariable) != "" && env(remote.TokenVariable) != ""
}

// runAgent offers loads until there are no more.
func runAgent(ctx context.Context, cmd *cobra.Command, index int) error {
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
	agent.Index, agent.Dir, agent.Log, agent.Clock = index, dir, logOf(cmd), remote.HostClock()
	return agent.Run(ctx)
}

// agentOf reads what pods of generators are given.
func agentOf(env func(string) string) (a remote.Agent, err error) {
	for _, name := range []string{remote.AddressVariable, remote.CertificateVariable, remote.TokenVariable} {
		if env(name) == "" {
			return a, fmt.Errorf("%s is not set: this is for the pods of generators (docs/scenarios.md)", name)
		}
	}
	a = remote.Agent{Address: env(remote.AddressVariable), Certificate: []byte(env(remote.CertificateVariable)),
		Token: secret.Text(env(remote.TokenVariable)), Version: version(buildInfo()), Node: env(remote.NodeVariable)}
	if a.Host = env(remote.HostVariable); a.Host == "" {
		host, err := os.Hostname()
		a.Host = cmp.Or(host, "an unknown host")
		return a, err
	}
	return a, nil
}

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
