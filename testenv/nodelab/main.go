//go:build kubernetes

// Command nodelab is a Kubernetes of one node on this machine, with a kubelet, real
// containers and all of Chaos Mesh, its daemon included:
//
//	nodelab up                      # prints the path of the kubeconfig
//	kubectl --kubeconfig … get pods --all-namespaces
//	nodelab image app.local/odoo:1 ./folder
//	nodelab exec -- ctr --namespace k8s.io images ls
//	nodelab down
//
// It needs root and packages of Debian, but no container engine and no registry. The
// kernel limits what it changes on the machine:
//
//		nodelab up
//		└─ nodelab hold        the one process outside: holds the cgroup, the link and a pipe
//		   └─ nodelab first    PID 1 of namespaces for processes, mounts, network, cgroups
//		      └─ nodelab cluster ─> etcd, API server, containerd, kubelet, pods, chaos-daemon
//
//	 1. When hold ends, by nodelab down or by kill -9, the pipe closes and PID 1 exits. The
//	    kernel then kills everything in the namespace. With the last process it removes
//	    mounts, the network and all its rules.
//	 2. The node's root is the machine's own, folder by folder, so that hostPath volumes
//	    have their content. Folders that a kubelet writes, such as /run and /var/log, and
//	    its sysctls are copies.
//	 3. What remains is a cgroup without processes and a folder. nodelab down removes both,
//	    also those of a lab that was killed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.org/odooharness/testenv/cluster"
)

func main() {
	err := commands().ExecuteContext(context.Background())
	var missing missingError
	switch {
	case errors.As(err, &missing):
		fmt.Fprintln(os.Stderr, "skip:", missing)
		os.Exit(cluster.ExitNotHere)
	case err != nil:
		fmt.Fprintln(os.Stderr, "nodelab:", err)
		os.Exit(1)
	}
}

func commands() *cobra.Command {
	var s site
	root := &cobra.Command{
		Use: "nodelab", Short: "a Kubernetes of one node with real containers and Chaos Mesh, on this machine",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&s.Dir, "state", defaultState(), "folder of the lab's state")
	root.PersistentFlags().StringVar(&s.Bin, "programs", os.Getenv("HARNESS_TESTENV"), "folder with the programs of testenv")
	add := func(use, short string, args cobra.PositionalArgs, run func(context.Context, []string) error) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, args []string) error {
			if err := s.absolute(); err != nil {
				return err
			}
			return run(c.Context(), args)
		}}
		root.AddCommand(c)
		return c
	}
	owner := 0
	add("up", "bring the lab up in the background", cobra.NoArgs, func(ctx context.Context, _ []string) error {
		return s.up(ctx, owner)
	}).Flags().IntVar(&owner, "while", 0, "take the lab down when the process with this PID ends")
	add("down", "take the lab down and remove what a killed one left", cobra.NoArgs, func(context.Context, []string) error {
		return s.down()
	})
	add("exec -- command argument…", "run a command on the node", cobra.MinimumNArgs(1), s.exec)
	add("image name folder", "make an image of a folder, for pods of the lab", cobra.ExactArgs(2), s.image)
	// The rest is how the lab starts itself.
	hold := add("hold", "hold the lab", cobra.NoArgs, func(ctx context.Context, _ []string) error { return s.hold(ctx, owner) })
	hold.Hidden = true
	hold.Flags().IntVar(&owner, "while", 0, "end when the process with this PID ends")
	first := add("first", "be its first process", cobra.NoArgs, func(context.Context, []string) error { return s.first() })
	first.Hidden = true
	add("cluster", "start the cluster", cobra.ExactArgs(1), s.cluster).Hidden = true
	add("import name folder", "import on the node", cobra.ExactArgs(2), s.importImage).Hidden = true
	return root
}

func defaultState() string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		state = filepath.Join(os.Getenv("HOME"), ".local", "state")
	}
	return filepath.Join(state, "odoo-harness", "nodelab")
}
