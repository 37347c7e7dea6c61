// Command procnode is a Kubernetes node whose pods are local processes.
//
//	procnode -kubeconfig FILE -name node-1 -address 192.0.2.2 -logs DIR
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"example.org/odooharness/testenv/programs/node"
	"example.org/odooharness/testenv/programs/orphan"
)

func main() {
	config := flag.String("kubeconfig", "", "of the cluster")
	n := &node.Node{Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	flag.StringVar(&n.Name, "name", "node-1", "of the node")
	flag.StringVar(&n.Address, "address", "127.0.0.1", "of the node and its pods")
	flag.StringVar(&n.Logs, "logs", "", "folder of the containers' output")
	flag.Parse()
	if err := run(n, *config); err != nil {
		fmt.Fprintln(os.Stderr, "procnode:", err)
		os.Exit(1)
	}
}

func run(n *node.Node, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	if n.Client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return n.Run(orphan.Context(ctx))
}
